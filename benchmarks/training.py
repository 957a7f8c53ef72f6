"""Images per second of our training against the published PyTorch example, pythae, Lightning, JAX, and the floor.

Each loop has a process of its own; they take turns of one epoch, so that a busy second of the machine hits one turn
and not one loop. Medians over the turns.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.figures import Figure, NotMeasured, at_least, at_most, median, told
from benchmarks.peer_environment import peer_python
from benchmarks.server_processes import ROOT

TURNS = {"mlp": 9, "conv": 5}
THREADS = (1, 2)
_REST = 0.2  # seconds between turns
OURS, JAX, FLOOR = "vae_lab", "jax_scan", "matmul_only"
_PYTORCH = {
    "pytorch_example": "the published PyTorch example",
    "pythae_trainer": "pythae",
    "lightning_trainer": "Lightning",
    "lightning_barebones": "Lightning, barebones",
}
_LOOPS = {"mlp": (OURS, *_PYTORCH, JAX, FLOOR), "conv": (OURS, *_PYTORCH, FLOOR)}
_BARS = {("mlp", "pytorch_example"): 4.5, ("mlp", "pythae_trainer"): 2.2}  # of the others: to be ahead
_MODELS = {"mlp": "perceptrons", "conv": "convolutions"}


def measure() -> Iterator[Figure]:
    python = peer_python()
    for model in _MODELS:
        for threads in THREADS:
            if threads <= (os.cpu_count() or 1):
                yield from _compared(model, threads, rounds(python, _LOOPS[model], model, threads))


def rounds(python: Path, names: Sequence[str], model: str, threads: int, device: str = "cpu") -> list[dict[str, float]]:
    """Images per second of each of these loops in each turn."""
    with ExitStack() as stack:
        loops = {name: stack.enter_context(_loop(name, python, model, threads, device)) for name in names}
        images = {name: int(_line(loop)) for name, loop in loops.items()}
        return [{name: images[name] / _turn(loop) for name, loop in loops.items()} for _ in range(TURNS[model])]


def _compared(model: str, threads: int, turns: list[dict[str, float]]) -> Iterator[Figure]:
    speed = {name: median([each[name] for each in turns]) for name in _LOOPS[model]}
    times = {name: median([each[OURS] / each[name] for each in turns]) for name in _LOOPS[model]}
    yield told(
        f"training, {_MODELS[model]}, {threads} thread{'s' * (threads > 1)}: our images/s", f"{speed[OURS]:,.0f}"
    )
    for name, title in _PYTORCH.items():
        bar = _BARS.get((model, name), 1)
        yield at_least(f"  times {title} ({speed[name]:,.0f} images/s)", times[name], bar, "x", digits=2)
    if JAX in times:
        yield told(f"  times JAX ({speed[JAX]:,.0f} images/s)", f"{times[JAX]:.2f} x")
    floor = f"  multiple of the floor's time ({speed[FLOOR]:,.0f} images/s)"
    if (model, threads) == ("mlp", 1):
        yield at_most(floor, 1 / times[FLOOR], 2, "x", digits=2)
    else:
        yield told(floor, f"{1 / times[FLOOR]:.2f} x")


@contextmanager
def _loop(name: str, python: Path, model: str, threads: int, device: str) -> Iterator[subprocess.Popen]:
    """The process of one loop, waiting to be given turns."""
    command = [str(python), "-m", "benchmarks.loops", name, model, str(threads), device]
    pipe = subprocess.PIPE
    loop = subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
    try:
        yield loop
    finally:
        loop.kill()
        loop.communicate()


def _turn(loop: subprocess.Popen) -> float:
    """Seconds of one turn, begun when the threads of the one before have gone to sleep."""
    time.sleep(_REST)
    loop.stdin.write("turn\n")
    loop.stdin.flush()
    return float(_line(loop))


def _line(loop: subprocess.Popen) -> str:
    line = loop.stdout.readline()
    if not line:
        raise NotMeasured(f"the loop {loop.args[3]} ended: run `{' '.join(loop.args)}` to see why")
    return line
