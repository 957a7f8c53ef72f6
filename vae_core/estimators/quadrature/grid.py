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
    middle = (centre / SIDE).floor().long()
    low = ((centre - radius) / SIDE).floor().long().clamp(middle - _FAR, middle - 1)
    high = ((centre + radius) / SIDE).floor().long().clamp(middle + 1, middle + _FAR)
    cells = [
        torch.cartesian_prod(*[torch.arange(a, b + 1) for a, b in zip(first, last, strict=True)])
        for first, last in zip(low.tolist(), high.tolist(), strict=True)
    ]
    return _once(torch.cat([each.reshape(-1, centre.shape[1]) for each in cells]))


def nodes(cells: Tensor, level: int) -> Tensor:
    """Centres of cells, float64, [n, D]."""
    return (cells.double() + 0.5) * (SIDE / 2**level)


def cells_at(z: Tensor, level: int) -> Tensor:
    """The cell of a level in which each place lies, [n, D]."""
    return (z.double() / (SIDE / 2**level)).floor().long()


def places(wanted: Tensor, cells: Tensor) -> Tensor:
    """Where each wanted cell, [m, D], stands among the cells, [n, D]; -1 for one that is not there."""
    keys, order = _keys(cells).sort()
    asked = _keys(wanted)
    place = torch.searchsorted(keys, asked).clamp_max_(len(keys) - 1)
    return torch.where(keys[place] == asked, order[place], -1)


def within_cells(cells: Tensor, each: int, generator: torch.Generator) -> Tensor:
    """`each` random places in every cell of level 0, float64, [each n, D]."""
    inside = torch.rand((each, *cells.shape), generator=generator, dtype=torch.float64)
    return ((cells + inside) * SIDE).flatten(0, 1)


def children(cells: Tensor) -> Tensor:
    """The cells of the next level that fill each cell, those of one cell together: [2^D n, D]."""
    corners = torch.tensor(list(itertools.product((0, 1), repeat=cells.shape[1])))
    return (2 * cells[:, None] + corners).reshape(-1, cells.shape[1])


def neighbours(cells: Tensor) -> Tensor:
    """Where each cell's neighbours stand among the cells, -1 for one that is not there: [n, D] -> [D, 2, n]."""
    keys, order = _keys(cells).sort()
    steps = _keys(_steps(cells.shape[1])) - _keys(torch.zeros_like(cells[:1]))  # [2D]
    place = torch.searchsorted(keys, keys + steps[:, None]).clamp_max_(len(keys) - 1)
    there = torch.where(keys[place] == keys + steps[:, None], order[place], -1)
    return torch.empty_like(there).scatter_(1, order.expand_as(there), there).reshape(-1, 2, len(cells))


def around(cells: Tensor) -> Tensor:
    """The neighbours of cells, each once, [m, D]; the cells themselves may be among them."""
    return _once((cells[:, None] + _steps(cells.shape[1])).reshape(-1, cells.shape[1]))


def without(cells: Tensor, known: Tensor) -> Tensor:
    """Those of the cells that are not known."""
    return cells[~torch.isin(_keys(cells), _keys(known))]


def _steps(dimensions: int) -> Tensor:
    """One step back and one on along each axis, [2D, D]."""
    return (
        torch.eye(dimensions, dtype=torch.int64).repeat_interleave(2, 0)
        * torch.tensor([-1, 1]).repeat(dimensions)[:, None]
    )


def _once(cells: Tensor) -> Tensor:
    keys, order = _keys(cells).sort()
    first = torch.ones_like(keys, dtype=torch.bool)
    first[1:] = keys[1:] != keys[:-1]
    return cells[order[first]]


def _keys(cells: Tensor) -> Tensor:
    """One number for each cell, rising along the last axis first, [n]."""
    keys = torch.zeros_like(cells[:, 0])
    for axis in cells.unbind(1):
        keys = keys * 2**31 + axis + 2**30
    return keys
