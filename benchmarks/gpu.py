"""Training on a GPU: images per second against the plain loop on the same GPU, and against a floor.

The floor of a step is the longer of two times: its operations at the rate of a large matrix product in the precision
that we train in, and its least traffic at the rate of a large copy, both measured here. The traffic is ten passes over
the weights in float32 (forward, backward, the gradient, and Adam, which reads four tensors and writes three) and the
minibatch once. What lies between layers is not counted, nor that a kernel takes microseconds to begin.
"""

import time
from collections.abc import Callable, Iterator

import torch

from benchmarks.figures import Figure, NotMeasured, at_least, median, told
from benchmarks.loops import BATCH, MODELS
from benchmarks.peer_environment import peer_python
from benchmarks.training import rounds
from vae_core.models.architectures import parameter_count
from vae_core.training_process.cost_model import operations_per_image

_SIDE, _NUMBERS = 8192, 2**28  # of the matrices, and in the copied tensor
_TRIES = 10


def measure() -> Iterator[Figure]:
    if not torch.cuda.is_available():
        raise NotMeasured("no CUDA device is here")
    yield from measured_on("cuda", torch.bfloat16)


def measured_on(device: str, precision: torch.dtype, side: int = _SIDE, numbers: int = _NUMBERS) -> Iterator[Figure]:
    operations, traffic = _rates(device, precision, side, numbers)
    where = torch.cuda.get_device_name() if device == "cuda" else device
    yield told(f"{where}: operations and bytes a second", f"{operations / 1e12:.2f} T, {traffic / 1e9:.0f} G")
    python = peer_python()
    for model, config in MODELS.items():
        turns = rounds(python, ("vae_lab", "pytorch_example"), model, 1, device)
        ours, plain = (median([each[name] for each in turns]) for name in ("vae_lab", "pytorch_example"))
        passes = 4.0 * (10 * parameter_count(config) + BATCH * config.pixels)
        floor = BATCH / max(3 * operations_per_image(config) * BATCH / operations, passes / traffic)
        yield told(f"training there, {model}: our images/s", f"{ours:,.0f}")
        yield at_least(f"  times the published PyTorch example ({plain:,.0f} images/s)", ours / plain, 1, "x", digits=2)
        yield told(f"  multiple of the floor's time ({floor:,.0f} images/s)", f"{floor / ours:.1f} x")


def _rates(device: str, precision: torch.dtype, side: int, numbers: int) -> tuple[float, float]:
    """Operations a second of a matrix product, and bytes a second read and written by a copy: the best of some."""
    a, b = (torch.randn(side, side, device=device, dtype=precision) for _ in range(2))
    from_, to = (torch.zeros(numbers, device=device) for _ in range(2))
    return 2.0 * side**3 / _best(lambda: a @ b, device), 8.0 * numbers / _best(lambda: to.copy_(from_), device)


def _best(work: Callable[[], object], device: str) -> float:
    """Seconds of the fastest of some tries."""
    return min(_seconds(work, device) for _ in range(_TRIES))


def _seconds(work: Callable[[], object], device: str) -> float:
    settle = torch.cuda.synchronize if device == "cuda" else lambda: None
    settle()
    begun = time.perf_counter()
    work()
    settle()
    return time.perf_counter() - begun
