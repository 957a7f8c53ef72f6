"""Where tensors are computed: the best device that is here, and double precision where there is none on it."""

import torch
from torch import Tensor


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name, or the best: CUDA, then Apple, then CPU. Raises ValueError if it is not here."""
    cuda, apple = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda" if cuda else "mps" if apple else "cpu")
    here = ["cpu", *["mps"] * apple, *(f"cuda:{i}" for i in range(torch.cuda.device_count())), *["cuda"] * cuda]
    if name not in here:
        raise ValueError(f"device is {name!r}, expected 'auto' or one that this machine has: {', '.join(here)}")
    return torch.device(name)


def choose_exact_device() -> torch.device:
    """The best device that has double precision, which Apple's has not."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def in_double(values: Tensor) -> Tensor:
    """The values in double precision: on their device, or on the CPU where that has none."""
    return (values.cpu() if values.device.type == "mps" else values).double()
