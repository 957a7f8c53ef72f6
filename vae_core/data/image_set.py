"""A data set in memory: images as bytes, with labels if there are any."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Factors:
    """The factors of generated images: `index` int64 [N, F] is each value's index among the factor's `values`."""

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
        """SHA-256 of the images' bytes, in hexadecimal."""
        return hashlib.sha256(np.ascontiguousarray(self.images)).hexdigest()


def to_float(images: np.ndarray) -> np.ndarray:
    """Convert uint8 images to float32 in [0, 1]."""
    return images / np.float32(255)


def binarize(images: np.ndarray, how: str, seed: int, first: int = 0) -> np.ndarray:
    """Binarize uint8 images [N, ...] to 0 and 255: `threshold` at one half, or `dynamic`; `none` changes nothing.

    `dynamic` is one Bernoulli draw with probability value / 255 from the seed. Picture n gets the same draw however
    many pictures follow it, and in a part of them that begins at picture `first`. Raises ValueError for another `how`,
    or for pictures that are not uint8.
    """
    if images.dtype != np.uint8:
        raise ValueError(f"the pictures to binarize are {images.dtype}, expected uint8")
    match how:
        case "none":
            return images
        case "threshold":
            return np.where(images >= 128, np.uint8(255), np.uint8(0))
        case "dynamic":
            rng, before = np.random.default_rng(seed), first * images[:1].size
            rng.bit_generator.advance(before // 2)  # a step of it makes two numbers in single precision
            rng.random(before % 2, dtype=np.float32)
            uniform = rng.random(images.shape, dtype=np.float32)  # row by row
            return np.where(uniform * 255 < images, np.uint8(255), np.uint8(0))
    raise ValueError(f"binarize is {how!r}, expected none, threshold or dynamic")
