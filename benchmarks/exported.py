"""The latent map as one file on a disk, in turns with the app's own page: size, first paint, drag."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks import model_choice, probes, server_processes
from benchmarks.browser import REST, VIEWPORT, wait_for_pad
from benchmarks.drag import CORNERS, ROUNDS, Frames, drag
from benchmarks.figures import Figure, at_most, median, p95, told
from benchmarks.mouse import Mouse, chromium_with_mouse
from ui.export.standalone_page import page as page_of

OPENINGS = 5
_PAINTED = """() => [
  performance.getEntriesByName("first-contentful-paint")[0].startTime,
  window.frameNotes[0].at + window.frameNotes[0].work,
]"""


def measure() -> Iterator[Figure]:
    for entry in model_choice.models():
        done = page_of(entry)
        words = f"{len(done.html) / 1e6:.1f} MB, {done.pictures:,} of {done.of:,} test pictures"
        yield told(f"page of {entry.id}, size", words)
    entry = model_choice.default_model()
    with tempfile.TemporaryDirectory() as folder, server_processes.app() as app:
        file = Path(folder) / "page.html"
        file.write_bytes(page_of(entry).html)
        addresses = (file.as_uri(), f"{app.url}/?map_model={entry.id}")
        with chromium_with_mouse() as (browser, mouse):
            openings = [[_open(browser, address) for address in addresses] for _ in range(OPENINGS)]
            frames = _drags(browser, mouse, addresses)
    for which, what in enumerate(("first paint", "first decoded picture")):
        ours, app_page = (median([opening[side][which] for opening in openings]) for side in (0, 1))
        yield at_most(f"page from a disk: {what}, median", ours, 2000, "ms", digits=0)
        yield told("  the app's own page, and the ratio", f"{app_page:.0f} ms, {ours / app_page:.2f}")
    ours, app_page = frames
    yield at_most("page from a disk: gap between painted pictures, p95", p95(ours.gaps), 17, "ms")
    work = f"{median(ours.work):.1f} ms, {median(ours.work) / median(app_page.work):.2f}"
    yield told("  decode and draw, median, and its ratio to the app's own", work)
    yield told("  gap p95, ratio to the app's own", f"{p95(ours.gaps) / p95(app_page.gaps):.2f}")


def _open(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds from the beginning of the load to the first paint, and to the first decoded picture."""
    with browser.new_context(viewport=VIEWPORT, offline=address.startswith("file:")) as context:
        page = context.new_page()
        page.add_init_script(probes.frames("decoded"))
        page.goto(address)
        wait_for_pad(page)
        first, decoded = page.evaluate(_PAINTED)
    return first, decoded


def _drags(browser: Browser, mouse: Mouse, addresses: tuple[str, str]) -> tuple[Frames, Frames]:
    """ROUNDS rounds of a drag on each page."""
    frames = (Frames(), Frames())
    pages = [_ready(browser, address) for address in addresses]
    for k in range(ROUNDS):
        for page, noted in zip(pages, frames, strict=True):
            drag(page, mouse, "latent-plane", CORNERS[k], CORNERS[k + 1], noted)
    return frames


def _ready(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport=VIEWPORT)
    page.add_init_script(probes.frames("decoded"))
    page.goto(address)
    wait_for_pad(page)
    page.wait_for_timeout(REST)
    return page
