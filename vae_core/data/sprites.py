"""Generate images whose factors are known exactly, in the style of dSprites (Matthey et al. 2017).

Every combination of shape, scale, orientation and position once, white on black, 32 x 32. Unlike the squares and
ellipses there, no shape here looks the same when it is turned, so that no two combinations are one picture.
"""

import itertools
import math

import numpy as np

from vae_core.data.image_set import Factors, ImageSet

SIDE = 32
SHAPES = ("heart", "arrow", "moon")
RADII = (5.0, 6.5, 8.0, 10.0)  # pixels
TURNS, PLACES = 10, 12
_SPRITE = SIDE - PLACES + 1  # pixels that hold the largest shape
_FINE = 8  # samples along each side of a pixel
_TEST_SHARE, _SPLIT_SEED = 0.2, 0


def load_shapes(name: str, split: str) -> ImageSet:
    """Load the generated shapes, split 80 to 20 by a fixed seed; the class is the shape."""
    images, factors = every_combination()
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(images))
    held_out = round(_TEST_SHARE * len(images))
    chosen = np.sort(order[:held_out] if split == "test" else order[held_out:])
    known = Factors(factors.names, factors.values, factors.index[chosen])
    source = "generated: every combination of shape, scale, orientation and position"
    return ImageSet(name, split, images[chosen], known.index[:, 0], SHAPES, source, "MIT", known)


def every_combination() -> tuple[np.ndarray, Factors]:
    """Generate all combinations: uint8 [17,280, 1, 32, 32] and their factors, the last factor fastest."""
    counts = (len(SHAPES), len(RADII), TURNS, PLACES, PLACES)
    images = np.zeros((*counts, SIDE, SIDE), np.uint8)
    for s, r, t in itertools.product(*map(range, counts[:3])):
        sprite = _drawn(SHAPES[s], RADII[r], 2 * math.pi * t / TURNS)
        for x, y in itertools.product(range(PLACES), repeat=2):
            images[s, r, t, x, y, y : y + _SPRITE, x : x + _SPRITE] = sprite
    turns, places = ([f"{360 * t // TURNS}°" for t in range(TURNS)], [str(p) for p in range(PLACES)])
    values = (SHAPES, tuple(f"{radius:g} px" for radius in RADII), tuple(turns), tuple(places), tuple(places))
    index = np.indices(counts).reshape(len(counts), -1).T.astype(np.int64)
    return images.reshape(-1, 1, SIDE, SIDE), Factors(("shape", "scale", "orientation", "x", "y"), values, index)


def _drawn(shape: str, radius: float, turn: float) -> np.ndarray:
    """A shape around the middle of its square: the share of each pixel that it covers, 0 to 255."""
    axis = ((np.arange(_SPRITE * _FINE) + 0.5) / _FINE - _SPRITE / 2) / radius
    right, down = np.meshgrid(axis, axis)
    c, s = math.cos(turn), math.sin(turn)
    inside = _INSIDE[shape](c * right + s * down, s * right - c * down)  # right and up in the shape's own frame
    share = inside.reshape(_SPRITE, _FINE, _SPRITE, _FINE).mean((1, 3))
    return np.rint(255 * share).astype(np.uint8)


def _heart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The sextic (x² + y² - 1)³ = x² y³, within the unit circle."""
    x, y = 1.35 * x, 1.35 * y + 0.1
    return (x**2 + y**2 - 1) ** 3 <= x**2 * y**3


def _arrow(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A head above a shaft."""
    head = (y >= 0) & (np.abs(x) <= 0.95 * (1 - y))
    return (head & (x**2 + y**2 <= 1)) | ((np.abs(x) <= 0.32) & (y < 0) & (y >= -0.9))


def _moon(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A disc without another that lies above it."""
    return (x**2 + y**2 <= 1) & (x**2 + (y - 0.55) ** 2 > 0.75**2)


_INSIDE = {"heart": _heart, "arrow": _arrow, "moon": _moon}
