"""Grey pictures made binary, as a Bernoulli likelihood needs them."""

import numpy as np


def binarize(images: np.ndarray, how: str, seed: int, first: int = 0) -> np.ndarray:
    """uint8 pictures [N, ...] as 0 and 255: `threshold` at one half, or `dynamic`; `none` returns them unchanged.

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
