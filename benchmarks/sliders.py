"""What the pages repaint while a hand moves: sigma and z on the map of log p(x|z), and the morph from a normal.

The pointer moves as a mouse does, 125 times a second. The work of a frame is the time of the whole callback that paints
it, which a busy machine disturbs little; the gap between frames is what a visitor sees.
"""

from collections.abc import Iterator

from playwright.sync_api import Browser, Page

from benchmarks import probes, server_processes
from benchmarks.browser import VIEWPORT
from benchmarks.drag import ROUNDS, SECONDS, Frames, drag
from benchmarks.figures import Figure, at_most, median, p95, told
from benchmarks.mouse import Point, chromium_with_mouse

LOADED = 60_000  # milliseconds
MAP = "where-p-is-large?large_x=3&large_n=1000"
LINE, PLANE = "anything-from-a-normal?normal_map=bimodal", "anything-from-a-normal?normal_map=moons"
# name: page, what says that it is ready, what is dragged from where to where (of its box), the canvas that is watched
HANDS: dict[str, tuple[str, str, str, Point, Point, str]] = {
    "sigma of the map": (MAP, "ess-prior", "sigma", (0.7, 0.5), (0.15, 0.5), "likelihood-map"),
    "z on the map": (MAP, "ess-prior", "likelihood-map", (0.2, 0.25), (0.8, 0.7), "mean"),
    "morph of the line": (LINE, "distance", "morph", (0.98, 0.5), (0.05, 0.5), "x-plane"),
    "morph of the plane": (PLANE, "distance", "morph", (0.98, 0.5), (0.05, 0.5), "x-plane"),
}


def measure() -> Iterator[Figure]:
    frames = {name: Frames() for name in HANDS}
    with server_processes.app() as app, chromium_with_mouse() as (browser, mouse):
        pages = {name: _open(browser, app.url, *HANDS[name]) for name in HANDS}
        for k in range(ROUNDS):
            for name, page in pages.items():
                _, _, dragged, start, end, _ = HANDS[name]
                drag(page, mouse, dragged, *((start, end) if k % 2 == 0 else (end, start)), frames[name])
    for name, found in frames.items():
        yield at_most(f"{name}: work of a frame, median", median(found.work), 8, "ms")
        yield at_most("  gap between repaints, median", median(found.gaps), 17, "ms")
        p95s = f"{p95(found.work):.1f} / {p95(found.gaps):.1f} ms, {len(found.work)} repaints"
        yield told(f"  p95 of both, and repaints in {ROUNDS * SECONDS:.0f} s", p95s)


def _open(
    browser: Browser, url: str, path: str, ready: str, dragged: str, start: Point, end: Point, watched: str
) -> Page:
    page = browser.new_page(viewport=VIEWPORT)
    page.add_init_script(probes.frames(watched))
    page.goto(f"{url}/{path}")
    page.wait_for_function(_SAYS_A_NUMBER, arg=ready, timeout=LOADED)
    page.get_by_test_id(dragged).scroll_into_view_if_needed()
    page.wait_for_timeout(3_000)  # the map's last points, fonts, the report to the server
    return page


# Whether the element with this test id, in whichever shadow root, has a number to say.
_SAYS_A_NUMBER = """name => {
  const hosts = [...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean);
  const found = [document, ...hosts].map((root) => root.querySelector(`[data-testid=${name}]`)).find(Boolean);
  return /[0-9]/.test(found?.textContent ?? "");
}"""
