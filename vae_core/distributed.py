"""Data-parallel training of one model by several processes, on torch.distributed: gloo, or NCCL with CUDA.

Every process draws the order of the images and all random numbers of the whole minibatch from the same generator and
keeps its own rows, and the gradients are added up. The numbers are those of one process up to the order of summation.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor
from torch.overrides import TorchFunctionMode

from vae_core.config import ObjectiveName

_PATIENCE = timedelta(minutes=3)  # rank 0 may measure and write while the others wait


@dataclass(frozen=True)
class Group:
    """The processes that train together: this one's rank, and their number."""

    rank: int = 0
    size: int = 1

    def rows(self, batch: int) -> slice:
        """Return this process's rows of a minibatch."""
        return slice(self.rank * batch // self.size, (self.rank + 1) * batch // self.size)

    def share(self, batch: int) -> float:
        """Return this process's share of a minibatch."""
        rows = self.rows(batch)
        return (rows.stop - rows.start) / batch

    def shared_noise(self, batch: int) -> AbstractContextManager:
        """Draw normal numbers for the whole minibatch in this context and keep this process's rows."""
        return nullcontext() if self.size == 1 else _SharedDraws(self.rows(batch), batch)

    def average(self, gradients: list[Tensor], batch: int) -> None:
        """Replace gradients of means over this process's rows by those of the mean over the minibatch."""
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients]).mul_(self.share(batch))
        dist.all_reduce(flat)
        parts = flat.split([gradient.numel() for gradient in gradients])
        with torch.inference_mode():
            for gradient, part in zip(gradients, parts, strict=True):
                gradient.copy_(part.view_as(gradient))

    def mean(self, values: Tensor, batch: int) -> Tensor:
        """Return the mean over the minibatch from the means over each process's rows."""
        if self.size > 1:
            values = values * self.share(batch)
            dist.all_reduce(values)
        return values

    def batch_mean(self, values: Tensor) -> Tensor:
        """Return the mean over the whole minibatch of [..., rows] values, held constant in the gradient.

        Every process has the same number of rows to within one.
        """
        if self.size == 1:
            return values.mean()
        total = torch.stack((values.detach().sum(), torch.as_tensor(float(values.numel()), device=values.device)))
        dist.all_reduce(total)
        return total[0] / total[1]

    def broadcast(self, *numbers: int, device: torch.device) -> tuple[int, ...]:
        """Return the numbers of rank 0; those of the other ranks are ignored."""
        if self.size == 1:
            return numbers
        said = torch.tensor(numbers, dtype=torch.int64, device=device)
        dist.broadcast(said, 0)
        return tuple(said.tolist())

    def wait(self) -> None:
        if self.size > 1:
            dist.barrier()


SINGLE_PROCESS = Group()


@contextmanager
def process_group(device: str) -> Iterator[tuple[Group, str]]:
    """Join the process group that torchrun has started; yields it with this process's device."""
    if processes() == 1:
        yield SINGLE_PROCESS, device
        return
    cuda = torch.cuda.is_available() and device in ("auto", "cuda")
    if cuda:
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    store, rank, size = next(dist.rendezvous("env://", timeout=_PATIENCE))
    if os.environ.get("GROUP_WORLD_SIZE") == "1":
        # torchrun keeps its store when it starts the processes again: without names of their own they may wait for
        # ever at the addresses of those that are gone. Several machines count their restarts each for itself.
        store = dist.PrefixStore(f"start-{os.environ['TORCHELASTIC_RESTART_COUNT']}", store)
    dist.init_process_group("nccl" if cuda else "gloo", store=store, rank=rank, world_size=size, timeout=_PATIENCE)
    try:
        yield Group(rank, size), device
    finally:
        dist.destroy_process_group()


def processes() -> int:
    """Return how many processes torchrun has started to train together."""
    return int(os.environ["WORLD_SIZE"]) if "TORCHELASTIC_RUN_ID" in os.environ else 1


def restarted() -> bool:
    """Return whether torchrun has restarted these processes after one was lost."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0


def require_sum(objective: ObjectiveName, size: int) -> None:
    """Raises ValueError for losses that are no mean over images, which a group cannot sum."""
    if size > 1 and objective in ("free-bits", "beta-tcvae"):
        raise ValueError(
            f"the objective {objective} looks at the whole minibatch at once: train it with one process, "
            "or choose another objective"
        )


class _SharedDraws(TorchFunctionMode):
    """Draws of torch.randn with a generator are those of the whole minibatch, [..., B, D], cut to some rows."""

    def __init__(self, rows: slice, batch: int) -> None:
        super().__init__()
        self._rows, self._batch = rows, batch

    def __torch_function__(self, function, types: Iterable[type], args=(), kwargs=None):
        kwargs = kwargs or {}
        if function is not torch.randn or kwargs.get("generator") is None:
            return function(*args, **kwargs)
        *front, rows, D = args[0]
        if rows != self._rows.stop - self._rows.start:
            raise ValueError(f"noise of the shape {list(args[0])} is drawn, expected [..., rows, dimensions]")
        return function((*front, self._batch, D), **kwargs)[..., self._rows, :]
