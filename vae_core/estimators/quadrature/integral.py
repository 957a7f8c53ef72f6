"""Exact log p(x), p(z|x) and KL(q || p(z|x)) for one or two latent dimensions: quadrature on cells that adapt.

A cell is halved where its mass may matter and is not yet known: its node's value plus the rise seen among its
neighbours says how high it could reach, so narrow peaks between the nodes of a coarse lattice are found. So do probes:
a few thousand random places and the middle of each q. The midpoint rule takes the cells down to some depth; its error
is how much its value changes at the last halving, and what the decoder's rounding to the precision of x may do.

What is assumed: log p(x|z) has no peak so narrow that the nodes, 3/16 apart, all the probes and the encoder miss it.
"""

import bisect
import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.distributions.hierarchical import TwoLevelPrior
from vae_core.distributions.posteriors import Posterior
from vae_core.distributions.priors import StandardNormal
from vae_core.estimators.likelihood_matrix import Pictures, log_prob_of_scores, pictures, require_finite_scores
from vae_core.estimators.quadrature.adaptive_grid import LogPrior, Probes, Score, Targets, grow, log_area
from vae_core.estimators.quadrature.batched import log_px_of_each
from vae_core.estimators.quadrature.grid import box, boxes_around, nodes, within_cells, without
from vae_core.estimators.quadrature.rounding import rounding
from vae_core.models.vae import LatentModel

_TOLERANCE, _TOLERANCE_OF_EACH = 1e-4, 1e-3  # nats, of the change at the last halving
_TAIL_OF_EACH = 10.0
_LADDER = 1.35  # largest step from one sigma that the cells are made for to the next
_FARTHEST = 1_000_000
_WIDEST = 6  # standard deviation of a q that cells can follow
_RESOLVED = 0.01  # how far the mass of q on the nodes may be from one
_PROBES = 4096  # random places in the box
_ROUNDED = 16  # nodes at which the decoder's rounding is measured, for each sigma
_TOGETHER = 1000  # images whose nodes are decoded once for all of them


@dataclass(frozen=True, eq=False)
class Quadrature:
    """p(z|x) of each x on nodes z, all in float64 and nats. `sigma` is a Gaussian's, None for a Bernoulli.

    Nodes are centres of cells of several levels, and each x has a depth of its own: its rule takes the nodes of that
    level and those above that have none below. `with_sigma` weighs the same nodes again without decoding.
    """

    z: Tensor  # [N, D]
    level: Tensor  # [N]
    split: Tensor  # [N], whether there are nodes of the next level in the cell
    scores: Tensor  # [N, B], see `Pictures.scores`
    sigma: float | None
    pixels: int
    rungs: tuple[float | None, ...]  # the sigmas that the nodes were made for, rising
    depth: Tensor  # [T, B], one for each rung and then one for q
    log_prior: LogPrior
    rounding: Tensor  # [B], how far scores are off near the posterior by the precision that the decoder computes in

    @cached_property
    def log_area(self) -> Tensor:
        """log of the area of each node's cell, [N]."""
        return log_area(self.level, self.z.shape[1])

    @cached_property
    def log_px_z(self) -> Tensor:
        """log p(x|z) at the nodes, [N, B]."""
        return log_prob_of_scores(self.scores, self.sigma, self.pixels)

    @cached_property
    def log_px(self) -> Tensor:
        """log p(x), [B]."""
        return self._log_px(self._rung)

    @cached_property
    def error(self) -> Tensor:
        """Own estimate of the error of `log_px`, nats, [B]: its change at the last halving, and rounding.

        Where that change is still above the tolerance the cells ran out, and nothing says that it shrinks: twice it.
        """
        change = (self.log_px - self._log_px(self._rung - 1)).abs()
        settled = change < _TOLERANCE
        return torch.where(settled, change, 2 * change) + in_nats(self.rounding, self.sigma)

    def log_posterior(self) -> Tensor:
        """log of the share of p(z|x) in each node's cell, [N, B]; they sum to one, and -inf is out of the rule of x."""
        return self._log_joint(self._rung) - self.log_px

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
        log_q = _in_float64(q).log_prob(self.z[:, None])  # [N, B]
        share = (log_q + self._log_weight(self.depth[-1])).exp()
        mass = share.sum(0)
        if bool(((mass - 1).abs() > _RESOLVED).any()):
            raise ValueError(
                f"the nodes do not resolve this q, its mass on them is {mass.min():.3g} to {mass.max():.3g}: "
                "give it to integrate"
            )
        log_joint = self.log_px_z + self.log_prior(self.z)[:, None]
        return self.log_px + (share * (log_q - log_joint)).sum(0) / mass

    def with_sigma(self, sigma: float) -> "Quadrature":
        """The same nodes under a Gaussian of another sigma. Raises ValueError outside of those they were made for."""
        if self.sigma is None or not self.rungs[0] <= sigma <= self.rungs[-1]:
            served = "none" if self.sigma is None else f"from {self.rungs[0]:g} to {self.rungs[-1]:g}"
            raise ValueError(f"sigma is {sigma:g}, expected one that the nodes were made for: {served}")
        return dataclasses.replace(self, sigma=sigma)

    @property
    def _rung(self) -> Tensor:
        """The depth of each x's rule: that of the next smaller sigma, [B]."""
        return self.depth[0 if self.sigma is None else bisect.bisect(self.rungs, self.sigma) - 1]

    def _log_weight(self, depth: Tensor) -> Tensor:
        """log of the area of the nodes in the rule of the depth of each x, -inf for the others: [B] -> [N, B]."""
        level, split = self.level[:, None], self.split[:, None]
        used = (level == depth) | (level < depth) & ~split
        return torch.where(used, self.log_area[:, None], -math.inf)

    def _log_joint(self, depth: Tensor) -> Tensor:
        return self.log_px_z + self.log_prior(self.z)[:, None] + self._log_weight(depth)

    def _log_px(self, depth: Tensor) -> Tensor:
        return torch.logsumexp(self._log_joint(depth), 0)


