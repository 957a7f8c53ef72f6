"""Densities to be reached from a normal: a table of bytes for each, the same for torch, numpy and a browser.

A table [N, N] holds the density at the knots of a grid over the square [-HALF, HALF]^2, up to a factor; between knots
it is bilinear (`transport.Bilinear`). Its first index runs along x1, its second along x2.
"""

import itertools
from collections.abc import Callable

import numpy as np

HALF = 3.0
SIDE = 64
MIXTURES = {  # (weight, mean, sigma) of each component, on the line
    "bimodal": ((0.5, -1.6, 0.35), (0.5, 1.6, 0.35)),
    "three": ((0.5, -1.4, 0.6), (0.3, 0.6, 0.25), (0.2, 2.2, 0.5)),
}
UNIFORM = (-2.0, 2.0)
RATE = 1.0  # of the exponential

_GAUSSIANS = (  # (weight, mean, covariance as s11, s12, s22), on the plane
    (0.40, (-1.3, -0.7), (0.30, 0.18, 0.25)),
    (0.35, (1.3, -0.6), (0.12, -0.09, 0.40)),
    (0.25, (0.2, 1.5), (0.50, 0.0, 0.09)),
)
_LETTERS = (  # strokes of V, A, E: polylines of (x1, x2)
    ((-2.65, 1.1), (-1.95, -1.1), (-1.25, 1.1)),
    ((-0.85, -1.1), (-0.1, 1.1), (0.65, -1.1)),
    ((-0.58, -0.32), (0.38, -0.32)),
    ((2.35, 1.1), (1.25, 1.1), (1.25, -1.1), (2.35, -1.1)),
    ((1.25, 0.05), (2.1, 0.05)),
)


def table(name: str) -> np.ndarray:
    """The table of a target on the plane, uint8 [SIDE, SIDE]. Raises ValueError for a name that is not in TARGETS."""
    if name not in TARGETS:
        raise ValueError(f"the target is {name!r}, expected one of {', '.join(TARGETS)}")
    side = np.linspace(-HALF, HALF, SIDE)
    density = TARGETS[name](np.stack(np.meshgrid(side, side, indexing="ij"), -1))
    return np.rint(255 * density / density.max()).astype(np.uint8)


def _mixture(x: np.ndarray) -> np.ndarray:
    """Density of _GAUSSIANS at x [..., 2]."""
    total = np.zeros(x.shape[:-1])
    for weight, mean, (s11, s12, s22) in _GAUSSIANS:
        d1, d2 = np.moveaxis(x - np.array(mean), -1, 0)
        det = s11 * s22 - s12**2
        squared = (s22 * d1**2 - 2 * s12 * d1 * d2 + s11 * d2**2) / det
        total += weight * np.exp(-squared / 2) / np.sqrt(det)
    return total


def _moons(x: np.ndarray) -> np.ndarray:
    t = np.linspace(0, np.pi, 80)
    upper = np.stack([1.5 * np.cos(t) - 0.75, 1.5 * np.sin(t) - 0.4], -1)
    return _ridges(x, (upper, -upper), 0.2)


def _spiral(x: np.ndarray) -> np.ndarray:
    s = np.linspace(0, 1, 240)
    angle, radius = 4.4 * np.pi * s, 0.25 + 2.25 * s
    return _ridges(x, (np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1),), 0.15)


def _letters(x: np.ndarray) -> np.ndarray:
    return _ridges(x, tuple(map(np.array, _LETTERS)), 0.11)


def _ridges(x: np.ndarray, lines: tuple[np.ndarray, ...], sigma: float) -> np.ndarray:
    """exp(-d²/2σ²) of the distance d from x [..., 2] to the nearest of some polylines, each [points, 2]."""
    nearest = np.full(x.shape[:-1], np.inf)
    for line in lines:
        for start, end in itertools.pairwise(line):
            along = np.clip((x - start) @ (end - start) / np.sum((end - start) ** 2), 0, 1)
            nearest = np.minimum(nearest, np.sum((x - start - along[..., None] * (end - start)) ** 2, -1))
    return np.exp(-nearest / (2 * sigma**2))


TARGETS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mixture": _mixture,
    "moons": _moons,
    "spiral": _spiral,
    "letters": _letters,
}
