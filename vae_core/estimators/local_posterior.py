"""The best diagonal q for one x: the encoder's q, improved by gradient steps on its own mean and variance."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.distributions.priors import StandardNormal
from vae_core.models.vae import LatentModel

_LONGER, _SHORTER = 1.5, 0.5
_LEAST_CURVATURE = 0.1


@dataclass(frozen=True)
class Refined:
    """q after `step` gradient steps, [B, D], and its ELBO on the steps' own draws, nats, [B]."""

    step: int
    elbo: Tensor
    q: DiagonalNormal


def refine(
    model: LatentModel,
    x: Tensor,
    steps: int,
    generator: torch.Generator,
    samples: int = 128,
    start: DiagonalNormal | None = None,
) -> Iterator[Refined]:
    """Climb ELBO(x) in mu and logvar of each x, from the encoder's q or from `start`; yields steps 0 to `steps`.

    All steps share the same draws of z (common random numbers). Their mean is zero and their covariance I, so that a
    quadratic log p(x|z) is integrated exactly. A step that would lower an x's ELBO is not taken and the next is
    shorter, so no ELBO falls. log p(x) minus the best ELBO is the approximation gap, the best minus the encoder's the
    amortisation gap (Cremer et al. 2018, section 2). Raises ValueError for steps below 0, too few samples or a prior
    other than N(0, I).
    """
    if steps < 0:
        raise ValueError(f"steps is {steps}, expected at least 0")
    if not isinstance(model.prior(), StandardNormal):
        raise ValueError("this model has a prior of its own, expected N(0, I), to which the KL has a closed form")
    with torch.no_grad():
        q = model.encode(x).diagonal() if start is None else start
        place = torch.stack((q.mu, q.logvar))  # [2, B, D]
    eps = balanced_normal(samples, place.shape[-1], generator, place.dtype)[:, None]  # [K, 1, D]
    elbo, slope = _elbo_and_slope(model, x, place, eps)
    length = torch.ones_like(elbo)  # of the step of each x, 1 is a whole Newton step
    yield Refined(0, elbo, DiagonalNormal(*place))
    for step in range(1, steps + 1):
        tried = place + length[:, None] * _newton_step(place, slope)
        tried_elbo, tried_slope = _elbo_and_slope(model, x, tried, eps)
        better = tried_elbo > elbo  # [B]; not a number is no better
        place, slope = (torch.where(better[:, None], new, old) for new, old in ((tried, place), (tried_slope, slope)))
        elbo = torch.where(better, tried_elbo, elbo)
        length = torch.where(better, _LONGER * length, _SHORTER * length).clamp(max=1)
        yield Refined(step, elbo, DiagonalNormal(*place))


def _elbo_and_slope(model: LatentModel, x: Tensor, place: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    """ELBO of each x by the draws eps, [B], and its gradient in mu and logvar, [2, B, D]."""
    with torch.enable_grad():
        place = place.detach().requires_grad_()
        q = DiagonalNormal(*place)
        z = q.mu + q.std * eps  # [K, B, D]
        elbo = model.decode(z).log_prob(x).mean(0) - q.kl()
        (slope,) = torch.autograd.grad(elbo.sum(), place)
    return elbo.detach(), slope


def _newton_step(place: Tensor, slope: Tensor) -> Tensor:
    """A step up in every coordinate by its own curvature, that of log p(x, z) averaged over q, [2, B, D].

    The gradient in logvar is (1 - v h) / 2, with v the variance and h minus the mean second derivative in z_j, so it
    gives h for nothing.
    """
    (_, logvar), (in_mu, in_logvar) = place, slope
    curvature = (1 - 2 * in_logvar).clamp(min=_LEAST_CURVATURE)  # v h
    return torch.stack((logvar.exp() * in_mu / curvature, (2 * in_logvar / curvature).clamp(-1, 1)))


def balanced_normal(K: int, D: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
    """K draws from N(0, I), [K, D], moved a little so that their mean is exactly 0 and their covariance exactly I.

    Pairs of opposite sign, whitened. Raises ValueError unless K is even and at least 2 D + 2.
    """
    if K % 2 or K < 2 * D + 2:
        raise ValueError(f"there are {K} draws in {D} dimensions, expected an even number of at least {2 * D + 2}")
    half = torch.randn((K // 2, D), generator=generator, dtype=torch.float64)
    scale = torch.linalg.cholesky(half.T @ half / len(half))
    half = torch.linalg.solve_triangular(scale, half.T, upper=False).T
    return torch.cat((half, -half)).to(dtype)


@torch.no_grad()
def elbo_of(
    model: LatentModel, x: Tensor, q: DiagonalNormal, K: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """ELBO of any q [B, D] with K fresh draws and the exact KL, nats, [B], and its standard error, [B]."""
    if K < 2:
        raise ValueError(f"K is {K}, expected at least 2 draws for a standard error")
    log_px_z = model.decode(q.rsample(generator, K)).log_prob(x)  # [K, B]
    return log_px_z.mean(0) - q.kl(), log_px_z.std(0) / math.sqrt(K)


def scaled(q: DiagonalNormal, factor: float) -> DiagonalNormal:
    """q with every standard deviation times `factor`. Raises ValueError unless it is positive."""
    if not factor > 0:
        raise ValueError(f"factor is {factor}, expected a positive number")
    return DiagonalNormal(q.mu, q.logvar + 2 * math.log(factor))
