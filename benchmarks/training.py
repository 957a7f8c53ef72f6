"""Images per second of our training against the published PyTorch example, pythae, and the floor.

Each loop has a process of its own and as many threads as there are cores; they take turns of one epoch over 10,000
images, so that a busy second of the machine hits one turn and not one loop. Medians over the turns.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.figures import Figure, NotMeasured, at_least, median, told
from benchmarks.peers import peer_python
from benchmarks.servers import ROOT

TURNS = 15
_REST = 0.2  # seconds between turns
OURS, EXAMPLE, PYTHAE, FLOOR = "vae_lab", "pytorch_example", "pythae_trainer", "floor"
_TITLES = {OURS: "ours", EXAMPLE: "the published PyTorch example", PYTHAE: "pythae", FLOOR: "the floor"}


def measure() -> Iterator[Figure]:
    threads = os.cpu_count() or 1
    python = peer_python()
    with ExitStack() as stack:
        loops = {name: stack.enter_context(_loop(name, python, threads)) for name in _TITLES}
        images = {name: int(_line(loop)) for name, loop in loops.items()}
        rounds = [{name: images[name] / _turn(loop) for name, loop in loops.items()} for _ in range(TURNS)]
    speed = {name: median([each[name] for each in rounds]) for name in loops}
    yield told(f"training, {threads} threads: our images/s", f"{speed[OURS]:,.0f}")
    for name, bar in ((EXAMPLE, 4.5), (PYTHAE, 2.2)):
        ratio = median([each[OURS] / each[name] for each in rounds])
        yield at_least(f"  times {_TITLES[name]} ({speed[name]:,.0f} images/s)", ratio, bar, "x", digits=2)
    ratio = median([each[FLOOR] / each[OURS] for each in rounds])
    yield told(f"  times the floor, the eleven matrix products ({speed[FLOOR]:,.0f} images/s)", f"{ratio:.2f} x")
    fastest = {name: max(each[name] for each in rounds) for name in loops}
    yield told("  fastest turns, images/s", ", ".join(f"{_TITLES[name]} {fastest[name]:,.0f}" for name in loops))


@contextmanager
def _loop(name: str, python: Path, threads: int) -> Iterator[subprocess.Popen]:
    """The process of one loop, waiting to be given turns."""
    command = [str(python), "-m", "benchmarks.loops", name, str(threads)]
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
