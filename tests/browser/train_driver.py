"""Drive the page Train in a browser: open a link, press buttons, read what is shown."""

import re
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from vae_core.jobs import queue

SECONDS = 90.0  # within which the machine, busy or not, has loaded torch and taken a few steps
PIXELS = "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)"


def until(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"still not so after {seconds} s"
        time.sleep(0.05)


def take_away(runs: Iterable[Path]) -> None:
    """Stop those of these runs that train, and remove all of them."""
    for run in filter(Path.is_dir, runs):
        if queue.read_status(run).state in ("queued", "starting", "running", "paused"):
            queue.send_control(run, "stop")
        until(lambda run=run: not queue.read_status(run).held)
        shutil.rmtree(run)


class Live:
    """The page Train, opened."""

    def __init__(self, page: Page, server: str, link: str = "") -> None:
        self.page = page
        page.goto(f"http://{server}/train{link}")
        expect(page.get_by_test_id("runs")).to_be_attached(timeout=30_000)

    def part(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def press(self, act: str) -> None:
        self.part(f"act-{act}").click()

    def expect_state(self, *words: str) -> None:
        expect(self.part("run-state")).to_have_text(re.compile("|".join(words)), timeout=SECONDS * 1000)

    def step(self) -> int:
        """The step that the head says, 0 before there is one."""
        found = re.search(r"step ([\d,]+) of", self.part("progress").inner_text())
        return int(found[1].replace(",", "")) if found else 0

    def run(self) -> str:
        return re.search(r"[?&]run=([^&]+)", self.page.url)[1]

    def points(self, chart: str) -> int:
        """Points that are drawn in a chart."""
        return (
            self.part(f"chart-{chart}")
            .locator(".js-plotly-plot")
            .evaluate("plot => Math.max(0, ...(plot.data ?? []).map(({x}) => x.length))")
        )
