"""A data set in memory: pictures as bytes, with labels when there are any."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Factors:
    """What each picture was made from: `index` int64 [N, F] is the place of its value among the factor's `values`."""

    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    index: np.ndarray


@dataclass(frozen=True, eq=False)
class ImageSet:
    """One split of a data set. `images` are uint8 [N, C, H, W], 0 to 255; `labels` int64 [N] or None.

    `factors` are there for pictures that were drawn from known ones.
    """

    name: str
    split: str
    images: np.ndarray
    labels: np.ndarray | None
    classes: tuple[str, ...]
    source: str
    licence: str
    factors: Factors | None = None
    notes: tuple[str, ...] = ()  # sentences on how own data were read
    guesses: tuple[str, ...] = ()  # those of them that may be wrong

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.images.shape[1:]

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the pictures' bytes, in hexadecimal."""
        return hashlib.sha256(np.ascontiguousarray(self.images)).hexdigest()


def to_float(images: np.ndarray) -> np.ndarray:
    """uint8 pictures as float32 in [0, 1]."""
    return images / np.float32(255)
