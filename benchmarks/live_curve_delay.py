"""The delay of the live curve: from the press on Train to its first point, the age of its points, and their bytes.

The first point is timed three times as for a visitor who has looked at the page for some seconds, and once for one who
presses at once, when no process has read torch yet. A thread notes when the trainer writes each record; the page notes
when a frame with its point has been painted. Both use the clock of this machine.
"""

import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator

from benchmarks import server_processes
from benchmarks.browser import REST, VIEWPORT, chromium, listen
from benchmarks.figures import Figure, at_most, median, p95, told
from benchmarks.page_during_training import training
from vae_core.jobs import queue
from vae_core.runs.run import METRICS

SECONDS = 30
_LOOKED = 5.0  # seconds before a visitor presses
_POLL = 0.005  # seconds between two readings of the records
_UPDATES, _SNAPSHOTS = "/lab/live?", "/lab/moments/"

_LAST_STEP = "plot => plot.data[0].x.at(-1)"
# Whether a chart has points of another training than the one whose last step is known.
_HAS_BEGUN = "(plots, last) => plots.some(({ data }) => data?.[0].x.length && data[0].x.at(-1) !== last)"
# Milliseconds since 1970 at the end of the frame in which a chart has drawn each newest step.
_PAINTED = """
plot => {
  const notes = (window.painted = []);
  plot.on("plotly_afterplot", () => {
    const step = plot.data[0].x.at(-1);
    if (step === notes.at(-1)?.step) return;
    requestAnimationFrame(() => setTimeout(() => notes.push({ step, at: Date.now() })));
  });
}
"""


def measure() -> Iterator[Figure]:
    firsts = [_first_point(looked) for looked in (0, *(_LOOKED,) * 3)]
    yield at_most(
        "live curve: from the press on Train to its first point, median", median(firsts[1:]), 1.5, "s", digits=2
    )
    yield told("  longest; when pressed as soon as the page is there", f"{max(firsts[1:]):.2f} s; {firsts[0]:.2f} s")
    with (
        tempfile.TemporaryDirectory() as folder,
        server_processes.app(runs=Path(folder)) as app,
        training(Path(folder)) as run,
        _written(run) as written,
        chromium() as browser,
    ):
        page = browser.new_page(viewport=VIEWPORT)
        received: list[tuple[str, int]] = []
        page.goto(f"{app.url}/train?run={run.name}")
        curve = page.get_by_test_id("chart-elbo").locator(".js-plotly-plot")
        curve.wait_for()
        page.wait_for_timeout(2 * REST)
        listen(page, lambda address, size: received.append((address, size)))
        painted = _painted(curve)
        page.close()
    ages = [at - written[step] for step, at in painted]
    yield at_most("live curve: age of its newest point when it is painted, p95", p95(ages), 1, "s", digits=2)
    waits = _waits(written, painted)
    words = f"{median(ages):.2f} and {max(ages):.2f} s; {median(waits):.2f} and {max(waits):.2f} s"
    yield told("  median and longest; of every record until it is on the screen", words)
    updates = [size for address, size in received if _UPDATES in address]
    yield at_most("  updates a second, a viewer", len(updates) / SECONDS, 1, "", digits=2)
    snapshots = sum(size for address, size in received if _SNAPSHOTS in address)
    rest = sum(size for _, size in received) - sum(updates) - snapshots
    words = f"{sum(updates) / 1e3 / SECONDS:.1f}, weights and codes of new moments {snapshots / 1e3 / SECONDS:.1f}"
    yield told("  kB a second: curves and status", f"{words}, all else {rest / 1e3 / SECONDS:.1f}")


def _first_point(looked: float) -> float:
    """Seconds from the press on Train, on a new server after so many seconds on its page, to a painted first point."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,  # the trainer may still write its end
        server_processes.app(runs=Path(folder)) as app,
        chromium() as browser,
    ):
        page = browser.new_page(viewport=VIEWPORT)
        page.goto(f"{app.url}/train")
        start = page.locator(".st-key-train_start button")
        start.wait_for()
        curve = page.get_by_test_id("chart-elbo").locator(".js-plotly-plot")
        curve.wait_for()
        page.wait_for_timeout(1000 * looked)
        shipped = curve.evaluate(_LAST_STEP)
        begun = time.perf_counter()
        start.click()
        while not curve.evaluate_all(_HAS_BEGUN, shipped):
            page.wait_for_timeout(10)
        waited = time.perf_counter() - begun
        for run in Path(folder).iterdir():
            if run.is_dir():
                queue.send_control(run, "stop")
        return waited


def _painted(curve: Locator) -> list[tuple[int, float]]:
    """Newest steps that the chart has shown in SECONDS seconds, and when, in seconds since 1970."""
    curve.evaluate(_PAINTED)
    curve.page.wait_for_timeout(1000 * SECONDS)
    return [(note["step"], note["at"] / 1000) for note in curve.page.evaluate("painted")]


def _waits(written: dict[int, float], painted: list[tuple[int, float]]) -> list[float]:
    """Seconds from each record to the first frame that shows it or a later one."""
    shown = [step for step, _ in painted]
    between = [step for step in written if shown[0] < step <= shown[-1]]
    return [painted[bisect_left(shown, step)][1] - written[step] for step in between]


@contextmanager
def _written(run: Path) -> Iterator[dict[int, float]]:
    """When each record of a run was written, by its step, in seconds since 1970; grows until the block ends."""
    times: dict[int, float] = {}
    ended = threading.Event()

    def watch() -> None:
        last = size = 0
        while not ended.wait(_POLL):
            if (now := (run / METRICS).stat().st_size) == size:
                continue
            size = now
            for line in queue.read_training_log(run, last):
                last = line["step"]
                times[last] = time.time()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield times
    finally:
        ended.set()
        watcher.join()
