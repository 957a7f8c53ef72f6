"""A small normalising flow as q(z|x): a diagonal normal bent by a few planar maps (Rezende & Mohamed 2015)."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import FLOW_MAPS
from vae_core.distributions.gaussian import DiagonalNormal

_HALVINGS = {torch.float32: 26, torch.float64: 54}
_SHIFT = math.log(math.e - 1)  # softplus of it is 1: a map whose u is 0 is the identity
_DRAWS = 1000  # behind the mean and the variances


@dataclass(frozen=True)
class PlanarFlow:
    """z = f_T(...f_1(z0)) with z0 ~ N(mu, diag(exp(logvar))) and f(z) = z + u tanh(w.z + b) (eq. 10).

    `mu` and `logvar` are [..., D], `u` and `w` [..., T, D], `b` [..., T]. Every map is invertible: w.u > -1.
    """

    mu: Tensor
    logvar: Tensor
    u: Tensor
    w: Tensor
    b: Tensor

    def rsample(self, generator: torch.Generator | None = None, K: int | None = None) -> Tensor:
        """z ~ q, differentiable in every parameter: [..., D], or K samples first, [K, ..., D]."""
        return self._push(self._base.rsample(generator, K))[0]

    def draw(self, generator: torch.Generator | None, K: int) -> tuple[Tensor, Tensor]:
        """K samples, [K, ..., D], and log q of each, nats, [K, ...]: log q0 less the log determinants (eq. 13)."""
        start = self._base.rsample(generator, K)
        z, log_det = self._push(start)
        return z, self._base.log_prob(start) - log_det

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z), nats, [..., D] -> [...], by undoing the maps; differentiable once.

        Along w a map moves w.z + b = y + (w.u) tanh(y) for one y alone, which halving an interval finds.
        """
        log_det = torch.zeros((), dtype=z.dtype, device=z.device)
        for u, w, b in self._maps(reverse=True):
            slope = (w * u).sum(-1)
            y = _solve(slope, (w * z).sum(-1) + b)
            z = z - u * torch.tanh(y)[..., None]
            log_det = log_det + _log_det(slope, y)
        return self._base.log_prob(z) - log_det

    def diagonal(self) -> DiagonalNormal:
        """The diagonal normal with the mean and the variances of 1,000 draws, always the same ones."""
        z = self.rsample(torch.Generator(self.mu.device).manual_seed(0), _DRAWS)
        return DiagonalNormal(z.mean(0), z.var(0).log())

    @property
    def _base(self) -> DiagonalNormal:
        return DiagonalNormal(self.mu, self.logvar)

    def _maps(self, reverse: bool = False) -> list[tuple[Tensor, Tensor, Tensor]]:
        maps = list(zip(self.u.unbind(-2), self.w.unbind(-2), self.b.unbind(-1), strict=True))
        return maps[::-1] if reverse else maps

    def _push(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """All maps of z, [..., D], and the log of their determinant, [...]."""
        log_det = torch.zeros((), dtype=z.dtype, device=z.device)
        for u, w, b in self._maps():
            y = (w * z).sum(-1) + b
            z = z + u * torch.tanh(y)[..., None]
            log_det = log_det + _log_det((w * u).sum(-1), y)
        return z, log_det


def planar_flow(numbers: Tensor, D: int) -> PlanarFlow:
    """The flow whose parameters are `numbers`, [B, 2D + T (2D + 1)], with u bent so that w.u > -1 (appendix A.1)."""
    mu, logvar, maps = numbers.split((D, D, FLOW_MAPS * (2 * D + 1)), dim=-1)
    u, w, b = maps.unflatten(-1, (FLOW_MAPS, 2 * D + 1)).split((D, D, 1), dim=-1)
    product = (w * u).sum(-1, keepdim=True)
    allowed = F.softplus(product + _SHIFT) - 1  # above -1, and 0 at 0
    u = u + (allowed - product) * w / w.square().sum(-1, keepdim=True).clamp_min(1e-6)
    return PlanarFlow(mu, logvar, u, w, b[..., 0])


def _log_det(slope: Tensor, y: Tensor) -> Tensor:
    """log of 1 + (w.u) (1 - tanh(y)^2), the determinant of one map (eq. 11 and 12)."""
    return torch.log1p(slope * (1 - torch.tanh(y).square()))


def _solve(slope: Tensor, target: Tensor) -> Tensor:
    """y with y + slope tanh(y) = target, which grows in y; the last step is Newton's and carries the gradient."""
    with torch.no_grad():
        low, high = torch.broadcast_tensors(target - slope.abs(), target + slope.abs())
        for _ in range(_HALVINGS[target.dtype]):
            middle = 0.5 * (low + high)
            below = middle + slope * torch.tanh(middle) < target
            low, high = torch.where(below, middle, low), torch.where(below, high, middle)
        y = 0.5 * (low + high)
        rise = 1 + slope * (1 - torch.tanh(y).square())
    return y - (y + slope * torch.tanh(y) - target) / rise
