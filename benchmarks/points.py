"""A million points: the latent map in turns with plotly's scattergl, to the first paint and while they are panned.

Both pages are Streamlit's, in the same browser, with the same points. Chromium renders in software here, WebGL too.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from playwright.sync_api import Browser, Page

from benchmarks import model_choice, probes, server_processes
from benchmarks.browser import ARGUMENTS, VIEWPORT
from benchmarks.figures import Figure, at_most, median, p95, told
from benchmarks.mouse import Mouse, chromium_with_mouse

POINTS, ROUNDS, SECONDS = 1_000_000, 3, 2.0
WEBGL = ["--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
LONGEST = 240_000  # milliseconds until a first paint
REST = 3000
_PLANE, _PLOT = "[data-testid=latent-plane] canvas", ".gl-canvas-context"
_WAYS = (((0.3, 0.4), (0.6, 0.65)), ((0.6, 0.7), (0.35, 0.3)), ((0.5, 0.3), (0.4, 0.7)))


@dataclass
class Times:
    """Milliseconds: from the start of loading to the points on the canvas, and between frames while they are panned."""

    paints: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)


def measure() -> Iterator[Figure]:
    entry = model_choice.default_model()
    with tempfile.TemporaryDirectory() as folder:
        many = model_choice.with_points(entry, POINTS, Path(folder))
        script = Path(__file__).with_name("naive_points.py")
        naive = server_processes.running(script, Path(folder), runs=Path(folder) / many)
        with server_processes.app(runs=Path(folder)) as app, naive as slow:
            ours, theirs = _take_turns(f"{app.url}/?map_model={many}", slow.url)
    yield told(f"{POINTS:,} points: first paint, median of {ROUNDS}", f"{median(ours.paints) / 1000:.1f} s")
    ratio = median(theirs.paints) / median(ours.paints)
    yield told("  plotly scattergl, and its ratio", f"{median(theirs.paints) / 1000:.1f} s, {ratio:.1f} x")
    yield at_most(f"{POINTS:,} points: gap between frames while panning, median", median(ours.gaps), 17, "ms")
    for name, gaps in (("mean, p95, longest", ours.gaps), ("plotly scattergl: mean, p95, longest", theirs.gaps)):
        yield told(f"  {name}", f"{mean(gaps):.0f}, {p95(gaps):.0f}, {max(gaps):.0f} ms; {len(gaps)} frames")
    yield told("  plotly over the map, means", f"{mean(theirs.gaps) / mean(ours.gaps):.0f} x")


def _take_turns(app: str, slow: str) -> tuple[Times, Times]:
    ours, theirs = Times(), Times()
    with chromium_with_mouse([*ARGUMENTS, *WEBGL]) as (browser, mouse):
        for way in _WAYS[:ROUNDS]:
            for url, canvas, times in ((app, _PLANE, ours), (slow, _PLOT, theirs)):
                _measure(browser, mouse, url, canvas, way, times)
    return ours, theirs


def _measure(browser: Browser, mouse: Mouse, url: str, canvas: str, way: tuple, times: Times) -> None:
    page = browser.new_page(viewport=VIEWPORT)
    page.add_init_script(probes.coloured(canvas))
    page.goto(url)
    page.wait_for_function("() => window.colouredAt", timeout=LONGEST)
    times.paints.append(page.evaluate("() => window.colouredAt"))
    page.wait_for_timeout(REST)
    if canvas == _PLANE:
        page.get_by_test_id("tool-pan").click()
    times.gaps += _pan(page, mouse, canvas, way)
    page.close()


def _pan(page: Page, mouse: Mouse, canvas: str, way: tuple) -> list[float]:
    """One straight drag; the time between frames while the pointer moved."""
    page.bring_to_front()
    box = page.locator(canvas).first.bounding_box()
    start, end = ((box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in way)
    page.evaluate("() => void (window.frameGaps.length = 0)")
    mouse.drag(page, start, end, SECONDS)
    page.wait_for_timeout(REST)
    return page.evaluate("() => window.frameGaps")
