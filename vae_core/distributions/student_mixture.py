"""A mixture of multivariate Student t distributions for each image: a proposal for z with several modes and wide tails.

Shapes: n draws, B images, M components, D dimensions; all in float64. A component that an image lacks has the log
weight -inf.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_PRIOR_DRAWS = 10  # for each dimension, or half its square: as much as these would tell, a component stays as it was
_KEEP = 0.05  # of the weight is shared alike by all components of an image, so that none dies out


@dataclass(frozen=True, eq=False)
class StudentMixture:
    """r(z) = sum_m pi_m t(z; mean_m, L_m L_m^T) with `degrees` of freedom, one mixture for each of B images."""

    log_weight: Tensor  # [B, M], log pi
    mean: Tensor  # [B, M, D]
    L: Tensor  # [B, M, D, D], lower triangular with a positive diagonal
    degrees: int

    def of(self, image: int, M: int) -> "StudentMixture":
        """The mixture of one image, its first M components."""
        one = slice(image, image + 1)
        return StudentMixture(self.log_weight[one, :M], self.mean[one, :M], self.L[one, :M], self.degrees)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n draws for each image, [n, B, D]."""
        B, M, D = self.mean.shape
        options = {"generator": generator, "dtype": torch.float64, "device": self.mean.device}
        part = torch.multinomial(self.log_weight.exp(), n, replacement=True, generator=generator)  # [B, n]
        chi2 = torch.randn((B, n, self.degrees), **options).square_().sum(-1)
        eps = torch.randn((B, n, D), **options) * (self.degrees / chi2).sqrt_()[..., None]
        z = torch.empty_like(eps)
        for m in range(M):
            torch.where((part == m)[..., None], self.mean[:, m, None] + eps @ self.L[:, m].mT, z, out=z)
        return z.transpose(0, 1)

    def log_parts(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """log pi_m t_m(z), nats, and the squared distance |L_m^-1 (z - mean_m)|^2: [n, B, D] -> [B, M, n] of both."""
        D, v = self.mean.shape[-1], self.degrees
        away = z.permute(1, 2, 0)[:, None] - self.mean[..., None]  # [B, M, D, n]
        squared = torch.linalg.solve_triangular(self.L, away, upper=False).square_().sum(2)
        constant = math.lgamma((v + D) / 2) - math.lgamma(v / 2) - 0.5 * D * math.log(v * math.pi)
        log_det = self.L.diagonal(dim1=-2, dim2=-1).log().sum(-1)  # [B, M]
        height = (self.log_weight + constant - log_det)[..., None]
        return height - 0.5 * (v + D) * torch.log1p(squared / v), squared

    def log_prob(self, z: Tensor) -> Tensor:
        """log r(z), nats, [n, B, D] -> [n, B]."""
        return torch.logsumexp(self.log_parts(z)[0], 1).T

    def shares(self, z: Tensor, log_w: Tensor) -> Tensor:
        """The share of the weight exp(log_w), [n, B], of draws z, [n, B, D], that each component explains, [B, M]."""
        responsibility = torch.softmax(self.log_parts(z)[0], 1)
        return torch.einsum("bmn,nb->bm", responsibility, torch.softmax(log_w, 0))

    def refit(self, z: Tensor, log_w: Tensor) -> "StudentMixture":
        """The mixture fitted to draws z, [n, B, D], of log weight `log_w`, [n, B]: one step of weighted EM.

        It lowers KL(p(z|x) || r) (Cappe et al. 2008, section 3; for Student t Hoogerheide et al. 2012, section 2.2).
        Weights are cut at 1 / sqrt(n) of their sum before they are shared out.
        """
        n, _, D = z.shape
        weight = torch.softmax(log_w, 0).T.clamp_max(n**-0.5)  # [B, n]
        parts, squared = self.log_parts(z)
        share = torch.softmax(parts, 1) * (weight / weight.sum(1, keepdim=True))[:, None]  # [B, M, n]
        mass = share.sum(2)
        pull = share * (self.degrees + D) / (self.degrees + squared)
        tiny = torch.finfo(torch.float64).tiny
        mean = torch.einsum("bmn,nbd->bmd", pull, z) / pull.sum(2).clamp_min(tiny)[..., None]
        away = z.transpose(0, 1)[:, None] - mean[:, :, None]  # [B, M, n, D]
        spread = (pull[..., None] * away).transpose(2, 3) @ away / mass.clamp_min(tiny)[..., None, None]
        effective = mass.square() / share.square().sum(2).clamp_min(tiny)  # draws, [B, M]
        prior = max(_PRIOR_DRAWS * D, D * D / 2)
        learned = torch.where(mass > tiny, effective / (effective + prior), 0)[..., None]
        there = self.log_weight > -math.inf
        heard = 1 / weight.div(weight.sum(1, keepdim=True)).square().sum(1, keepdim=True)  # draws that count, [B, 1]
        pi = torch.lerp(self.log_weight.exp(), mass / mass.sum(1, keepdim=True), heard / (heard + _PRIOR_DRAWS))
        pi = (1 - _KEEP) * pi + _KEEP * there / there.sum(1, keepdim=True)
        covariance = torch.lerp(self.L @ self.L.mT, spread, learned[..., None])
        L, failed = torch.linalg.cholesky_ex(covariance)
        L = torch.where((failed == 0)[..., None, None], L, self.L)
        return StudentMixture(pi.log(), torch.lerp(self.mean, mean, learned), L, self.degrees)
