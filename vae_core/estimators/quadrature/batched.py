"""log p(x) of many images at once: a tree of cells for each, whose nodes are decoded once for all of them.

The rule is that of `adaptive_grid.grow`, but each image halves only the cells that it needs. A pair is a cell and an
image that needs it. The children of a cell stand together, so what is near in the list is near in the latent space,
and a block of cells meets few images.
"""

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.estimators.likelihood_matrix import (
    log_prob_of_scores,
    pictures,
    require_finite_scores,
    scores_of_products,
)
from vae_core.estimators.quadrature.adaptive_grid import (
    DEEPEST,
    MOST,
    SLACK,
    Probes,
    Score,
    Targets,
    first_level,
    log_area,
    rise,
)
from vae_core.estimators.quadrature.grid import cells_at, children, neighbours, nodes, places
from vae_core.models.vae import LatentModel

_DECODED = 4096  # cells decoded at once
_BLOCK = 256  # cells of one product with the images that need any of them


@dataclass(frozen=True, eq=False)
class Pairs:
    """Cells of one level, [n, D], and which image needs which: `cell` is a place among them, [m], rising."""

    cells: Tensor
    cell: Tensor
    image: Tensor  # [m], rising within a cell

    def halves(self, split: Tensor) -> "Pairs":
        """The pairs of the next level, for the pairs in `split`, [m] bool."""
        parents, parent = self.cell[split].unique_consecutive(return_inverse=True)
        cells = children(self.cells[parents])
        corners = len(cells) // max(1, len(parents))
        cell = (corners * parent[:, None] + torch.arange(corners)).T.flatten()
        image = self.image[split].repeat(corners)
        order = cell.argsort(stable=True)
        return Pairs(cells, cell[order], image[order])

    def places(self, cells: Tensor, image: Tensor, images: int) -> Tensor:
        """Where the pairs of these cells and images, [k, D] and [k], stand, -1 for one that is not there."""
        keys, cell = self.cell * images + self.image, places(cells, self.cells)
        wanted = cell * images + image
        place = torch.searchsorted(keys, wanted).clamp_max_(len(keys) - 1)
        return torch.where((cell >= 0) & (keys[place] == wanted), place, -1)

    def neighbours(self, images: int) -> Tensor:
        """Where the pair of each neighbour of a pair's cell with its image stands, -1 if there is none: [D, 2, m]."""
        keys = self.cell * images + self.image
        beside = neighbours(self.cells)[:, :, self.cell]  # [D, 2, m]
        wanted = beside * images + self.image
        place = torch.searchsorted(keys, wanted).clamp_max_(len(keys) - 1)
        return torch.where((beside >= 0) & (keys[place] == wanted), place, -1)


@dataclass(frozen=True, eq=False)
class Promises:
    """Probes that matter to an image: their places, [k, D], the images, [k], and the log density there, [k]."""

    z: Tensor
    image: Tensor
    log_value: Tensor

    def lift(self, could: Tensor, pairs: Pairs, level: int, images: int) -> Tensor:
        """What pairs may hold, [m], at least as much as at their probes."""
        place = pairs.places(cells_at(self.z, level), self.image, images)
        there = place >= 0
        promised = self.log_value[there] + log_area(torch.tensor(level), self.z.shape[1])
        return could.scatter_reduce(0, place[there], promised, "amax")


def _promises(z: Tensor, log_values: Tensor, least: Tensor) -> Promises:
    """Of the probes' log densities, [M, B], those that could matter in a cell of level 0."""
    probe, image = (log_values + log_area(torch.tensor(0), z.shape[1]) > least).nonzero().unbind(1)
    return Promises(z[probe], image, log_values[probe, image])


