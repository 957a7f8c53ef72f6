"""One loop in a process of its own: `python -m benchmarks.loops NAME MODEL THREADS DEVICE`, a turn for each line.

It prints how many images a turn has, then the seconds of each turn. The pictures are of those that come with VAE Lab.
"""

import contextlib
import importlib
import os
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import TextIO

import torch
from torch import Tensor

from benchmarks.loops import IMAGES, MODELS
from vae_core import data

# The compiled part of the published torchvision does not load beside a CPU build of torch. Its transforms are plain
# Python and need none of it; only this module, which describes its compiled operators, cannot be imported without.
sys.modules["torchvision._meta_registrations"] = ModuleType("_meta_registrations")


def main(name: str, model: str, threads: int, device: str) -> None:
    if hasattr(os, "sched_setaffinity"):  # what JAX goes by; the others are held to the same cores
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    torch.set_num_threads(threads)
    train = importlib.import_module(f"benchmarks.loops.{name}").train
    images = data.load("fashion-mnist", "test").images[: IMAGES[model]]
    images = torch.from_numpy(data.binarize(images, "threshold", 0)).to(device)
    with os.fdopen(os.dup(1), "w") as answers, contextlib.redirect_stdout(sys.stderr):  # some loops print
        train(MODELS[model], images, _turns(images, answers))


def _turns(images: Tensor, answers: TextIO) -> Iterator[None]:
    """One item for each epoch that is to be taken, the first of which chooses kernels and fills caches."""
    yield
    _settle(images)
    print(len(images), file=answers, flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        yield
        _settle(images)
        print(time.perf_counter() - begun, file=answers, flush=True)


def _settle(images: Tensor) -> None:
    """Wait for what a GPU has still to do."""
    if images.is_cuda:
        torch.cuda.synchronize()


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
