"""A tree of cells that grows where log integrands may hold mass that is not yet known."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.estimators.likelihood_matrix import log_prob_of_scores
from vae_core.estimators.quadrature.grid import SIDE, around, cells_at, children, neighbours, nodes, places, without

LogPrior = Callable[[Tensor], Tensor]  # z [n, D] -> log p(z) [n], float64
Score = Callable[[Tensor], Tensor]  # z [n, D] -> scores [n, B]

SLACK = 1.0  # nats above the whole: resolved is what has no cell that could hold more
DEEPEST = 12  # levels; cells have sides of 5e-5 there
MOST = 300_000  # cells of a level


@dataclass(frozen=True, eq=False)
class Targets:
    """What the cells are to resolve: p(x|z) p(z) of every x under each sigma, and q(z|x) unless it is None."""

    sigmas: tuple[float | None, ...]
    pixels: int
    q: DiagonalNormal | None
    log_prior: LogPrior
    tolerance: float  # nats: the change at a halving that settles one of them
    tail: float = 20.0  # nats below the whole: a cell that cannot hold more is never halved

    def log_values(self, z: Tensor, scores: Tensor) -> Tensor:
        """Their logarithms at z: [n, D] and [n, B] -> [T, n, B]."""
        prior = self.log_prior(z)[:, None]
        joint = [log_prob_of_scores(scores, sigma, self.pixels) + prior for sigma in self.sigmas]
        return torch.stack(joint if self.q is None else [*joint, self.q.log_prob(z[:, None])])


@dataclass(frozen=True, eq=False)
class Level:
    """Cells of one level, [n, D], and which of them were halved: their children are the next level, in order."""

    cells: Tensor
    scores: Tensor  # [n, B]
    split: Tensor  # [n], bool


@dataclass(frozen=True, eq=False)
class Tree:
    """Levels of cells, and the depth at which each target was resolved: the rule of depth k stops at level k.

    That rule's cells are those of level k and the cells above that were not halved. Where a target has mass they are
    all of level k: a lattice is exact far beyond its order, and a step in its spacing would spoil that.
    """

    levels: list[Level]
    depth: Tensor  # [T, B]


@dataclass(frozen=True, eq=False)
class Probes:
    """Places that are no nodes, [M, D], and their scores, [M, B]. A cell may hold at least what its probes promise.

    So nodes that all fall beside what varies faster than they lie apart do not pass for the whole.
    """

    z: Tensor
    scores: Tensor

    def lift(self, could: Tensor, cells: Tensor, level: int, log_values: Tensor) -> Tensor:
        """What cells may hold, [T, n, B], at least as much as at their probes, whose targets are [T, M, B]."""
        place = places(cells_at(self.z, level), cells)
        there = place >= 0
        promised = log_values[:, there] + log_area(torch.tensor(level), cells.shape[1])
        return could.scatter_reduce(1, place[there][None, :, None].expand_as(promised), promised, "amax")


def grow(cells: Tensor, scores: Tensor, score: Score, probes: Probes, targets: Targets) -> Tree:
    """The tree from `cells` of level 0 down to where the integral of every target is steady."""
    cells, scores, log_mass, could, _ = first_level(cells, scores, score, targets)
    at_probes = targets.log_values(probes.z, probes.scores)
    could = probes.lift(could, cells, 0, at_probes)
    levels: list[Level] = []
    known = torch.tensor(-math.inf, dtype=torch.float64)  # the integral over the leaves so far
    before = depth = None
    for level in range(DEEPEST + 1):
        total = torch.logaddexp(known, log_mass.logsumexp(1))  # [T, B]
        if before is None:
            depth = torch.full_like(total, DEEPEST, dtype=torch.int64)
        else:
            steady = ((total - before).abs() < targets.tolerance) & (could.amax(1) < total + SLACK)
            depth[steady & (depth > level)] = level
        split = ((could > total[:, None] - targets.tail) & (depth > level)[:, None]).any(2).any(0)
        if split.sum() * 2 ** cells.shape[1] > MOST or level == DEEPEST:
            split = torch.zeros_like(split)
        levels.append(Level(cells, scores, split))
        if not split.any():
            break
        known, before = torch.logaddexp(known, log_mass[:, ~split].logsumexp(1)), total
        cells = children(cells[split])
        scores = score(nodes(cells, level + 1))
        log_mass = _log_mass(cells, scores, level + 1, targets)
        could = probes.lift(log_mass + rise(log_mass, neighbours(cells)), cells, level + 1, at_probes)
    return Tree(levels, depth.clamp_max(len(levels) - 1))


def first_level(
    cells: Tensor, scores: Tensor, score: Score, targets: Targets
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Level 0, with more cells where mass may lie past its edge: cells, scores, what each holds, may hold, all hold."""
    log_mass = _log_mass(cells, scores, 0, targets)
    total = log_mass.logsumexp(1)
    while True:
        beside = neighbours(cells)
        edge = (beside < 0).any(0).any(0).nonzero()[:, 0]
        could = log_mass[:, edge] + rise(log_mass, beside[:, :, edge], edge)
        matters = (could > total[:, None] - targets.tail).any(2).any(0)
        fresh = without(around(around(around(cells[edge[matters]]))), cells)
        if len(fresh) == 0 or len(cells) > MOST:
            return cells, scores, log_mass, rise(log_mass, beside).add_(log_mass), total
        more = score(nodes(fresh, 0))
        cells, scores = torch.cat((cells, fresh)), torch.cat((scores, more))
        log_mass = torch.cat((log_mass, _log_mass(fresh, more, 0, targets)), 1)
        total = torch.logaddexp(total, log_mass[:, -len(fresh) :].logsumexp(1))


def _log_mass(cells: Tensor, scores: Tensor, level: int, targets: Targets) -> Tensor:
    """log of what each cell holds of each target by the midpoint rule, [T, n, B]."""
    return targets.log_values(nodes(cells, level), scores) + log_area(torch.tensor(level), cells.shape[1])


def log_area(level: Tensor, dimensions: int) -> Tensor:
    """log of the area of a cell of each level."""
    return dimensions * (math.log(SIDE) - level.double() * math.log(2))


def rise(log_mass: Tensor, beside: Tensor, at: Tensor | None = None) -> Tensor:
    """How much higher than at its node a target may be within a cell, [..., n, B], or [..., len(at), B] for some cells.

    `beside` says where the neighbours of those cells stand, -1 for none, [D, 2, n]. Along each axis half of the rise
    is the linear extrapolation to the cell's side; the other half is for curvature.
    """
    here = log_mass if at is None else log_mass[..., at, :]
    total = torch.zeros_like(here)
    for sides in beside:  # [2, n] for each axis
        steps = [(log_mass[..., side, :] - here).abs_().masked_fill_(side[:, None] < 0, 0.0) for side in sides]
        total += torch.maximum(*steps)
    return total
