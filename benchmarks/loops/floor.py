"""The floor: the eleven matrix products of a step and nothing else."""

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.loops import BATCH, HIDDEN, LATENT, PIXELS

_LAYERS = ((PIXELS, HIDDEN), (HIDDEN, 2 * LATENT), (LATENT, HIDDEN), (HIDDEN, PIXELS))


def prepare(images: Tensor) -> Callable[[], None]:
    """A turn has the steps of an epoch, into tensors that are there: forward, weight gradients, input gradients."""
    products = [product for k, layer in enumerate(_LAYERS) for product in _products(*layer, first=k == 0)]
    steps = len(images) // BATCH

    def turn() -> None:
        for _ in range(steps):
            for a, b, out in products:
                torch.mm(a, b, out=out)

    return turn


def _products(inputs: int, outputs: int, first: bool) -> list[tuple[Tensor, Tensor, Tensor]]:
    """The products of one layer; the gradient of the pictures themselves is not needed."""
    x, y, weight = torch.randn(BATCH, inputs), torch.randn(BATCH, outputs), torch.randn(outputs, inputs)
    products = [(x, weight.T, torch.empty_like(y)), (y.T, x, torch.empty_like(weight))]
    return products if first else [*products, (y, weight, torch.empty_like(x))]
