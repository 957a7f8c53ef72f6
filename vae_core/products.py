"""Matrix products of float32 on a CPU: the faster of two libraries, found by measuring, used by all of a process.

torch hands products to MKL. Told that less precision will do, it hands them to oneDNN, which on some processors is
twice as fast with every digit of float32, and on others computes with bfloat16 and loses five of seven. So each way is
timed and compared with float64, and a way that loses digits is not taken.
"""

import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

# Names as checkpoints and cards hold them, with what torch is told.
WAYS = {"mkl": "ieee", "onednn": "bf16"}
USUAL = "mkl"  # of runs that say nothing, from before there was a choice
MOST_ERROR = 1e-6  # of a product, relative: float32 has 3e-7 here, bfloat16 some 3e-3
_ROWS, _INS, _OUTS = 128, 784, 400  # of the product that is timed
_SECONDS = 0.04
_FEWEST = 3
_CLEARLY = 1.2  # times as fast as the usual way: less would be chosen by chance


@dataclass(frozen=True)
class Measured:
    """What a way comes to: operations per second in units of 10^9, and the relative error in the Frobenius norm."""

    gflops: float
    error: float


def choose() -> dict[str, Measured]:
    """Measure all ways, on the threads that torch has now, and use the fastest that keeps the digits of float32.

    That is the usual one unless another is clearly faster.
    """
    found = measure()
    exact = [way for way in WAYS if found[way].error <= MOST_ERROR]
    fastest = max(exact, key=lambda way: found[way].gflops, default=USUAL)
    use(fastest if found[fastest].gflops >= _CLEARLY * found[USUAL].gflops else USUAL)
    return found


def use(way: str) -> None:
    """Multiply this way from now on, in the whole process. Raises ValueError for a name that is not in WAYS."""
    if way not in WAYS:
        raise ValueError(f"the way to multiply is {way!r}, expected one of {', '.join(WAYS)}")
    torch.backends.mkldnn.matmul.fp32_precision = WAYS[way]


def in_use() -> str:
    """Return the way that is taken now."""
    return next((way for way, told in WAYS.items() if torch.backends.mkldnn.matmul.fp32_precision == told), USUAL)


def measure() -> dict[str, Measured]:
    """Time a product of the size that a layer of a small VAE has, for 40 ms, and compare it with float64.

    The ways take turns, so that a busy moment of the machine does not decide between them.
    """
    random = torch.Generator().manual_seed(0)
    x, weight = torch.randn(_ROWS, _INS, generator=random), torch.randn(_INS, _OUTS, generator=random)
    exact = x.double() @ weight.double()
    before, errors, times = in_use(), {}, {way: [] for way in WAYS}
    try:
        for way in WAYS:
            use(way)
            errors[way] = torch.linalg.matrix_norm((x @ weight).double() - exact) / torch.linalg.matrix_norm(exact)
        end = time.perf_counter() + _SECONDS
        while time.perf_counter() < end or len(times[USUAL]) < _FEWEST:
            for way in WAYS:
                use(way)
                begun = time.perf_counter()
                x @ weight
                times[way].append(time.perf_counter() - begun)
    finally:
        use(before)
    operations = 2e-9 * _ROWS * _INS * _OUTS
    return {way: Measured(operations / min(times[way]), errors[way].item()) for way in WAYS}


def processor() -> str:
    """The name of this machine's processor, by which a resumed training knows whether it has come to another."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def facts() -> dict[str, str]:
    """What a checkpoint and a card hold of the products: the way, and the processor that it was chosen on."""
    return {"products": in_use(), "processor": processor()}


def take(state: dict[str, Any]) -> str | None:
    """Multiply as the `facts` in the state of a checkpoint say; choose where it has none, or on another processor.

    The same way on the same processor gives the same bits. Returns a sentence if a training goes on in another way.
    """
    if not state:
        choose()
        return None
    before, here = str(state.get("products", USUAL)), processor()
    begun_on = str(state.get("processor", here))
    if before in WAYS and begun_on == here:
        use(before)
        return None
    choose()
    if in_use() == before:
        return None
    why = f"the training has come from another processor ({begun_on})" if before in WAYS else "that is not known here"
    return (
        f"from step {state['step']} on, products are computed by {in_use()} and no longer by {before}, because {why}: "
        "its last digits differ from then on"
    )
