"""Exact maps of the plane from z ~ N(0, I) to x of any distribution (Doersch 2016, section 2).

Every map has `from_normal(z)`, `to_normal(x)`, `log_density(x)` and `log_volume(z)`, on float64 tensors [..., 2].
`log_volume` is log √det JᵀJ with J the Jacobian of x by z, and log p(x) = log p(z) - log √det JᵀJ at x = f(z).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.gaussian import log_prior
from vae_core.transport.univariate import PiecewiseLinear

_NEEDLE = 1e-12  # Φ and its inverse are kept this far from 0 and 1, about 7 standard deviations


@dataclass(frozen=True)
class Ring:
    """x = z/10 + z/‖z‖: a ring of radius one, thick outwards (Doersch 2016, figure 2). Undefined at z = 0."""

    def from_normal(self, z: Tensor) -> Tensor:
        return z / 10 + z / z.norm(dim=-1, keepdim=True)

    def to_normal(self, x: Tensor) -> Tensor:
        """z = r x/ρ with r = 10(ρ - 1), ρ = ‖x‖; a point inside the unit circle has no z and gives that of r = 0."""
        rho = x.norm(dim=-1, keepdim=True)
        return 10 * (rho - 1).clamp_min(0) * x / rho

    def log_density(self, x: Tensor) -> Tensor:
        """p(x) = 10 r e^(-r²/2) / (2πρ) for ρ > 1, else 0."""
        rho = x.norm(dim=-1)
        r = 10 * (rho - 1)
        inside = torch.log(10 * r.clamp_min(1e-300)) - r.square() / 2 - torch.log(2 * math.pi * rho)
        return torch.where(r > 0, inside, -math.inf)

    def log_volume(self, z: Tensor) -> Tensor:
        """J stretches by 1/10 along z and by ρ/r across it."""
        r = z.norm(dim=-1)
        return torch.log((1 + r / 10) / (10 * r))


@dataclass(frozen=True)
class Gaussian:
    """x = Lz ~ N(0, LLᵀ) with L [2, 2] lower triangular, the Cholesky factor of the covariance.

    Raises ValueError unless L is lower triangular with a positive diagonal.
    """

    L: Tensor

    def __post_init__(self) -> None:
        if self.L.shape != (2, 2) or self.L[0, 1] != 0 or not bool((self.L.diagonal() > 0).all()):
            raise ValueError(f"L is {self.L.tolist()}, expected a lower triangle of 2 rows with a positive diagonal")

    @property
    def covariance(self) -> Tensor:
        return self.L @ self.L.mT

    def from_normal(self, z: Tensor) -> Tensor:
        return z @ self.L.mT

    def to_normal(self, x: Tensor) -> Tensor:
        return torch.linalg.solve_triangular(self.L, x[..., None], upper=False)[..., 0]

    def log_density(self, x: Tensor) -> Tensor:
        return log_prior(self.to_normal(x)) - self.L.diagonal().log().sum()

    def log_volume(self, z: Tensor) -> Tensor:
        return self.L.diagonal().log().sum().expand(z.shape[:-1])


@dataclass(frozen=True)
class Bilinear:
    """The conditional distribution method (Rosenblatt 1952): x1 = F1^-1(Φ(z1)), x2 = F_{2|1}^-1(Φ(z2) | x1).

    The density is proportional to `values` [N, M] at knots from low to high on both axes, bilinear between them, so
    that F1 and F_{2|1} are piecewise quadratic and the map is exact. Raises ValueError as PiecewiseLinear does.
    """

    values: Tensor
    low: float
    high: float

    def __post_init__(self) -> None:
        PiecewiseLinear(self.values.flatten(), self.low, self.high)

    @property
    def first(self) -> PiecewiseLinear:
        """The density of x1: what is left when x2 is integrated out, linear between knots like the table."""
        return PiecewiseLinear(torch.trapezoid(self.values, dim=-1), self.low, self.high)

    def second(self, x1: Tensor) -> PiecewiseLinear:
        """The density of x2 at each x1 [...], up to its factor; flat where x1 has no mass."""
        place = ((x1 - self.low) / self.first.step).clamp(0, len(self.values) - 1)
        k = place.floor().long().clamp(max=len(self.values) - 2)
        rows = torch.lerp(self.values[k], self.values[k + 1], (place - k)[..., None])  # [..., M]
        return PiecewiseLinear(torch.where(rows.sum(-1, keepdim=True) > 0, rows, 1.0), self.low, self.high)

    def from_normal(self, z: Tensor) -> Tensor:
        x1 = self.first.from_normal(z[..., 0])
        return torch.stack([x1, self.second(x1).from_normal(z[..., 1])], -1)

    def to_normal(self, x: Tensor) -> Tensor:
        """A point without mass around it gives the z at the edge of the mass, 7 standard deviations at most."""
        u = torch.stack([self.first.cdf(x[..., 0]), self.second(x[..., 0]).cdf(x[..., 1])], -1)
        return torch.special.ndtri(u.clamp(_NEEDLE, 1 - _NEEDLE))

    def log_density(self, x: Tensor) -> Tensor:
        return (self.first.density(x[..., 0]) * self.second(x[..., 0]).density(x[..., 1])).log()

    def log_volume(self, z: Tensor) -> Tensor:
        """J is triangular: its diagonal is φ(z1)/p(x1) and φ(z2)/p(x2|x1)."""
        return log_prior(z) - self.log_density(self.from_normal(z))


PlaneMap = Ring | Gaussian | Bilinear


def log_volume(f: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """log √det JᵀJ at z [N, d] of any differentiable map f that acts on each row, nats: [N]."""
    J = torch.autograd.functional.jacobian(lambda rows: f(rows).sum(0), z).transpose(0, 1)  # [N, m, d]
    return 0.5 * torch.linalg.slogdet(J.mT @ J).logabsdet
