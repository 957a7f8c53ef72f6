"""The training picture nearest to each of some pictures, by their pixels: a copy shows at once."""

from functools import lru_cache

import numpy as np

from ui.entry import Entry
from vae_core import data

_BLOCK = 4096  # training pictures that are compared at a time


def nearest(entry: Entry, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of `pictures`, uint8 [T, P]: the number of the nearest training picture, and the root of the mean
    squared difference of a pixel, from 0 to 1.

    Raises ValueError if the run's training pictures cannot be read or are of another size.
    """
    known = training_pictures(entry.run.config.data.name, entry.run.config.data.binarize)
    asked = pictures.astype(np.float32)
    if asked.ndim != 2 or asked.shape[1] != known.shape[1]:
        raise ValueError(f"the pictures have shape {list(asked.shape)}, expected [T, {known.shape[1]}]")
    best = np.full(len(asked), np.inf)
    index = np.zeros(len(asked), dtype=np.int64)
    own = np.square(asked).sum(1)
    for first in range(0, len(known), _BLOCK):
        block = known[first : first + _BLOCK].astype(np.float32)
        square = np.square(block).sum(1) - 2 * asked @ block.T + own[:, None]  # |x - y|²: [T, block]
        place = square.argmin(1)
        least = square[np.arange(len(asked)), place]
        closer = least < best
        best[closer], index[closer] = least[closer], first + place[closer]
    return index, np.sqrt(np.maximum(best, 0) / asked.shape[1]) / 255


@lru_cache(maxsize=2)
def training_pictures(name: str, how: str) -> np.ndarray:
    """The training pictures, uint8 [N, P]: cut at one half for a model that saw them so, else with their greys."""
    images = data.load(name, "train").images
    shown = data.binarize(images, how, 0) if how == "threshold" else images
    return shown.reshape(len(shown), -1)
