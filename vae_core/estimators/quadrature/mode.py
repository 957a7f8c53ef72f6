"""The highest point of p(x|z) p(z), or of p(x|z) alone: lattices close in on it from a quadrature's best nodes.

The best node itself may lie some tenths of a nat below, and the best point of a drawing far more.
"""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from vae_core.estimators.likelihood_matrix import pictures
from vae_core.estimators.quadrature.integral import Quadrature
from vae_core.models.vae import LatentModel

_STARTS = 8  # nodes that are followed up to their peaks
_ROUNDS = 60
_CLOSE = 1e-4  # of the first side, at which a lattice is fine enough


@torch.no_grad()
def joint_peak(model: LatentModel, x: Tensor, found: Quadrature) -> tuple[Tensor, float]:
    """The z with the highest p(x|z) p(z), float64 [D], and its log, nats; of one x, [1, ...], as `found` weighs it."""

    def value(z: Tensor) -> Tensor:
        return _log_px_z(model, x, found, z) + found.log_prior(z)

    return _highest(value, found, found.log_px_z[:, 0] + found.log_prior(found.z))


@torch.no_grad()
def likelihood_peak(model: LatentModel, x: Tensor, found: Quadrature) -> tuple[Tensor, float]:
    """The z with the highest p(x|z) near the nodes, float64 [D], and its log, nats; of one x, [1, ...].

    Of a Gaussian it is the same z under every sigma. Far from the prior p(x|z) may be higher still.
    """
    return _highest(lambda z: _log_px_z(model, x, found, z), found, found.log_px_z[:, 0])


def _log_px_z(model: LatentModel, x: Tensor, found: Quadrature, z: Tensor) -> Tensor:
    return pictures(model, z.to(x)).log_prob(x, found.sigma)[:, 0].cpu()


def _highest(value: Callable[[Tensor], Tensor], found: Quadrature, heights: Tensor) -> tuple[Tensor, float]:
    """The best z and its value: from the highest nodes, each in a lattice of 5^D points that moves or halves."""
    top = heights.topk(min(_STARTS, len(heights))).indices
    z, height = found.z[top], heights[top]  # [S, D], [S]
    D = z.shape[1]
    side = torch.exp(found.log_area[top] / D)[:, None]  # [S, 1]
    least = _CLOSE * side
    steps = torch.tensor(list(itertools.product((-1.0, -0.5, 0.0, 0.5, 1.0), repeat=D)), dtype=torch.float64)
    for _ in range(_ROUNDS):
        if bool((side < least).all()):
            break
        around = z[:, None] + side[:, None] * steps  # [S, 5^D, D]
        values = value(around.flatten(0, 1)).view(len(z), -1)
        best, place = values.max(1)
        better = best > height
        step = steps[place]
        z = torch.where(better[:, None], around[torch.arange(len(z)), place], z)
        height = torch.where(better, best, height)
        onward = better & (step.abs().amax(1) == 1)
        side = torch.where(onward[:, None], side, side / 2)
    first = height.argmax()
    return z[first], height[first].item()
