"""The best normal q for one x, diagonal or full: improved by gradient steps on its own mean and covariance.

log p(x) - ELBO of the best q of a family is the family's approximation gap; from the encoder's q to the best is its
amortisation gap (Cremer et al. 2018, section 2). An ascent ends in the optimum that its start leads to: "the best" is
what the best of many starts reached, one at each mode of p(z|x) (`best_diagonal`, `best_full`).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.gaussian import LOG_2PI, DiagonalNormal
from vae_core.distributions.posteriors import FullNormal
from vae_core.estimators.mixture_proposal import WeighedDraws
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
    shorter, so no ELBO falls. Raises ValueError for steps below 0 or too few samples.
    """
    if steps < 0:
        raise ValueError(f"steps is {steps}, expected at least 0")
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
        elbo = _mean_log_joint(model, x, z) + 0.5 * (q.logvar + LOG_2PI + 1).sum(-1)
        (slope,) = torch.autograd.grad(elbo.sum(), place)
    return elbo.detach(), slope


def _mean_log_joint(model: LatentModel, x: Tensor, z: Tensor) -> Tensor:
    """The mean of log p(x, z) over draws z, [K, B, D] -> [B]."""
    return (model.decode(z).log_prob(x) + model.prior().log_prob(z)).mean(0)


def _newton_step(place: Tensor, slope: Tensor) -> Tensor:
    """A step up in every coordinate by its own curvature, that of log p(x, z) averaged over q, [2, B, D].

    The gradient in logvar is (1 - v h) / 2, with v the variance and h minus the mean second derivative in z_j, so it
    gives h for nothing.
    """
    (_, logvar), (in_mu, in_logvar) = place, slope
    curvature = (1 - 2 * in_logvar).clamp(min=_LEAST_CURVATURE)  # v h
    return torch.stack((logvar.exp() * in_mu / curvature, (2 * in_logvar / curvature).clamp(-1, 1)))


@torch.no_grad()
def refine_full(
    model: LatentModel, x: Tensor, steps: int, generator: torch.Generator, start: FullNormal, samples: int = 128
) -> tuple[FullNormal, Tensor]:
    """Climb ELBO(x) in the mean and the whole covariance of each x from `start`: q, [B, D], and its ELBO, nats, [B].

    Steps of variational Newton (Khan & Lin 2017): the mean goes by the covariance times the mean gradient of log
    p(x, z), and the precision moves to minus its mean Hessian, which is -E[gradient (z - mu)^T] Sigma^-1 (Stein). All
    share the same draws, and one that would lower an x's ELBO is not taken. Raises ValueError as `refine` does.
    """
    if steps < 0:
        raise ValueError(f"steps is {steps}, expected at least 0")
    D = start.mu.shape[-1]
    eps = balanced_normal(samples, D, generator, start.mu.dtype)[:, None]
    q, eye = start, torch.eye(D, dtype=start.mu.dtype, device=start.mu.device)
    elbo, slope, bend = _elbo_and_bend(model, x, q, eps)
    length = torch.ones_like(elbo)
    for _ in range(steps):
        values, vectors = torch.linalg.eigh((1 - length)[:, None, None] * eye + length[:, None, None] * bend)
        values = values.clamp(_LEAST_CURVATURE, 1 / _LEAST_CURVATURE)  # of the precision, where the old one is one
        root = q.L @ (vectors * values.rsqrt()[:, None])
        mu = q.mu + length[:, None] * torch.einsum("bij,bkj,bk->bi", root, root, slope)
        L = torch.linalg.cholesky_ex(root @ root.mT)[0]
        tried = FullNormal(mu, L)
        tried_elbo, tried_slope, tried_bend = _elbo_and_bend(model, x, tried, eps)
        better = tried_elbo > elbo
        q = FullNormal(torch.where(better[:, None], mu, q.mu), torch.where(better[:, None, None], L, q.L))
        slope = torch.where(better[:, None], tried_slope, slope)
        bend = torch.where(better[:, None, None], tried_bend, bend)
        elbo = torch.where(better, tried_elbo, elbo)
        length = torch.where(better, _LONGER * length, _SHORTER * length).clamp(max=1)
    return q, elbo


def _elbo_and_bend(model: LatentModel, x: Tensor, q: FullNormal, eps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """ELBO, [B], the mean gradient of log p(x, z), [B, D], and minus its mean Hessian where q is N(0, I), [B, D, D]."""
    z = q.mu + torch.einsum("bij,kbj->kbi", q.L, eps.expand(-1, len(q.mu), -1))
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        mean = _mean_log_joint(model, x, z)
        (slopes,) = torch.autograd.grad(mean.sum(), z)  # [K, B, D], of the mean over K
    bend = -q.L.mT @ torch.einsum("kbi,kbj->bij", slopes, eps.expand_as(slopes))
    entropy = q.L.diagonal(dim1=-2, dim2=-1).log().sum(-1) + 0.5 * q.mu.shape[-1] * (LOG_2PI + 1)
    return mean.detach() + entropy, slopes.sum(0), (bend + bend.mT).nan_to_num(0, 0, 0) / 2


def best_diagonal(
    model: LatentModel, x: Tensor, draws: WeighedDraws, steps: int, generator: torch.Generator, samples: int = 128
) -> Refined:
    """The best of the diagonal q refined from the encoder's and from each mode in `draws`, for one x, [1, ...].

    Raises ValueError as `refine` does, and for a model with two levels.
    """
    q = model.encode(x).diagonal()
    if q.mu.shape[-1] != draws.modes.shape[-1]:
        raise ValueError("this model has two levels of latents, expected one for the best q of a family")
    modes, spread = draws.modes.to(q.mu), 2 * draws.deviations.log().to(q.mu)
    start = DiagonalNormal(torch.cat((q.mu.detach(), modes)), torch.cat((q.logvar.detach(), spread)))
    *_, last = refine(model, _repeated(x, len(start.mu)), steps, generator, samples, start)
    best = last.elbo.argmax()[None]
    return Refined(last.step, last.elbo[best], DiagonalNormal(last.q.mu[best], last.q.logvar[best]))


def best_full(
    model: LatentModel, x: Tensor, draws: WeighedDraws, steps: int, generator: torch.Generator, samples: int = 128
) -> tuple[FullNormal, Tensor]:
    """The best of the normal q with a full covariance refined from each mode in `draws`, [1, D], and its ELBO, [1]."""
    start = FullNormal(draws.modes.to(x.dtype), torch.diag_embed(draws.deviations.to(x.dtype)))
    q, elbo = refine_full(model, _repeated(x, len(start.mu)), steps, generator, start, samples)
    best = elbo.argmax()[None]
    return FullNormal(q.mu[best], q.L[best]), elbo[best]


def _repeated(x: Tensor, n: int) -> Tensor:
    return x.expand(n, *x.shape[1:])


def balanced_normal(K: int, D: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
    """K draws from N(0, I), [K, D], moved a little so that their mean is exactly 0 and their covariance exactly I.

    Pairs of opposite sign, whitened. Raises ValueError unless K is even and at least 2 D + 2.
    """
    if K % 2 or K < 2 * D + 2:
        raise ValueError(f"there are {K} draws in {D} dimensions, expected an even number of at least {2 * D + 2}")
    half = torch.randn((K // 2, D), generator=generator, dtype=torch.float64, device=generator.device)
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
