"""Exact log p(x), p(z|x) and KL(q || p(z|x)) for one or two latent dimensions: quadrature on cells that adapt.

A cell is halved where its mass may matter and is not yet known: its node's value plus the rise seen among its
neighbours says how high it could reach, so narrow peaks between the nodes of a coarse lattice are found. The rule is
the midpoint rule on all cells that were not halved; its error is told by the rule with the last halving undone.
"""

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from vae_core.cells import Level, Targets, grow, leaves, leaves_of_one_less, log_area
from vae_core.gaussian import DiagonalNormal, log_prior
from vae_core.lattice import box, boxes_around, nodes, without
from vae_core.models import LatentModel
from vae_core.pictures import Pictures, log_prob_of_scores, pictures

_LADDER = 1.6  # largest step from one sigma that the cells are made for to the next
_RESOLVED = 0.01  # how far the mass of q on the nodes may be from one
_TOGETHER = 64  # images that share their cells


@dataclass(frozen=True, eq=False)
class Rule:
    """Nodes z, [N, D], the log of their cells' areas, [N], and their scores, [N, B]; see `Pictures.scores`."""

    z: Tensor
    log_area: Tensor
    scores: Tensor


@dataclass(frozen=True, eq=False)
class Quadrature:
    """p(z|x) of each x on nodes z, all in float64 and nats. `sigma` is a Gaussian's, None for a Bernoulli.

    `with_sigma` weighs the same nodes again without decoding, for any sigma within `sigmas`.
    """

    fine: Rule
    coarse: Rule  # with the last halving undone
    sigma: float | None
    sigmas: tuple[float, float] | None
    pixels: int

    @property
    def z(self) -> Tensor:
        """Nodes, [N, D]."""
        return self.fine.z

    @property
    def log_area(self) -> Tensor:
        """log of the area of each node's cell, [N]."""
        return self.fine.log_area

    @cached_property
    def log_px_z(self) -> Tensor:
        """log p(x|z) at the nodes, [N, B]."""
        return log_prob_of_scores(self.fine.scores, self.sigma, self.pixels)

    @cached_property
    def log_px(self) -> Tensor:
        """log p(x), [B]."""
        return self._log_px(self.fine)

    @cached_property
    def error(self) -> Tensor:
        """Own estimate of the error of `log_px`, [B]: its change at the last halving, which bounds it in practice."""
        return (self.log_px - self._log_px(self.coarse)).abs()

    def log_posterior(self) -> Tensor:
        """log of the share of p(z|x) that each node's cell holds, [N, B]; the shares sum to one."""
        return self.log_px_z + (log_prior(self.z) + self.log_area)[:, None] - self.log_px

    def kl_posterior_prior(self) -> Tensor:
        """KL(p(z|x) || p(z)), [B]: the log of the number of samples that the prior needs."""
        return (self.log_posterior().exp() * (self.log_px_z - self.log_px)).sum(0)

    def log_cost(self) -> Tensor:
        """log R = log E_p(z)[p(x|z)^2] - 2 log p(x), [B]: n prior samples have the relative variance (R - 1) / n."""
        return torch.logsumexp(self.log_posterior() + self.log_px_z, 0) - self.log_px

    def kl_from(self, q: DiagonalNormal) -> Tensor:
        """KL(q || p(z|x)) = log p(x) - ELBO, [B], for the q that the nodes were made for.

        Raises ValueError for a q that the nodes do not resolve: give it to `integrate`.
        """
        log_q = DiagonalNormal(q.mu.double().cpu(), q.logvar.double().cpu()).log_prob(self.z[:, None])  # [N, B]
        share = (log_q + self.log_area[:, None]).exp()
        mass = share.sum(0)
        if bool(((mass - 1).abs() > _RESOLVED).any()):
            raise ValueError(
                f"the nodes do not resolve this q, its mass on them is {mass.min():.3g} to {mass.max():.3g}: "
                "give it to integrate"
            )
        log_ratio = log_q + self.log_area[:, None] - self.log_posterior()
        return (share * log_ratio).sum(0) / mass - mass.log()

    def with_sigma(self, sigma: float) -> "Quadrature":
        """The same nodes under a Gaussian of another sigma. Raises ValueError outside of `sigmas`."""
        if self.sigmas is None or not self.sigmas[0] <= sigma <= self.sigmas[1]:
            served = "none" if self.sigmas is None else f"{self.sigmas[0]:g} to {self.sigmas[1]:g}"
            raise ValueError(f"sigma is {sigma:g}, expected one that the nodes were made for: {served}")
        return dataclasses.replace(self, sigma=sigma)

    def _log_px(self, rule: Rule) -> Tensor:
        log_px_z = log_prob_of_scores(rule.scores, self.sigma, self.pixels)
        return torch.logsumexp(log_px_z + (log_prior(rule.z) + rule.log_area)[:, None], 0)


