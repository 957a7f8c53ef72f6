"""Dragging z in real Chromium, in turns with a slider page whose server decodes.

The pointer moves as a mouse does, 125 times a second whether or not the page keeps up; the pad paints at most one
picture a frame.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks import model_choice, probes, server_processes
from benchmarks.browser import REST, VIEWPORT, wait_for_pad
from benchmarks.figures import Figure, at_most, median, p95, told
from benchmarks.mouse import Mouse, Point, chromium_with_mouse

ROUNDS, SECONDS, PRESSES = 5, 2.0, 12  # 600 frames at 60 a second, 60 key presses
POINTS = 70_000
CORNERS = ((0.2, 0.25), (0.8, 0.7), (0.25, 0.8), (0.7, 0.2), (0.5, 0.9), (0.35, 0.15))  # of the plane's sides


@dataclass
class Frames:
    """What was noted in all drags of one element, milliseconds; see probes.frames."""

    gaps: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    since: list[float] = field(default_factory=list)


def measure() -> Iterator[Figure]:
    entry, colour = model_choice.default_model(), model_choice.colour_convolutional()
    with tempfile.TemporaryDirectory() as folder:
        many = model_choice.with_points(entry, POINTS, Path(folder))
        naive = server_processes.running(Path(__file__).with_name("naive_page.py"), Path(folder), runs=entry.run.path)
        with server_processes.app(runs=Path(folder)) as app, naive as slow:
            models = (entry.id, many, colour.id)
            frames, waits = _take_turns(app.url, models, slow.url)
    yield from _figures(entry.id, frames[entry.id], 17)
    since = frames[entry.id].since
    yield told("  pointer move to picture drawn, median / p95", f"{median(since):.1f} / {p95(since):.1f} ms")
    yield told("  naive slider: key press to picture drawn, median / p95", f"{median(waits):.0f} / {p95(waits):.0f} ms")
    ratios = f"{median(waits) / median(since):.0f} / {p95(waits) / p95(since):.0f} x"
    yield told("  naive slider over drag, medians / p95s", ratios)
    yield from _figures(f"{entry.id} with {POINTS:,} points", frames[many], 17)
    yield from _figures(f"{colour.id} (colour, convolutional)", frames[colour.id], 34)


def drag(page: Page, mouse: Mouse, element: str, start: Point, end: Point, frames: Frames) -> None:
    """One straight drag between two places of an element's box; what was noted is added to `frames`."""
    page.bring_to_front()
    box = page.get_by_test_id(element).bounding_box()
    a, b = ((box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in (start, end))
    page.evaluate("() => void (window.frameNotes.length = 0)")
    mouse.drag(page, a, b, SECONDS)
    notes = page.evaluate("() => window.frameNotes")[2:]  # the press, and the wait after it
    page.wait_for_timeout(500)  # the report to the server
    frames.gaps += [later["at"] - earlier["at"] for earlier, later in pairwise(notes)]
    frames.work += [note["work"] for note in notes]
    frames.since += [note["since"] for note in notes]


def _figures(name: str, frames: Frames, bar: float) -> Iterator[Figure]:
    yield at_most(f"drag {name}: decode and draw, p95", p95(frames.work), 8, "ms")
    yield at_most("  gap between painted pictures, p95", p95(frames.gaps), bar, "ms")
    shown = f"{median(frames.work):.1f} / {median(frames.gaps):.1f} ms, {len(frames.work)} pictures"
    yield told(f"  medians, and pictures painted in {ROUNDS * SECONDS:.0f} s", shown)


def _take_turns(app: str, models: tuple[str, ...], slow: str) -> tuple[dict[str, Frames], list[float]]:
    """ROUNDS rounds of a drag on each model and key presses on the slider page."""
    frames: dict[str, Frames] = {name: Frames() for name in models}
    waits: list[float] = []
    with chromium_with_mouse() as (browser, mouse):
        pads = {name: _open_pad(browser, f"{app}/?map_model={name}") for name in models}
        slider = _open_slider(browser, slow)
        for k in range(ROUNDS):
            for name, page in pads.items():
                drag(page, mouse, "latent-plane", CORNERS[k], CORNERS[k + 1], frames[name])
            waits += _press(slider)
    return frames, waits


def _open_pad(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport=VIEWPORT)
    page.add_init_script(probes.frames("decoded"))
    page.goto(url)
    wait_for_pad(page)
    return page


def _open_slider(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport=VIEWPORT)
    page.add_init_script(probes.KEY_TO_PICTURE)
    page.goto(url)
    page.get_by_role("slider").first.focus()
    page.locator("img").first.wait_for()
    page.wait_for_timeout(REST)
    return page


def _press(page: Page) -> list[float]:
    """PRESSES key presses, each after the picture of the one before; the wait for each picture, milliseconds."""
    page.bring_to_front()
    page.evaluate("() => void (window.waits.length = 0)")
    for n in range(1, PRESSES + 1):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("n => window.waits.length >= n", arg=n, timeout=20_000)
    return page.evaluate("() => window.waits")
