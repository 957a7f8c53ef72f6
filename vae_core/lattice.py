"""Cells of the latent space on nested lattices: sides of 3/16 at level 0, halved from level to level.

A cell is D whole numbers, its place on its level's lattice; its node is its centre. Cells are [n, D], int64.
"""

import itertools

import torch
from torch import Tensor

SIDE = 3 / 16  # and its halves are exact in float32
_REACH = 32  # cells from the origin to the box's side
_FAR = 10  # most cells from a given centre to the side of the box around it


def box(dimensions: int) -> Tensor:
    """The cells of level 0 that fill [-6, 6]^D."""
    side = torch.arange(-_REACH, _REACH)
    return torch.cartesian_prod(*[side] * dimensions).reshape(-1, dimensions)


def boxes_around(centre: Tensor, radius: Tensor) -> Tensor:
    """The cells of level 0 within `radius` of each centre, [B, D], at most ten cells away, each cell once."""
    low = ((centre - radius) / SIDE).floor().long()
    high = ((centre + radius) / SIDE).floor().long()
    middle = (centre / SIDE).floor().long()
    low, high = low.clamp(middle - _FAR, middle - 1), high.clamp(middle + 1, middle + _FAR)
    cells = [
        torch.cartesian_prod(*[torch.arange(a, b + 1) for a, b in zip(first, last, strict=True)])
        for first, last in zip(low.tolist(), high.tolist(), strict=True)
    ]
    return torch.cat([each.reshape(-1, centre.shape[1]) for each in cells]).unique(dim=0)


def nodes(cells: Tensor, level: int) -> Tensor:
    """Centres of cells, float64, [n, D]."""
    return (cells.double() + 0.5) * (SIDE / 2**level)


def children(cells: Tensor) -> Tensor:
    """The cells of the next level that fill each cell, those of one cell together: [2^D n, D]."""
    corners = torch.tensor(list(itertools.product((0, 1), repeat=cells.shape[1])))
    return (2 * cells[:, None] + corners).reshape(-1, cells.shape[1])


def neighbours(cells: Tensor) -> Tensor:
    """Where each cell's neighbours stand among the cells, -1 for one that is not there: [n, D] -> [D, 2, n]."""
    low = cells.min(0).values - 1
    spans = cells.max(0).values + 2 - low
    strides = torch.cat((spans[1:].flip(0).cumprod(0).flip(0), torch.ones(1, dtype=torch.int64)))
    keys, order = ((cells - low) * strides).sum(1).sort()
    found = []
    for stride, step in itertools.product(strides, (-1, 1)):
        wanted = keys + step * stride
        place = torch.searchsorted(keys, wanted).clamp_max_(len(keys) - 1)
        there = torch.where(keys[place] == wanted, order[place], -1)
        found.append(torch.empty_like(there).scatter_(0, order, there))
    return torch.stack(found).reshape(cells.shape[1], 2, -1)


def around(cells: Tensor) -> Tensor:
    """The neighbours of cells, each once, [m, D]; the cells themselves may be among them."""
    steps = torch.eye(cells.shape[1], dtype=torch.int64)
    return (cells[:, None] + torch.cat((steps, -steps))).reshape(-1, cells.shape[1]).unique(dim=0)


def without(cells: Tensor, known: Tensor) -> Tensor:
    """Those of the cells, each given once, that are not known."""
    _, inverse, counts = torch.cat((known, cells)).unique(dim=0, return_inverse=True, return_counts=True)
    return cells[counts[inverse[len(known) :]] == 1]
