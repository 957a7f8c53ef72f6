"""Paths and grids of codes: linear, spherical, through waypoints, between four corners, and along one dimension.

A path of T frames is [T, D]. Its first and last frames are the codes it was asked to join, and a path asked for the
other way round is the same path reversed.
"""

import math
from typing import Literal

import torch
from torch import Tensor

Kind = Literal["linear", "spherical"]
_ANTIPODAL = 1e-6  # length of the sum of two directions below which no plane holds the arc between them


def linear(a: Tensor, b: Tensor, frames: int) -> Tensor:
    """The straight line from a to b, [D] each, in even steps: [frames, D].

    Raises ValueError for fewer than 2 frames, or codes of two shapes or that are not finite.
    """
    return through(_ends(a, b), frames, "linear")


def spherical(a: Tensor, b: Tensor, frames: int) -> Tensor:
    """Spherical interpolation (Shoemake 1985; White 2016): the angle turns evenly and the norm goes linearly.

    [D] each -> [frames, D]. Raises ValueError as `linear` does, and for a code at the origin or two that point in
    opposite directions: between those no arc is the shortest.
    """
    return through(_ends(a, b), frames, "spherical")


def through(points: Tensor, frames: int, kind: Kind = "linear") -> Tensor:
    """A path through waypoints [W, D] in order, as many frames to each piece: [frames, D].

    A waypoint is a frame itself where frames - 1 is a multiple of W - 1. Raises ValueError as `spherical` does.
    """
    if points.ndim != 2 or len(points) < 2 or points.shape[1] < 1:
        raise ValueError(f"the points are {list(points.shape)}, expected [W, D] with at least 2 of them")
    place = _even(frames, len(points) - 1, "frames")  # [T], whole at a waypoint
    piece = place.floor().long().clamp(max=len(points) - 2)
    return _between(points[piece], points[piece + 1], place - piece, kind)


def evenly(path: Tensor, frames: int) -> Tensor:
    """The same polyline [P, D] at even distances along it, such as a curve drawn by hand: [frames, D].

    Raises ValueError for fewer than 2 points or frames, or numbers that are not finite.
    """
    if path.ndim != 2 or len(path) < 2:
        raise ValueError(f"the path is {list(path.shape)}, expected [P, D] with at least 2 points")
    _require_finite(path)
    return at_distances(path, path.double().diff(dim=0).norm(dim=1), frames)


def at_distances(path: Tensor, steps: Tensor, frames: int) -> Tensor:
    """The polyline [P, D] at even distances, where its pieces have the lengths `steps` [P - 1]: [frames, D]."""
    travelled = torch.cat((steps.new_zeros(1), steps.cumsum(0)))
    wanted = _even(frames, 1, "frames").to(steps) * travelled[-1]
    piece = torch.searchsorted(travelled, wanted, right=True).sub_(1).clamp_(0, len(steps) - 1)
    t = (wanted - travelled[piece]) / steps[piece]
    return _between(path[piece], path[piece + 1], t.nan_to_num(0.0).clamp(0, 1), "linear")


def smooth(points: Tensor, each: int) -> Tensor:
    """The centripetal Catmull-Rom curve through waypoints [W, D], `each` steps a piece: [(W - 1) * each + 1, D].

    It passes the waypoints in order and makes no loop between two of them (Yuksel et al. 2011); the ends go on
    straight. A waypoint that repeats the one before it is left out. Raises ValueError for fewer than 2 waypoints, less
    than 1 step or numbers that are not finite.
    """
    if points.ndim != 2 or len(points) < 2 or each < 1:
        raise ValueError(f"points {list(points.shape)} in {each} steps each, expected [W, D], W > 1 and each > 0")
    _require_finite(points)
    p = points.double()
    moves = p.diff(dim=0).abs().amax(1) > 0
    p = p[torch.cat((moves.new_ones(1), moves))]
    if len(p) == 1:
        return points[:2].clone()
    p = torch.cat((2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]))
    gap = p.diff(dim=0).norm(dim=1, keepdim=True).sqrt()  # knots lie apart by the root of the distance
    pace = p.diff(dim=0) / gap
    slope = pace[:-1] + pace[1:] - (p[2:] - p[:-2]) / (gap[:-1] + gap[1:])  # at each waypoint
    p, gap = p[1:-1], gap[1:-1]
    place = _even((len(p) - 1) * each + 1, len(p) - 1, "frames")
    piece = place.floor().long().clamp(max=len(p) - 2)
    t = (place - piece)[:, None]
    a, b, start, end = p[piece], p[piece + 1], gap[piece] * slope[piece], gap[piece] * slope[piece + 1]
    path = a + t * start + t**2 * (3 * (b - a) - 2 * start - end) + t**3 * (2 * (a - b) + start + end)
    return torch.where(t == 1, b, path).to(points)