@torch.no_grad()
def first_lattice(model: LatentModel, like: Tensor) -> Pictures:
    """The coarsest nodes and some probes, decoded in the precision of `like`: kept with a model, each new x is cheap.

    Raises ValueError if the model has more than 2 latent dimensions, or two levels of them.
    """
    if isinstance(model.prior(), TwoLevelPrior):
        raise ValueError("this model has two levels of latents, expected one for quadrature")
    if model.latent_dim > 2:
        raise ValueError(f"this model has {model.latent_dim} latent dimensions, expected 1 or 2 for quadrature")
    return pictures(model, torch.cat((nodes(box(model.latent_dim), 0), _random_probes(model.latent_dim))).to(like))


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

    The result gives log p(x), the posterior on the nodes and KL(q || p(z|x)), in nats and float64. A q(z|x) that is no
    diagonal normal is followed as the one with its mean and variances.

    All x share the nodes, so they should lie together; `integrate_each` is for many. `first` is the model's
    `first_lattice`. With `sigmas` the nodes serve a Gaussian of any sigma from the one to the other, and of the
    model's own. Raises ValueError if x lies outside the likelihood's support, if the model has more than 2 latent
    dimensions, if q is too wide to follow, or if log p(x|z) is not a finite number.
    """
    first = first or first_lattice(model, x)
    q = _in_float64(model.encode(x) if q is None else q)
    rungs = _rungs(first.sigma, sigmas)
    targets = Targets(rungs, math.prod(model.event_shape), q, _log_prior(model, x), _TOLERANCE)
    return _integrate(model, x, first, q, targets)


@torch.no_grad()
def integrate_each(model: LatentModel, x: Tensor) -> tuple[Tensor, Tensor]:
    """log p(x) to about 1e-3 nats and its error, float64, [B] each, for any number of x: each has cells of its own.

    The error is how far it may still move: from the changes at the last two halvings, with what cells below the tail
    may hold, and rounding.

    Raises ValueError as `integrate` does.
    """
    first = first_lattice(model, x)
    rungs, prior = _rungs(first.sigma, None), _log_prior(model, x)
    targets = Targets(rungs, math.prod(model.event_shape), None, prior, _TOLERANCE_OF_EACH, _TAIL_OF_EACH)
    found = []
    for part in x.split(_TOGETHER):
        q = _in_float64(model.encode(part))
        start = _start(model, part, first, q)
        log_px, error = log_px_of_each(model, part, *start, targets)
        best = start[0][start[1].argmax(0) if first.sigma is None else start[1].argmin(0)]  # [B, D]
        off = rounding(model, part, torch.stack((nodes(best, 0), q.mu), 1))
        found.append((log_px, error + in_nats(off, first.sigma)))
    log_px, error = (torch.cat(each).to(x.device) for each in zip(*found, strict=True))
    return log_px, error


def _integrate(model: LatentModel, x: Tensor, first: Pictures, q: DiagonalNormal, targets: Targets) -> Quadrature:
    start = _start(model, x, first, q)
    if bool((q.std > _WIDEST).any()):
        raise ValueError(
            f"q has a standard deviation of {q.std.max():.3g}, expected at most {_WIDEST}: it reaches far off the plane"
        )
    tree = grow(*start, targets)
    z = torch.cat([nodes(each.cells, level) for level, each in enumerate(tree.levels)])
    scores = torch.cat([each.scores for each in tree.levels])
    log_joint = targets.log_values(z, scores)[: len(targets.sigmas)]  # [T, N, B]
    top = log_joint.topk(min(_ROUNDED, len(z)), dim=1).indices.permute(2, 0, 1).flatten(1)  # [B, TK]
    return Quadrature(
        z=z,
        level=torch.cat([torch.full_like(each.cells[:, 0], level) for level, each in enumerate(tree.levels)]),
        split=torch.cat([each.split for each in tree.levels]),
        scores=scores,
        sigma=first.sigma,
        pixels=targets.pixels,
        rungs=targets.sigmas,
        depth=tree.depth,
        log_prior=targets.log_prior,
        rounding=rounding(model, x, z[top]),
    )


def in_nats(difference: Tensor, sigma: float | None) -> Tensor:
    """A difference of scores as one of log p(x|z)."""
    return difference if sigma is None else difference / (2 * sigma**2)


def _start(model: LatentModel, x: Tensor, first: Pictures, q: DiagonalNormal) -> tuple[Tensor, Tensor, Score, Probes]:
    """The coarsest cells, where p(z) and where q may have mass, their scores, what scores further nodes, and probes."""

    def score(z: Tensor) -> Tensor:
        return require_finite_scores(pictures(model, z.to(x)).scores(x))

    first_scores = require_finite_scores(first.scores(x))
    _require_usable(q)
    cells = box(model.latent_dim)
    at_nodes, at_probes = first_scores[: len(cells)], first_scores[len(cells) :]
    seeds = without(boxes_around(q.mu, 6 * q.std), cells)
    probes = Probes(torch.cat((_random_probes(model.latent_dim), q.mu)), torch.cat((at_probes, score(q.mu))))
    return torch.cat((cells, seeds)), torch.cat((at_nodes, score(nodes(seeds, 0)))), score, probes


def _random_probes(dimensions: int) -> Tensor:
    """As many random places as nodes of the plane, the same at every call, float64 [M, D]."""
    cells = box(dimensions)
    return within_cells(cells, _PROBES // len(cells), torch.Generator().manual_seed(0))


def _log_prior(model: LatentModel, x: Tensor) -> LogPrior:
    """log p(z) in float64; of a prior that the model computes, where the model is and in the precision of x."""
    prior = model.prior()
    if isinstance(prior, StandardNormal):
        return prior.log_prob
    return lambda z: prior.log_prob(z.to(x)).double().cpu()


def _rungs(own: float | None, sigmas: tuple[float, float] | None) -> tuple[float | None, ...]:
    """Every sigma that the nodes are made for: the model's own, the ends, and steps between of at most _LADDER."""
    if own is None:
        if sigmas is not None:
            raise ValueError("sigmas are given, expected none: a Bernoulli likelihood has no sigma")
        return (None,)
    low, high = sigmas or (own, own)
    if not 0 < low <= high < math.inf:
        raise ValueError(f"sigmas are {low:g} and {high:g}, expected numbers above 0, the smaller first")
    low, high = min(low, own), max(high, own)
    steps = math.ceil(math.log(high / low) / math.log(_LADDER))
    return tuple(sorted({low * (high / low) ** (i / steps) for i in range(steps)} | {own, high}))


def _require_usable(q: DiagonalNormal) -> None:
    if not bool((q.mu.abs() < _FARTHEST).all() and q.logvar.isfinite().all()):
        raise ValueError(f"q has a mean beyond {_FARTHEST:,} or no finite variance: the encoder's weights are unusable")


def _in_float64(q: Posterior) -> DiagonalNormal:
    near = q.diagonal()
    return DiagonalNormal(near.mu.double().cpu(), near.logvar.double().cpu())
