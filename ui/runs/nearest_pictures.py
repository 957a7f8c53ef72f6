"""The pictures nearest to a picture by their pixels, among a run's test or training pictures, worked out on the server.

Distances are the root of the mean squared difference of a pixel, from 0 to 1. Among training pictures a copy shows at
once, and so does a place off the data.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from ui.runs import assets
from ui.runs.catalogue import Entry
from vae_core import data

NEAREST = 9  # test pictures: eight, and the picture itself where it is one of them
SAMPLED = 256  # training pictures that say how far neighbours are apart
_BLOCK = 4096  # training pictures that are compared at a time


@lru_cache(maxsize=256)
def nearest_test(entry: Entry, picture: bytes) -> tuple[tuple[int, float], ...]:
    """Find number and distance of the NEAREST test pictures, the nearest first, ties in their order.

    `picture` is uint8 [P] as the model takes it. Raises ValueError if the test pictures cannot be read or are of
    another size.
    """
    known = assets.test_images(entry)
    known = known.reshape(len(known), -1)
    asked = np.frombuffer(picture, np.uint8).astype(np.float32)
    if len(asked) != known.shape[1]:
        raise ValueError(f"the picture has {len(asked)} bytes, expected {known.shape[1]}")
    return ranked(known, asked)


def ranked(known: np.ndarray, asked: np.ndarray, chunk: int = 4096) -> tuple[tuple[int, float], ...]:
    """Find the same as `nearest_test`, among uint8 [N, P], `chunk` of which are compared at a time, to float32 [P]."""
    parts = (known[first : first + chunk].astype(np.float32) - asked for first in range(0, len(known), chunk))
    squares = np.concatenate([np.einsum("np,np->n", part, part) for part in parts])
    order = np.argsort(squares, kind="stable")[:NEAREST]
    distances = np.sqrt(squares[order] / known.shape[1]) / 255
    return tuple(zip(order.tolist(), map(float, distances), strict=True))


def nearest_training(
    known: np.ndarray, pictures: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find, for each of `pictures`, uint8 [T, P], the nearest of `known`, uint8 [N, P].

    Returns its number, how far it is, and how many lie within `radius`. Raises ValueError if the two are of different
    sizes.
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
    """Yield for each block of `known` the number of its first, and the distances [T, block]."""
    asked = pictures.astype(np.float32)
    own = np.square(asked).sum(1)[:, None]
    for first in range(0, len(known), _BLOCK):
        block = known[first : first + _BLOCK].astype(np.float32)
        square = np.square(block).sum(1) - 2 * asked @ block.T + own  # |x - y|²
        yield first, np.sqrt(np.maximum(square, 0) / asked.shape[1]) / 255


@lru_cache(maxsize=4)
def typical_gap(name: str, how: str) -> float:
    """Measure how far a training picture is from the one nearest to it: the median over SAMPLED of them."""
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
    """Read the training pictures, uint8 [N, P]: cut at one half for a model that saw them so, else with their greys.

    Raises ValueError with one sentence if they cannot be read.
    """
    images = assets.image_set(name, "train").images
    shown = data.binarize(images, how, 0) if how == "threshold" else images
    return shown.reshape(len(shown), -1)