def bilinear(corners: Tensor, rows: int, columns: int) -> Tensor:
    """Codes between four corners [2, 2, D], top row first: [rows, columns, D]. Raises ValueError as `linear` does."""
    return _grid(corners, rows, columns, "linear")


def spherical_grid(corners: Tensor, rows: int, columns: int) -> Tensor:
    """As `bilinear` on arcs: the left and the right edge, then each row between them. Raises as `spherical` does.

    Turned on its side it is another grid, since arcs on a sphere do not commute.
    """
    return _grid(corners, rows, columns, "spherical")


def traversal(z: Tensor, dimension: int, values: Tensor) -> Tensor:
    """The code z, [D], with one of its numbers replaced by each of the values, [V]: [V, D].

    Raises ValueError if z has no such dimension.
    """
    if z.ndim != 1 or not 0 <= dimension < len(z):
        raise ValueError(f"dimension is {dimension} and z is {list(z.shape)}, expected one from 0 to D - 1 of z [D]")
    codes = z.repeat(len(values), 1)
    codes[:, dimension] = values.to(z)
    return codes


def _grid(corners: Tensor, rows: int, columns: int, kind: Kind) -> Tensor:
    if corners.ndim != 3 or corners.shape[:2] != (2, 2):
        raise ValueError(f"the corners are {list(corners.shape)}, expected [2, 2, D], the top row first")
    down, right = _even(rows, 1, "rows"), _even(columns, 1, "columns")
    left, other = (_between(*corners[:, side].expand(rows, 2, -1).unbind(1), down, kind) for side in (0, 1))
    rows_of_ends = (each.repeat_interleave(columns, 0) for each in (left, other))
    return _between(*rows_of_ends, right.repeat(rows), kind).reshape(rows, columns, -1)


def _between(a: Tensor, b: Tensor, t: Tensor, kind: Kind) -> Tensor:
    """The point at t, [T], on the way from a to b, [T, D] each, in their precision."""
    _require_finite(a, b)
    start, end, t = a.double(), b.double(), t.double()[:, None]
    if kind == "linear":
        return torch.lerp(start, end, t).to(a)
    if kind != "spherical":
        raise ValueError(f"kind is {kind!r}, expected 'linear' or 'spherical'")
    norms = start.norm(dim=1, keepdim=True), end.norm(dim=1, keepdim=True)
    if not bool((norms[0] > 0).all() and (norms[1] > 0).all()):
        raise ValueError("a code lies at the origin and has no direction, expected others, or a linear path")
    u, v = start / norms[0], end / norms[1]
    apart, together = (u - v).norm(dim=1, keepdim=True), (u + v).norm(dim=1, keepdim=True)
    if bool((together < _ANTIPODAL).any()):
        raise ValueError(
            "two codes point in opposite directions, and every arc between them is as short: "
            "expected a waypoint between them, or a linear path"
        )
    turn = 2 * torch.atan2(apart, together) / math.pi  # the angle between them, in half turns; exact when it is small
    whole = torch.sinc(turn)
    way = ((1 - t) * torch.sinc((1 - t) * turn) * u + t * torch.sinc(t * turn) * v) / whole  # unit length
    path = way * torch.lerp(*norms, t)
    return torch.where(t == 0, start, torch.where(t == 1, end, path)).to(a)


def _ends(a: Tensor, b: Tensor) -> Tensor:
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"the codes are {list(a.shape)} and {list(b.shape)}, expected two of one shape [D]")
    return torch.stack((a, b))


def _even(count: int, last: int, what: str) -> Tensor:
    if count < 2:
        raise ValueError(f"{what} is {count}, expected at least 2")
    return torch.linspace(0, last, count, dtype=torch.float64)


def _require_finite(*codes: Tensor) -> None:
    if not all(bool(each.isfinite().all()) for each in codes):
        raise ValueError("a code holds numbers that are not finite")