def log_px_of_each(
    model: LatentModel, x: Tensor, cells: Tensor, scores: Tensor, score: Score, probes: Probes, targets: Targets
) -> tuple[Tensor, Tensor]:
    """log p(x) and its error, nats, float64, [B] each, from `cells` of level 0, [n, D], and their scores down.

    x lies in the likelihood's support. Raises ValueError if log p(x|z) is not a finite number.
    """
    B, rows = len(x), x.flatten(1).double()
    cells, _, *survey = first_level(cells, scores, score, targets)
    log_mass, could, total = (each[0] for each in survey)
    at_probes = targets.log_values(probes.z, probes.scores)
    could = probes.lift(could[None], cells, 0, at_probes)[0]
    promises = _promises(probes.z, at_probes[0], total - targets.tail)
    split = could > total - targets.tail
    cell, image = split.nonzero().unbind(1)
    inside = _logsumexp(log_mass[cell, image], image, B)
    known = total + torch.log1p(-(inside - total).clamp_max(0).exp())  # the integral over the leaves so far
    change, error = (torch.full_like(total, math.inf) for _ in range(2))
    pairs, split = Pairs(cells, cell, image), torch.ones(len(cell), dtype=torch.bool)
    for level in range(1, DEEPEST + 1):
        pairs = pairs.halves(split)
        log_mass = _log_mass(model, x, rows, pairs, level, targets)
        could = log_mass + rise(log_mass[:, None], pairs.neighbours(B))[:, 0]
        could = promises.lift(could, pairs, level, B)
        before, total = total, torch.logaddexp(known, _logsumexp(log_mass, pairs.image, B))
        last, change = change, (total - before).abs()
        error = torch.where(_among(pairs.image, B), _to_come(change, last), error)
        unsteady = (error >= targets.tolerance) | _among(pairs.image[could > (total + SLACK)[pairs.image]], B)
        split = (could > (total - targets.tail)[pairs.image]) & unsteady[pairs.image]
        if not split.any() or split.sum() * 2 ** cells.shape[1] > MOST * B:
            break
        known = torch.logaddexp(known, _logsumexp(log_mass.masked_fill(split, -math.inf), pairs.image, B))
    error = torch.where(error < targets.tolerance, error, 2 * error)  # the cells ran out: nothing says that it shrinks
    return total, error + math.exp(-targets.tail)  # and what cells may hold that were not halved


def _to_come(change: Tensor, last: Tensor) -> Tensor:
    """How far an integral may still move, nats, by its change at the last halving and the one before.

    Changes that shrink by r from halving to halving have r / (1 - r) of the last one before them. The midpoint rule
    promises r = 1/4, more is not hoped for; without a clear rate all of the last change is taken.
    """
    r = (change / last).nan_to_num(0.0).clamp_min(0.25)
    return change * torch.where(r < 0.5, r / (1 - r), 1.0)


def _among(image: Tensor, images: int) -> Tensor:
    """Which images are named, [B] bool."""
    return torch.zeros(images, dtype=torch.bool).index_fill_(0, image, True)


def _log_mass(model: LatentModel, x: Tensor, rows: Tensor, pairs: Pairs, level: int, targets: Targets) -> Tensor:
    """log of what each pair's cell holds of p(x|z) p(z) by the midpoint rule, [m]; `rows` are x in float64, [B, P].

    A picture m of a block is its first one, c, and a difference that is the smaller the nearer the cells are: x . c is
    taken in float64, and x . (m - c) in float32, at half the cost.
    """
    z, flat, squares = nodes(pairs.cells, level), x.flatten(1), rows.square().sum(1)
    ends = torch.searchsorted(pairs.cell, torch.arange(0, len(z) + _BLOCK, _BLOCK))
    blocks = itertools.pairwise(ends.tolist())
    offsets, products = [], []
    for part in z.split(_DECODED):
        decoded = pictures(model, part.to(x))
        first = decoded.outputs[::_BLOCK]
        x_first = (rows @ first.double().T).cpu()
        offsets.append(decoded.offsets)
        for k, outputs in enumerate(decoded.outputs.split(_BLOCK)):
            start, end = next(blocks)
            images, column = pairs.image[start:end].unique(return_inverse=True)
            x_rest = ((outputs - first[k]) @ flat[images].T).cpu()
            products.append(x_first[images, k][column] + x_rest[pairs.cell[start:end] % _BLOCK, column])
    offset, square = torch.cat(offsets).cpu()[pairs.cell], squares.cpu()[pairs.image]
    scores = scores_of_products(torch.cat(products), offset, square, targets.sigmas[0])
    log_px_z = log_prob_of_scores(require_finite_scores(scores), targets.sigmas[0], targets.pixels)
    return log_px_z + targets.log_prior(z)[pairs.cell] + log_area(torch.tensor(level), z.shape[1])


def _logsumexp(values: Tensor, image: Tensor, images: int) -> Tensor:
    """log of the sum of exp over the pairs of each image, [m] -> [B]."""
    top = torch.full((images,), -math.inf, dtype=values.dtype).scatter_reduce(0, image, values, "amax")
    top = top.clamp_min(torch.finfo(values.dtype).min)
    total = torch.zeros_like(top).index_add_(0, image, (values - top[image]).exp())
    return top + total.log()