@torch.no_grad()
def first_lattice(model: LatentModel, like: Tensor) -> Pictures:
    """The coarsest nodes, decoded in the precision of `like`: kept with a model, they make each new x cheap.

    Raises ValueError if the model has more than 2 latent dimensions.
    """
    if model.latent_dim > 2:
        raise ValueError(f"this model has {model.latent_dim} latent dimensions, expected 1 or 2 for quadrature")
    return pictures(model, nodes(box(model.latent_dim), 0).to(like))


@torch.no_grad()
def integrate(
    model: LatentModel,
    x: Tensor,
    *,
    first: Pictures | None = None,
    q: DiagonalNormal | None = None,
    sigmas: tuple[float, float] | None = None,
) -> Quadrature:
    """p(z|x) of each x in [B, ...] on nodes that resolve it to about 1e-4 nats, and q(z|x) too (the encoder's).

    All x share the nodes, so they should lie together; see `integrate_each`. `first` is `first_lattice(model, x)`.
    With `sigmas` the nodes serve a Gaussian of any sigma from the one to the other, and of the model's own. Raises
    ValueError if x lies outside the likelihood's support, if the model has more than 2 latent dimensions, or if log
    p(x|z) is not a finite number.
    """
    first = first or first_lattice(model, x)
    first_scores = _finite(first.scores(x))
    q = model.encode(x) if q is None else q
    q = DiagonalNormal(q.mu.double().cpu(), q.logvar.double().cpu())
    if not bool((q.mu.isfinite() & q.logvar.isfinite()).all()):
        raise ValueError("q has a mean or a variance that is not a finite number: the encoder's weights are unusable")
    pixels = math.prod(model.event_shape)
    served = _served(first.sigma, sigmas)
    targets = Targets(_ladder(first.sigma, served), pixels, q)

    def score(z: Tensor) -> Tensor:
        return _finite(pictures(model, z.to(x)).scores(x))

    cells = box(model.latent_dim)
    seeds = without(boxes_around(q.mu, 6 * q.std), cells)
    cells, scores = torch.cat((cells, seeds)), torch.cat((first_scores, score(nodes(seeds, 0))))
    levels = grow(cells, scores, score, targets)
    fine, coarse = (_rule(levels, masks) for masks in (leaves(levels), leaves_of_one_less(levels)))
    return Quadrature(fine, coarse, first.sigma, served, pixels)


def integrate_each(model: LatentModel, x: Tensor) -> tuple[Tensor, Tensor]:
    """log p(x) and its error, nats, float64, [B] each, for any number of x: those that lie together share cells.

    Raises ValueError as `integrate` does.
    """
    first = first_lattice(model, x)
    with torch.no_grad():
        mu = torch.cat([model.encode(part).mu for part in x.split(500)])
    log_px, error = torch.empty((2, len(x)), dtype=torch.float64, device=x.device)
    for group in _groups(mu):
        found = integrate(model, x[group], first=first)
        log_px[group], error[group] = found.log_px.to(x.device), found.error.to(x.device)
    return log_px, error


def _groups(mu: Tensor) -> list[Tensor]:
    """Numbers of neighbouring codes, [B, D], a few dozen together: strips along the first axis, cut along the last."""
    strips = max(1, round(math.sqrt(len(mu) / _TOGETHER))) if mu.shape[1] == 2 else 1
    groups = []
    for strip in mu[:, 0].argsort().chunk(strips):
        groups += strip[mu[strip, -1].argsort()].split(_TOGETHER)
    return groups


def _served(own: float | None, sigmas: tuple[float, float] | None) -> tuple[float, float] | None:
    if own is None:
        if sigmas is not None:
            raise ValueError("sigmas are given, expected none: a Bernoulli likelihood has no sigma")
        return None
    low, high = sigmas or (own, own)
    if not 0 < low <= high < math.inf:
        raise ValueError(f"sigmas are {low:g} to {high:g}, expected numbers above 0, the smaller first")
    return min(low, own), max(high, own)


def _ladder(own: float | None, served: tuple[float, float] | None) -> tuple[float | None, ...]:
    """Every sigma that the cells are made for: the ends, the model's own, and steps of less than _LADDER between."""
    if served is None:
        return (None,)
    low, high = served
    steps = math.ceil(math.log(high / low) / math.log(_LADDER))
    rungs = {low * (high / low) ** (i / steps) for i in range(steps)} if steps else set()
    return tuple(sorted({*rungs, high, own}))


def _rule(levels: list[Level], masks: list[Tensor]) -> Rule:
    z, areas, scores = [], [], []
    for number, (level, mask) in enumerate(zip(levels, masks, strict=True)):
        z.append(nodes(level.cells[mask], number))
        areas.append(torch.full((len(z[-1]),), log_area(number, z[-1].shape[1]), dtype=torch.float64))
        scores.append(level.scores[mask])
    return Rule(torch.cat(z), torch.cat(areas), torch.cat(scores))


def _finite(scores: Tensor) -> Tensor:
    if not bool(scores.isfinite().all()):
        raise ValueError("log p(x|z) is not a finite number at some z: the weights or x are unusable")
    return scores.cpu()
