"""One loop in a process of its own: `python -m benchmarks.loops NAME THREADS` takes a turn for each line that it reads.

It prints how many images a turn has, then the seconds of each turn. The pictures are the 10,000 that come with VAE Lab.
"""

import importlib
import sys
import time

import torch

from benchmarks.loops import BATCH
from vae_core import data


def main(name: str, threads: int) -> None:
    torch.set_num_threads(threads)
    prepare = importlib.import_module(f"benchmarks.loops.{name}").prepare
    images = torch.from_numpy(data.binarize(data.load("fashion-mnist", "test").images, "threshold", 0))
    images = images[: len(images) // BATCH * BATCH]  # minibatches are all full
    turn = prepare(images)
    turn()  # chooses kernels and fills caches
    print(len(images), flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        turn()
        print(time.perf_counter() - begun, flush=True)


main(sys.argv[1], int(sys.argv[2]))
