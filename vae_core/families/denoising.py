"""A generative stochastic network on binary pictures: a learned denoiser, walked (Bengio et al. 2014).

Some pixels are replaced by fair coins; a network says of each pixel, given what is left, how likely it was to be white:
p(x | x~) = prod_i p(x_i | x~), which is only a factorised answer. Corrupt, draw, corrupt, draw: the law of this walk is
the model. It has samples and no likelihood that anybody could compute.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, relu


@dataclass(frozen=True, eq=False)
class DenoisingNetwork:
    """W is [D, H], c is [H], V is [H, D], b is [D]; `noise` is the share of pixels that are replaced."""

    W: Tensor
    c: Tensor
    V: Tensor
    b: Tensor
    noise: float

    def corrupt(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """x~ of rows x [N, D] of zeros and ones: each pixel is replaced by a fair coin with probability `noise`."""
        coins = torch.rand(x.shape, generator=generator) < 0.5
        replaced = torch.rand(x.shape, generator=generator) < self.noise
        return torch.where(replaced, coins.to(x.dtype), x)

    def logits(self, noisy: Tensor) -> Tensor:
        """The logit of p(x_i = 1 | x~), [N, D]."""
        return self.b + relu(self.c + (2 * noisy - 1) @ self.W) @ self.V

    def walk(self, x: Tensor, steps: int, generator: torch.Generator) -> Tensor:
        """`steps` steps x -> x~ -> x of every row, [N, D]."""
        for _ in range(steps):
            x = torch.bernoulli(torch.sigmoid(self.logits(self.corrupt(x, generator))), generator=generator)
        return x


def initial(pixels: int, hidden: int, noise: float, generator: torch.Generator) -> DenoisingNetwork:
    """Weights uniform within 1 / sqrt(fan in), no biases, float32.

    Raises ValueError for fewer than one pixel or hidden unit, or a noise that is not above 0 and at most 1.
    """
    if min(pixels, hidden) < 1 or not 0 < noise <= 1:
        raise ValueError(
            f"got {pixels} pixels, {hidden} units and noise {noise}, expected 1 or more, and 0 < noise <= 1"
        )
    shapes = ((pixels, hidden), (hidden, pixels))
    W, V = ((2 * torch.rand(*shape, generator=generator) - 1) / math.sqrt(shape[0]) for shape in shapes)
    return DenoisingNetwork(W, torch.zeros(hidden), V, torch.zeros(pixels), noise)


def train(
    model: DenoisingNetwork, data: Tensor, generator: torch.Generator, lr: float = 1e-3, batch: int = 100
) -> Iterator[DenoisingNetwork]:
    """Maximise log p(x | x~) of rows of zeros and ones [N, D] by Adam, without end; yields the model of each step."""
    parts = [part.clone().requires_grad_() for part in (model.W, model.c, model.V, model.b)]
    optimizer = torch.optim.Adam(parts, lr)
    while True:
        for rows in torch.randperm(len(data), generator=generator).split(batch):
            x = data[rows]
            logits = DenoisingNetwork(*parts, model.noise).logits(model.corrupt(x, generator))
            loss = binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield DenoisingNetwork(*(part.detach().clone() for part in parts), model.noise)
