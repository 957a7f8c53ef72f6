"""A learned map from z ~ N(0, I) to x: a small network, trained until its samples look like the target's."""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.transport.sample_distances import energy_distance

BATCH = 128
RATE = 0.02
SLOWER = 100  # steps after which the rate has fallen by √2
BETAS = (0.9, 0.99)
EPSILON = 1e-8

Layer = tuple[Tensor, Tensor]  # weight [out, in], bias [out]


@dataclass(frozen=True)
class Step:
    """One step of training: the energy distance of its batch, and the layers after it."""

    number: int
    energy: float
    layers: list[Layer]


def start(width: int, depth: int, generator: torch.Generator) -> list[Layer]:
    """`depth` hidden layers of `width` tanh units between two inputs and two outputs; weights N(0, 1/in), biases 0."""
    if width < 1 or depth < 1:
        raise ValueError(f"the network has width {width} and depth {depth}, expected at least 1 of each")
    sizes = [2, *[width] * depth, 2]
    return [
        (torch.randn(b, a, generator=generator, dtype=torch.float64) / math.sqrt(a), torch.zeros(b).double())
        for a, b in itertools.pairwise(sizes)
    ]


def apply(layers: list[Layer], z: Tensor) -> Tensor:
    """x = f(z): [..., 2] -> [..., 2]."""
    for weight, bias in layers[:-1]:
        z = torch.tanh(z @ weight.mT + bias)
    weight, bias = layers[-1]
    return z @ weight.mT + bias


def train(layers: list[Layer], draw: Callable[[int], Tensor], generator: torch.Generator) -> Iterator[Step]:
    """Adam on the energy distance between BATCH of f(z) and BATCH of the target's `draw(n)` [n, 2], for ever."""
    flat = [part.clone().requires_grad_() for layer in layers for part in layer]
    layers = list(zip(flat[::2], flat[1::2], strict=True))
    adam = torch.optim.Adam(flat, RATE, BETAS, EPSILON)
    number = 0
    while True:
        number += 1
        z = torch.randn(BATCH, 2, generator=generator, dtype=torch.float64)
        energy = energy_distance(apply(layers, z), draw(BATCH))
        adam.param_groups[0]["lr"] = RATE / math.sqrt(1 + number / SLOWER)
        adam.zero_grad()
        energy.backward()
        adam.step()
        yield Step(number, energy.item(), layers)
