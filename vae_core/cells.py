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

_TOLERANCE = 1e-4  # nats: the change at a halving that ends it
_TAIL = 20.0  # nats below the whole: a cell that cannot hold more is never halved
_SLACK = 1.0  # nats above the whole: resolved is what has no cell that could hold more
_DEEPEST = 12  # levels; cells have sides of 5e-5 there
_MOST = 300_000  # cells of a level


@dataclass(frozen=True, eq=False)
class Targets:
    """What the cells are to resolve: p(x|z) p(z) of every x under each sigma, and q(z|x)."""

    sigmas: tuple[float | None, ...]
    pixels: int
    q: DiagonalNormal

    def log_values(self, z: Tensor, scores: Tensor) -> Tensor:
        """Their logarithms at z: [n, D] and [n, B] -> [T, n, B]."""
        prior = log_prior(z)[:, None]
        joint = [log_prob_of_scores(scores, sigma, self.pixels) + prior for sigma in self.sigmas]
        return torch.stack([*joint, self.q.log_prob(z[:, None])])


@dataclass(frozen=True, eq=False)
class Level:
    """Cells of one level, [n, D], and which of them were halved: their children are the next level, in order."""

    cells: Tensor
    scores: Tensor  # [n, B]
    split: Tensor  # [n], bool


def grow(cells: Tensor, scores: Tensor, score: Score, targets: Targets) -> list[Level]:
    """Levels from `cells` of level 0 down to where the integral of every target is steady."""
    cells, scores = _with_edges(cells, scores, score, targets)
    levels: list[Level] = []
    known = before = torch.tensor(-math.inf, dtype=torch.float64)  # the integral over leaves so far; over all before
    settled = torch.tensor(False)
    for level in range(_DEEPEST + 1):
        log_mass = _log_mass(cells, scores, level, targets)
        could = log_mass + _rise(log_mass, cells)
        total = torch.logaddexp(known, log_mass.logsumexp(1))  # [T, B]
        settled = settled | (((total - before).abs() < _TOLERANCE) & (could.amax(1) < total + _SLACK))
        split = ((could > total[:, None] - _TAIL) & ~settled[..., None, :]).any(2).any(0)
        if level == _DEEPEST or split.sum() * 2 ** cells.shape[1] > _MOST:
            split = torch.zeros_like(split)
        levels.append(Level(cells, scores, split))
        if not split.any():
            break
        known, before = torch.logaddexp(known, log_mass[:, ~split].logsumexp(1)), total
        cells = children(cells[split])
        scores = score(nodes(cells, level + 1))
    return levels


def leaves(levels: list[Level]) -> list[Tensor]:
    """For each level, which of its cells were not halved."""
    return [~level.split for level in levels]


def leaves_of_one_less(levels: list[Level]) -> list[Tensor]:
    """The same with the last halving undone: a cell replaces its children where none of them was halved."""
    chosen = leaves(levels)
    for above, level, mask, mask_above in zip(levels, levels[1:], chosen[1:], chosen, strict=False):
        family = 2 ** level.cells.shape[1]
        whole = ~level.split.reshape(-1, family).any(1)  # one for each cell that was halved
        mask &= ~whole.repeat_interleave(family)
        mask_above[above.split.nonzero()[whole, 0]] = True
    return chosen


def _with_edges(cells: Tensor, scores: Tensor, score: Score, targets: Targets) -> tuple[Tensor, Tensor]:
    """Level 0 with more cells wherever mass may lie beyond its edge."""
    while len(cells) < _MOST:
        log_mass = _log_mass(cells, scores, 0, targets)
        could = log_mass + _rise(log_mass, cells)
        matters = (could > log_mass.logsumexp(1, keepdim=True) - _TAIL).any(2).any(0)
        edge = (neighbours(cells) < 0).any(0).any(0)
        fresh = without(around(cells[edge & matters]), cells)
        if not len(fresh):
            break
        cells, scores = torch.cat((cells, fresh)), torch.cat((scores, score(nodes(fresh, 0))))
    return cells, scores


def _log_mass(cells: Tensor, scores: Tensor, level: int, targets: Targets) -> Tensor:
    """log of what each cell holds of each target by the midpoint rule, [T, n, B]."""
    return targets.log_values(nodes(cells, level), scores) + log_area(level, cells.shape[1])


def log_area(level: int, dimensions: int) -> float:
    """log of the area of a cell."""
    return dimensions * math.log(SIDE / 2**level)


def _rise(log_mass: Tensor, cells: Tensor) -> Tensor:
    """How much higher than at its node a target may be within a cell, [T, n, B].

    Along each axis half of this is the linear extrapolation to the cell's side; the other half is for curvature.
    """
    rise = torch.zeros_like(log_mass)
    for sides in neighbours(cells):  # [2, n] for each axis
        there = [torch.where(side[:, None] < 0, 0.0, (log_mass[:, side] - log_mass).abs()) for side in sides]
        rise += torch.maximum(*there)
    return rise
