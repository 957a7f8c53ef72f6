"""Playback of paths in real Chromium: 60 frames of a shipped 2-d model at 60 a second, for four kinds of path.

The gap is the time from one frame with a new picture to the next, with all that moves beside it: marks on the map,
figures, charts and strips. At 60 frames a second it cannot be below 16.7 ms.
"""

from collections.abc import Iterator
from itertools import pairwise

from playwright.sync_api import Page

from benchmarks import model_choice, probes, server_processes
from benchmarks.browser import REST, VIEWPORT, chromium
from benchmarks.figures import Figure, at_least, at_most, median, p95, told

SECONDS, ROUNDS, FRAMES = 4, 3, 60
READY = 120_000  # milliseconds: the first geodesic of a server loads torch
HAND = "-1500.-1000.0.1200.1500.-800"
# From other stops to the frame in which two ways between them have been decoded, measured and painted, milliseconds.
_DECODE = """() => new Promise(done => {
  const hosts = [...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean);
  const part = (name) => hosts.map((root) => root.querySelector(`[data-testid=${name}]`)).find(Boolean);
  const begun = performance.now();
  part("shuffle").click();
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
})"""


def measure() -> Iterator[Figure]:
    entry = model_choice.default_model()
    address = f"/paths?paths_model={entry.id}&paths_frames={FRAMES}&paths_speed=60"
    with server_processes.app() as app, chromium() as browser:
        for name, more in (("three ways", ""), ("and one by hand", f"&paths_hand={HAND}")):
            page = browser.new_page(viewport=VIEWPORT)
            page.add_init_script(probes.frames("frame-linear"))
            page.goto(f"{app.url}{address}{more}")
            page.get_by_test_id("strip-geodesic").wait_for(timeout=READY)
            page.wait_for_timeout(2 * REST)  # the training pictures
            yield from _played(page, f"play {FRAMES} frames of {entry.id}, {name}")
            if not more:
                made = [page.evaluate(_DECODE) for _ in range(ROUNDS)]
                yield told(f"  new stops: {2 * FRAMES} frames decoded, measured, painted", f"{median(made):.0f} ms")
            page.close()


def _played(page: Page, what: str) -> Iterator[Figure]:
    gaps: list[float] = []
    work: list[float] = []
    for _ in range(ROUNDS):
        page.get_by_test_id("play").click()
        page.wait_for_timeout(500)
        page.evaluate("() => void (window.frameNotes.length = 0)")
        page.wait_for_timeout(1000 * SECONDS)
        notes = page.evaluate("() => window.frameNotes")
        page.get_by_test_id("play").click()
        gaps += [later["at"] - earlier["at"] for earlier, later in pairwise(notes)]
        work += [note["work"] for note in notes]
    yield at_most(f"{what}: work of a frame, p95", p95(work), 8, "ms")
    yield at_most("  gap between frames, median", median(gaps), 17, "ms")
    yield at_least("  frames a second", 1000 * len(gaps) / sum(gaps), 55, "", 0)
    yield told("  gap between frames, p95 and longest", f"{p95(gaps):.1f} and {max(gaps):.0f} ms")
