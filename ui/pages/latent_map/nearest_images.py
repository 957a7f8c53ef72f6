"""The test pictures nearest to a picture by their pixels, worked out on the server, which has all of them."""

from functools import lru_cache

import numpy as np

from ui.runs import assets
from ui.runs.entry import Entry

NEAREST = 9  # eight, and the picture itself where it is one of them


@lru_cache(maxsize=256)
def nearest(entry: Entry, picture: bytes) -> tuple[tuple[int, float], ...]:
    """Number and distance of the NEAREST test pictures, the nearest first, ties in their order.

    `picture` is uint8 [P] as the model takes it; the distance is the root of the mean squared difference of a pixel,
    from 0 to 1. Raises ValueError if the test pictures cannot be read or are of another size.
    """
    known = assets.test_images(entry)
    known = known.reshape(len(known), -1)
    asked = np.frombuffer(picture, np.uint8).astype(np.float32)
    if len(asked) != known.shape[1]:
        raise ValueError(f"the picture has {len(asked)} bytes, expected {known.shape[1]}")
    return ranked(known, asked)


def ranked(known: np.ndarray, asked: np.ndarray, chunk: int = 4096) -> tuple[tuple[int, float], ...]:
    """As `nearest`, among uint8 [N, P], `chunk` of which are compared at a time, to float32 [P]."""
    parts = (known[first : first + chunk].astype(np.float32) - asked for first in range(0, len(known), chunk))
    squares = np.concatenate([np.einsum("np,np->n", part, part) for part in parts])
    order = np.argsort(squares, kind="stable")[:NEAREST]
    distances = np.sqrt(squares[order] / known.shape[1]) / 255
    return tuple(zip(order.tolist(), map(float, distances), strict=True))
