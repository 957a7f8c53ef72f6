"""A tree of cells that grows where log integrands may hold mass that is not yet known."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.gaussian import DiagonalNormal, log_prior
from vae_core.lattice import SIDE, around, children, neighbours, nodes, without
from vae_core.pictures import log_prob_of_scores

Score = Callable[[Tensor], Tensor]  # z [n, D] -> scores [n, B]

_TAIL = 20.0  # nats below the whole: a cell that cannot hold more is never halved
_SLACK = 1.0  # nats above the whole: resolved is what has no cell that could hold more
_DEEPEST = 12  # levels; cells have sides of 5e-5 there
_MOST = 300_000  # cells of a level


@dataclass(frozen=True, eq=False)
class Targets:
    """What the cells are to resolve: p(x|z) p(z) of every x under each sigma, and q(z|x) unless it is None."""

    sigmas: tuple[float | None, ...]
    pixels: int
    q: DiagonalNormal | None
    tolerance: float  # nats: the change at a halving that settles one of them

    def log_values(self, z: Tensor, scores: Tensor) -> Tensor:
        """Their logarithms at z: [n, D] and [n, B] -> [T, n, B]."""
        prior = log_prior(z)[:, None]
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


def grow(cells: Tensor, scores: Tensor, score: Score, targets: Targets) -> Tree:
    """The tree from `cells` of level 0 down to where the integral of every target is steady."""
    cells, scores, log_mass, could = _first_level(cells, scores, score, targets)
    levels: list[Level] = []
    known = torch.tensor(-math.inf, dtype=torch.float64)  # the integral over the leaves so far
    before = depth = None
    for level in range(_DEEPEST + 1):
        total = torch.logaddexp(known, log_mass.logsumexp(1))  # [T, B]
        if before is None:
            depth = torch.full_like(total, _DEEPEST, dtype=torch.int64)
        else:
            steady = ((total - before).abs() < targets.tolerance) & (could.amax(1) < total + _SLACK)
            depth[steady & (depth > level)] = level
        split = ((could > total[:, None] - _TAIL) & (depth > level)[:, None]).any(2).any(0)
        if split.sum() * 2 ** cells.shape[1] > _MOST or level == _DEEPEST:
            split = torch.zeros_like(split)
        levels.append(Level(cells, scores, split))
        if not split.any():
            break
        known, before = torch.logaddexp(known, log_mass[:, ~split].logsumexp(1)), total
        cells = children(cells[split])
        scores = score(nodes(cells, level + 1))
        log_mass, could = _survey(cells, scores, level + 1, targets)
    return Tree(levels, depth.clamp_max(len(levels) - 1))


def _first_level(
    cells: Tensor, scores: Tensor, score: Score, targets: Targets
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Level 0 with more cells wherever mass may lie beyond its edge: cells, scores and their survey."""
    while True:
        log_mass, could = _survey(cells, scores, 0, targets)
        matters = (could > log_mass.logsumexp(1, keepdim=True) - _TAIL).any(2).any(0)
        edge = (neighbours(cells) < 0).any(0).any(0)
        fresh = without(around(cells[edge & matters]), cells)
        if len(fresh) == 0 or len(cells) > _MOST:
            return cells, scores, log_mass, could
        cells, scores = torch.cat((cells, fresh)), torch.cat((scores, score(nodes(fresh, 0))))


def _survey(cells: Tensor, scores: Tensor, level: int, targets: Targets) -> tuple[Tensor, Tensor]:
    """log of what each cell holds of each target by the midpoint rule, and of what it could hold, [T, n, B]."""
    log_mass = targets.log_values(nodes(cells, level), scores) + log_area(torch.tensor(level), cells.shape[1])
    return log_mass, log_mass + _rise(log_mass, cells)


def log_area(level: Tensor, dimensions: int) -> Tensor:
    """log of the area of a cell of each level."""
    return dimensions * (math.log(SIDE) - level.double() * math.log(2))


def _rise(log_mass: Tensor, cells: Tensor) -> Tensor:
    """How much higher than at its node a target may be within a cell, [T, n, B].

    Along each axis half of this is the linear extrapolation to the cell's side; the other half is for curvature.
    """
    rise = torch.zeros_like(log_mass)
    for sides in neighbours(cells):  # [2, n] for each axis
        there = [torch.where(side[:, None] < 0, 0.0, (log_mass[:, side] - log_mass).abs()) for side in sides]
        rise += torch.maximum(*there)
    return rise
