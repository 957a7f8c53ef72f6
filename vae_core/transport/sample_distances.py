"""How far a sample is from a distribution, and how far a sample from that very distribution would be: its floor."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_KOLMOGOROV_MEAN = math.sqrt(math.pi / 2) * math.log(2)  # 0.8687
_KOLMOGOROV_95 = 1.3581
_NORMAL_95 = 1.6449


@dataclass(frozen=True)
class Floor:
    """What a sample from the distribution itself has: the mean distance, and the one that 5 % of samples exceed."""

    mean: float
    high: float


def ks_distance(cdf: Tensor) -> Tensor:
    """Kolmogorov-Smirnov distance sup |F_n - F| of a sample x [n] from its F(x) [n]."""
    F = cdf.sort().values
    steps = torch.arange(len(F) + 1, dtype=F.dtype) / len(F)
    return torch.maximum(steps[1:] - F, F - steps[:-1]).amax()


def ks_floor(n: int) -> Floor:
    """0.8687/√n on average and 1.358/√n at 95 %, with √n corrected for small n (Stephens 1970, table 1)."""
    root = math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)
    return Floor(_KOLMOGOROV_MEAN / root, _KOLMOGOROV_95 / root)


def energy_distance(x: Tensor, y: Tensor) -> Tensor:
    """2 E‖x - y‖ - E‖x - x'‖ - E‖y - y'‖ over all pairs of x [n, d] and y [m, d] (Székely & Rizzo 2013, eq. 5).

    Never negative; zero when the samples are the same. Differentiable.
    """
    return 2 * _pairs(x, y).mean() - _pairs(x, x).mean() - _pairs(y, y).mean()


def sliced_energy_distance(x: Tensor, y: Tensor, directions: int = 32) -> Tensor:
    """The same from sorted projections on even directions of the plane, O(n log n): ‖x‖ = π/2 E_θ |x·θ|."""
    angle = torch.arange(directions, dtype=x.dtype) * math.pi / directions
    theta = torch.stack([angle.cos(), angle.sin()])  # [2, directions]
    n, m = len(x), len(y)
    both, order = torch.cat([x @ theta, y @ theta]).sort(dim=0)
    jump = ((order < n).to(x) * (1 / n + 1 / m) - 1 / m).cumsum(0)[:-1]  # F_x - F_y between neighbours
    return math.pi * (jump.square() * both.diff(dim=0)).sum(0).mean()


def energy_floor(y: Tensor, n: int, m: int) -> Floor:
    """The energy distance of n and m draws from one distribution, of which y [k, d] is a sample.

    The mean is E‖y - y'‖ (1/n + 1/m); the law is a sum of weighted χ² (Székely & Rizzo 2013, section 7), of which the
    variance is estimated from y too, and the 95 % point is that of the gamma with this mean and variance.
    """
    d = _pairs(y, y)
    spread = d.sum() / (len(y) * (len(y) - 1))  # the sum of the weights
    centred = d - d.mean(0, keepdim=True) - d.mean(1, keepdim=True) + d.mean()
    freedom = float(spread.square() / centred.square().mean())
    bend = 2 / (9 * freedom)
    high = (1 - bend + _NORMAL_95 * math.sqrt(bend)) ** 3  # Wilson & Hilferty 1931
    mean = float(spread) * (1 / n + 1 / m)
    return Floor(mean, mean * high)


def _pairs(x: Tensor, y: Tensor) -> Tensor:
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
