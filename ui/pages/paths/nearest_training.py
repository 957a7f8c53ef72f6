"""The training pictures around some pictures, by their pixels: a copy shows at once, and so does a place off the data.

Distances are the root of the mean squared difference of a pixel, from 0 to 1.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from ui.runs import assets
from vae_core import data

SAMPLED = 256  # training pictures that say how far neighbours are apart
_BLOCK = 4096  # training pictures that are compared at a time


def nearest(known: np.ndarray, pictures: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of `pictures`, uint8 [T, P]: the number of the nearest of `known`, uint8 [N, P], how far it is, and how
    many lie within `radius`.

    Raises ValueError if the two are of different sizes.
    """
    if pictures.ndim != 2 or pictures.shape[1] != known.shape[1]:
        raise ValueError(f"the pictures have shape {list(pictures.shape)}, expected [T, {known.shape[1]}]")
    best = np.full(len(pictures), np.inf)
    index, near = np.zeros((2, len(pictures)), dtype=np.int64)
    every = np.arange(len(pictures))
    for first, distance in _distances(known, pictures):
        place = distance.argmin(1)
        closer = distance[every, place] < best
        best[closer], index[closer] = distance[every, place][closer], first + place[closer]
        near += (distance <= radius).sum(1)
    return index, best, near


def _distances(known: np.ndarray, pictures: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """For each block of `known`: the number of its first, and the distances [T, block]."""
    asked = pictures.astype(np.float32)
    own = np.square(asked).sum(1)[:, None]
    for first in range(0, len(known), _BLOCK):
        block = known[first : first + _BLOCK].astype(np.float32)
        square = np.square(block).sum(1) - 2 * asked @ block.T + own  # |x - y|²
        yield first, np.sqrt(np.maximum(square, 0) / asked.shape[1]) / 255


@lru_cache(maxsize=4)
def typical_gap(name: str, how: str) -> float:
    """How far a training picture is from the one nearest to it: the median over SAMPLED of them."""
    known = training_pictures(name, how)
    sampled = np.random.default_rng(0).choice(len(known), min(SAMPLED, len(known)), replace=False)
    best = np.full(len(sampled), np.inf)
    for first, distance in _distances(known, known[sampled]):
        own = (sampled >= first) & (sampled < first + distance.shape[1])
        distance[own, sampled[own] - first] = np.inf
        best = np.minimum(best, distance.min(1))
    return float(np.median(best))


@lru_cache(maxsize=2)
def training_pictures(name: str, how: str) -> np.ndarray:
    """The training pictures, uint8 [N, P]: cut at one half for a model that saw them so, else with their greys.

    Raises ValueError with one sentence if they cannot be read.
    """
    images = assets.image_set(name, "train").images
    shown = data.binarize(images, how, 0) if how == "threshold" else images
    return shown.reshape(len(shown), -1)
