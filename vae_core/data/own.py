"""A visitor's own pictures: an .npz file or a folder, checked and split into training and test."""

from pathlib import Path

import numpy as np

from vae_core.data.folder import read_folder
from vae_core.data.idx import read_idx
from vae_core.data.images import ImageSet
from vae_core.data.npz import read_npz

TEST_SHARE, SPLIT_SEED = 0.2, 0
FEWEST = 32
_IMAGES, _LABELS = ("images", "x", "arr_0", "data"), ("labels", "y")
_CHUNK = 1 << 22  # values that are rounded at a time
_LICENCE = "own data"


def load_npz(path: Path, split: str) -> ImageSet:
    """Pictures from an .npz file, split 80 to 20 by a fixed seed. Raises ValueError with one sentence if unusable.

    Key `images` (or x, arr_0, data): uint8, bool, or floats in [0, 1]; [N, H, W], [N, H, W, C] or [N, C, H, W] with
    C 1 or 3. Key `labels` (or y) is optional: one whole number a picture, 0 to 255.
    """
    try:
        images, labels = read_npz(path, (_IMAGES, _LABELS))
        images = _as_bytes(images)
        if labels is not None:
            _check_labels(labels, len(images))
    except ValueError as error:
        raise ValueError(f"{path.name} cannot be used: {error}") from None
    classes = () if labels is None else np.unique(labels)
    return _split(path.stem, images, _as_indices(labels, classes), tuple(map(str, classes)), path.name, split)


def load_folder(path: Path, split: str) -> ImageSet:
    """Pictures (PNG, JPEG, WebP) from a folder, sub-folders as classes, split 80 to 20 by a fixed seed.

    All must have one size. Raises ValueError with one sentence if any cannot be used.
    """
    images, labels, classes = read_folder(path)
    try:
        images = _as_bytes(images)
    except ValueError as error:
        raise ValueError(f"{path} cannot be used: {error}") from None
    return _split(path.name, images, labels, classes, path.name, split)


def load_idx_folder(path: Path, split: str) -> ImageSet:
    """Pictures from a folder with the four files of MNIST's layout. Raises ValueError if any cannot be used."""
    prefix, other = ("train", "t10k") if split == "train" else ("t10k", "train")
    files = {
        name: next(iter(sorted(path.glob(f"{name}-ubyte*"))), None)
        for name in (f"{prefix}-images-idx3", f"{prefix}-labels-idx1", f"{other}-labels-idx1")
    }
    image_file, label_file, other_file = files.values()
    if image_file is None:
        raise ValueError(f"{path} has no {prefix}-images-idx3-ubyte file, expected one for the {split} split")
    try:
        images = _as_bytes(read_idx(image_file))
        labels = None if label_file is None else read_idx(label_file)
        if labels is not None:
            _check_labels(labels, len(images))
    except ValueError as error:
        raise ValueError(f"{path} cannot be used: {error}") from None
    both = [read_idx(file).ravel() for file in (label_file, other_file) if file] if label_file else []
    classes = np.unique(np.concatenate(both)) if both else ()  # of both splits, so that they share their names
    indices = _as_indices(labels, classes)
    return ImageSet(path.name, split, images, indices, tuple(map(str, classes)), path.name, _LICENCE)


def _split(
    name: str, images: np.ndarray, labels: np.ndarray | None, classes: tuple[str, ...], source: str, split: str
) -> ImageSet:
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    held_out = round(TEST_SHARE * len(images))
    chosen = np.sort(order[:held_out] if split == "test" else order[held_out:])
    return ImageSet(name, split, images[chosen], None if labels is None else labels[chosen], classes, source, _LICENCE)


def _as_bytes(images: np.ndarray) -> np.ndarray:
    """uint8 [N, C, H, W] from any of the accepted layouts and types; floats are rounded to the nearest of 256 levels.

    Raises ValueError with half a sentence: too few, another rank, another range, nothing to see.
    """
    shape = list(images.shape)
    if images.ndim == 3:
        images = images[:, None]
    elif images.ndim == 4 and images.shape[1] not in (1, 3) and images.shape[3] in (1, 3):
        images = images.transpose(0, 3, 1, 2)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or 0 in images.shape[1:]:
        raise ValueError(f"its images are {shape}, expected [N, H, W] or [N, H, W, C] with C 1 or 3")
    if len(images) < FEWEST:
        raise ValueError(f"it has {len(images)} images, expected at least {FEWEST}")
    low, high = images.min(), images.max()
    if images.dtype != bool and images.dtype != np.uint8:
        if images.dtype.kind != "f":
            raise ValueError(f"its images are {images.dtype}, expected uint8 or floats in [0, 1]")
        if not np.isfinite(low) or not np.isfinite(high):
            raise ValueError("its images hold values that are not finite, expected floats in [0, 1]")
        if low < 0 or high > 1:
            raise ValueError(f"its values go from {low:.4g} to {high:.4g}, expected floats in [0, 1]")
    if low == high:
        raise ValueError(f"all values of its images are {low}, expected pictures that differ")
    if images.dtype == np.uint8:
        if high == 1:
            raise ValueError("its uint8 images hold only 0 and 1, expected 0 to 255, or bool for black and white")
        return np.ascontiguousarray(images)
    return _rounded(images)


def _rounded(images: np.ndarray) -> np.ndarray:
    """Values in [0, 1] as 0 to 255, a few pictures at a time so that no large copy is made."""
    whole = np.empty(images.shape, np.uint8)
    rows = max(1, _CHUNK // whole[0].size)
    for start in range(0, len(images), rows):
        whole[start : start + rows] = np.rint(images[start : start + rows] * np.float64(255))
    return whole


def _check_labels(labels: np.ndarray, count: int) -> None:
    if labels.shape != (count,) or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > 255:
        raise ValueError(f"its labels are {labels.dtype} {list(labels.shape)}, expected {count} whole numbers 0 to 255")


def _as_indices(labels: np.ndarray | None, classes: np.ndarray) -> np.ndarray | None:
    """The place of each label among the sorted values that occur."""
    return None if labels is None else np.searchsorted(classes, labels).astype(np.int64)
