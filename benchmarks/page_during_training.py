"""How long a visitor waits for answers while a job of the queue trains, and how soon the curve of the job begins.

One visitor moves z on the latent map. The training is paused and continued in turns, so that other load on the machine
affects both sides equally.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import server_processes
from benchmarks.figures import Figure, NotMeasured, at_most, median, p95, told
from benchmarks.server import settled_view
from tests.load.streamlit_client import Client
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.jobs import queue

TURNS, MOVES, PAUSE = 4, 40, 0.1
_PATIENCE = 90  # seconds
_CONFIG = RunConfig(
    ModelConfig(image_shape=(1, 28, 28), sigma=0.3), DataConfig("fashion-mnist"), TrainConfig(steps=200_000)
)


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with server_processes.app(runs=root) as app:
            begun = time.perf_counter()
            with training(root) as run:
                first = time.perf_counter() - begun
                alone, beside = asyncio.run(_turns(urlsplit(app.url).netloc, run))
    yield at_most("from asking for a training to the first point of its curve", first, 5, "s")
    yield at_most(
        "a move on another page while it trains, p95 against no training", p95(beside) / p95(alone), 1.5, "x", 2
    )
    words = f"{median(beside):.1f} and {p95(beside):.1f} ms, without {median(alone):.1f} and {p95(alone):.1f} ms"
    yield told("  median and p95 while it trains", words)


@contextmanager
def training(root: Path) -> Iterator[Path]:
    """A run in this folder that trains, with a first point of its curve, until the block ends."""
    run = queue.submit(root, "beside", _CONFIG)
    try:
        queue.schedule(root)
        _until(lambda: queue.read_training_log(run) != [])
        yield run
    finally:
        queue.send_control(run, "stop")
        _until(lambda: not queue.read_status(run).held)


async def _turns(address: str, run: Path) -> tuple[list[float], list[float]]:
    """The waits without and with the training at work, milliseconds."""
    alone: list[float] = []
    beside: list[float] = []
    async with Client(address) as visitor:
        await visitor.open_page()
        for turn in range(2 * TURNS):
            waits, want, reached = (alone, "pause", "paused") if turn % 2 == 0 else (beside, "run", "running")
            queue.send_control(run, want)
            await asyncio.to_thread(_until, lambda reached=reached: queue.read_status(run).state == reached)
            for n in range(MOVES):
                await asyncio.sleep(PAUSE)
                waits.append(1000 * await visitor.settle(settled_view(turn * MOVES + n)))
        if visitor.errors:
            raise NotMeasured(f"the page failed: {visitor.errors[0]}")
    return alone, beside


def _until(holds: Callable[[], bool]) -> None:
    """Wait until it holds. Raises NotMeasured after a while."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise NotMeasured("the training did not begin, pause or stop in time")
        time.sleep(0.02)
