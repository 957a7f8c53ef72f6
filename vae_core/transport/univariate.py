"""Maps of the line: x = F^-1(Φ(z)) has the distribution F when z ~ N(0, 1) (inverse transform, Devroye 1986, II.2.1).

Every target has `density(x)`, `cdf(x)`, `from_normal(z)` and `to_normal(x)`, elementwise on float64
tensors of any shape.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.special import log_ndtr, ndtri

from vae_core.distributions.gaussian import log_prior

_NEWTON_STEPS = 60
_CLOSE = 1e-14  # a step this small is the last


def below(z: Tensor) -> Tensor:
    """Φ(z) with all its digits in the lower tail, where torch.special.ndtr takes the difference of two ones."""
    return 0.5 * torch.erfc(-z / math.sqrt(2))


@dataclass(frozen=True)
class Mixture:
    """Σ_k weights_k N(means_k, sigmas_k²); all are [K] and the weights sum to one."""

    weights: Tensor
    means: Tensor
    sigmas: Tensor

    def density(self, x: Tensor) -> Tensor:
        scaled = (x[..., None] - self.means) / self.sigmas  # [..., K]
        return (self.weights * log_prior(scaled[..., None]).exp() / self.sigmas).sum(-1)

    def cdf(self, x: Tensor) -> Tensor:
        return self._tail(x, torch.ones_like(x))

    def from_normal(self, z: Tensor) -> Tensor:
        """F^-1(Φ(z)) by Newton's steps inside a bracket, since component k alone would give means_k + sigmas_k z.

        The lower tail is solved for z ≤ 0 and the upper one for z > 0, so that no digits are lost near F = 1.
        """
        side = torch.where(z > 0, -1.0, 1.0)
        alone = self.means + self.sigmas * z[..., None]  # [..., K]
        low, high = alone.amin(-1), alone.amax(-1)
        x, goal = 0.5 * (low + high), below(side * z)
        for _ in range(_NEWTON_STEPS):
            error = side * (self._tail(x, side) - goal)
            low, high = torch.where(error < 0, x, low), torch.where(error < 0, high, x)
            step = x - error / self.density(x).clamp_min(1e-300)
            last, x = x, torch.where((step > low) & (step < high), step, 0.5 * (low + high))
            if torch.allclose(x, last, rtol=0, atol=_CLOSE):
                break
        return x

    def to_normal(self, x: Tensor) -> Tensor:
        side = torch.where(self.cdf(x) > 0.5, -1.0, 1.0).to(x)
        return side * ndtri(self._tail(x, side))

    def _tail(self, x: Tensor, side: Tensor) -> Tensor:
        """P(X ≤ x) where `side` is 1 and P(X ≥ x) where it is -1."""
        scaled = (x[..., None] - self.means) / self.sigmas
        return (self.weights * below(side[..., None] * scaled)).sum(-1)


@dataclass(frozen=True)
class Exponential:
    """Density rate e^(-rate x) on x ≥ 0."""

    rate: float

    def density(self, x: Tensor) -> Tensor:
        return torch.where(x >= 0, self.rate * torch.exp(-self.rate * x), 0.0)

    def cdf(self, x: Tensor) -> Tensor:
        return -torch.expm1(-self.rate * x.clamp_min(0))

    def from_normal(self, z: Tensor) -> Tensor:
        """-log(1 - Φ(z)) / rate, with 1 - Φ(z) = Φ(-z)."""
        return -log_ndtr(-z) / self.rate

    def to_normal(self, x: Tensor) -> Tensor:
        u = self.cdf(x)
        return torch.where(u < 0.5, ndtri(u), -ndtri(torch.exp(-self.rate * x)))


@dataclass(frozen=True)
class Uniform:
    """Density 1 / (high - low) between low and high."""

    low: float
    high: float

    def density(self, x: Tensor) -> Tensor:
        return ((x >= self.low) & (x <= self.high)).to(x) / (self.high - self.low)

    def cdf(self, x: Tensor) -> Tensor:
        return ((x - self.low) / (self.high - self.low)).clamp(0, 1)

    def from_normal(self, z: Tensor) -> Tensor:
        return self.low + (self.high - self.low) * below(z)

    def to_normal(self, x: Tensor) -> Tensor:
        return ndtri(self.cdf(x))


@dataclass(frozen=True)
class PiecewiseLinear:
    """A drawn density: proportional to `values` [..., N] at N evenly spaced knots from low to high, linear between.

    Leading dimensions are a batch of densities; x and z then have the same leading shape. Raises ValueError unless the
    values are finite, none is negative and each density has some mass.
    """

    values: Tensor
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.values.shape[-1] < 2 or not bool(torch.isfinite(self.values).all() and (self.values >= 0).all()):
            raise ValueError("values are not a density, expected at least 2 finite numbers, none of them negative")
        if not bool((self.values.sum(-1) > 0).all()):
            raise ValueError("values are 0 everywhere, expected a density with some mass")

    @property
    def step(self) -> float:
        return (self.high - self.low) / (self.values.shape[-1] - 1)

    @property
    def cumulative(self) -> Tensor:
        """Mass below each knot before division by the total, by the trapezoid rule, which is exact: [..., N]."""
        cells = 0.5 * self.step * (self.values[..., 1:] + self.values[..., :-1])
        return torch.cat([torch.zeros_like(cells[..., :1]), cells.cumsum(-1)], -1)

    def density(self, x: Tensor) -> Tensor:
        left, right, s = self._cell(x)
        inside = (x >= self.low) & (x <= self.high)
        return torch.where(inside, left + s * (right - left), 0.0) / self.cumulative[..., -1]

    def cdf(self, x: Tensor) -> Tensor:
        left, right, s = self._cell(x)
        cumulative = self.cumulative
        before = _pick(cumulative, self._index(x))
        return (before + self.step * s * (left + 0.5 * s * (right - left))) / cumulative[..., -1]

    def from_normal(self, z: Tensor) -> Tensor:
        """F^-1(Φ(z)): find the cell by its cumulative mass, then solve a quadratic for the place in it."""
        cumulative = self.cumulative
        goal = below(z) * cumulative[..., -1]
        k = (torch.searchsorted(cumulative, goal[..., None], right=True)[..., 0] - 1).minimum(self._last_cell())
        left, right = _pick(self.values, k), _pick(self.values, k + 1)
        mass = goal - _pick(cumulative, k)
        root = (left.square() + 2 * (right - left) * mass / self.step).clamp_min(0).sqrt()
        s = (2 * mass / (self.step * (left + root).clamp_min(1e-300))).clamp(0, 1)
        return self.low + self.step * (k + s)

    def to_normal(self, x: Tensor) -> Tensor:
        return ndtri(self.cdf(x))

    def _index(self, x: Tensor) -> Tensor:
        return ((x - self.low) / self.step).floor().long().clamp(0, self.values.shape[-1] - 2)

    def _last_cell(self) -> Tensor:
        """The last cell with mass: Φ(z) that rounds to one belongs to it."""
        massive = self.values[..., 1:] + self.values[..., :-1] > 0
        return massive.shape[-1] - 1 - massive.flip(-1).int().argmax(-1)

    def _cell(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Values at the left and right knot of x's cell, and how far into it x is, 0 to 1."""
        k = self._index(x)
        s = ((x - self.low) / self.step - k).clamp(0, 1)
        return _pick(self.values, k), _pick(self.values, k + 1), s


def _pick(rows: Tensor, k: Tensor) -> Tensor:
    """rows[..., k] for each k [...]; rows is [N], or [..., N] with the shape of k."""
    return rows.expand(*k.shape, -1).gather(-1, k[..., None])[..., 0]
