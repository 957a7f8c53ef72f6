"""A visitor's own pictures: an .npz file or a folder, checked and split into training and test."""

import warnings
import zipfile
from pathlib import Path

import numpy as np

from vae_core.data.idx import read_idx
from vae_core.data.images import ImageSet

TEST_SHARE, SPLIT_SEED = 0.2, 0
FEWEST = 32
MOST_BYTES, MOST_RATIO, MOST_MEMBERS, MOST_PIXELS = 1 << 30, 100, 64, 16_000_000
_IMAGES, _LABELS = ("images", "x", "arr_0", "data"), ("labels", "y")
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def load_npz(path: Path, split: str) -> ImageSet:
    """Pictures from an .npz file, split 80 to 20 by a fixed seed. Raises ValueError with one sentence if unusable.

    Key `images` (or x, data): uint8, or floats in [0, 1]; [N, H, W], [N, H, W, C] or [N, C, H, W] with C 1 or 3.
    Key `labels` (or y) is optional: one whole number a picture.
    """
    _check_archive(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            image_key = next((key for key in _IMAGES if key in archive), None)
            if image_key is None:
                raise ValueError(f"it has the keys {list(archive)}, expected 'images'")
            images = _as_bytes(archive[image_key])
            label_key = next((key for key in _LABELS if key in archive), None)
            labels = None if label_key is None else _as_labels(archive[label_key], len(images))
    except (OSError, zipfile.BadZipFile, ValueError, EOFError) as error:
        raise ValueError(f"{path.name} cannot be used: {error}") from None
    classes = () if labels is None else tuple(map(str, range(int(labels.max()) + 1)))
    return _split(path.stem, images, labels, classes, str(path.name), split)


def load_folder(path: Path, split: str) -> ImageSet:
    """Pictures (PNG, JPEG, WebP) from a folder, sub-folders as classes, split 80 to 20 by a fixed seed.

    All must have one size. Raises ValueError with one sentence if any cannot be used.
    """
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES)
    if len(files) < FEWEST:
        raise ValueError(f"{path} has {len(files)} pictures, expected at least {FEWEST} PNG, JPEG or WebP files")
    pictures = [_read_picture(file) for file in files]
    for file, picture in zip(files, pictures, strict=True):
        if picture.shape != pictures[0].shape:
            height, width = picture.shape[:2]
            expected = f"{pictures[0].shape[1]} × {pictures[0].shape[0]}"
            raise ValueError(f"{file.name} is {width} × {height} pixels, expected {expected} as in {files[0].name}")
    images = np.stack(pictures)
    if (images[..., :1] == images).all():
        images = images[..., :1]
    folders = [file.relative_to(path).parts[0] if file.parent != path else "" for file in files]
    classes = tuple(sorted(set(folders)))
    labels = np.array([classes.index(folder) for folder in folders]) if len(classes) > 1 else None
    channels_first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    return _split(path.name, channels_first, labels, classes if labels is not None else (), path.name, split)


def load_idx_folder(path: Path, split: str) -> ImageSet:
    """Pictures from a folder with the four files of MNIST's layout. Raises ValueError if any cannot be used."""
    prefix = "train" if split == "train" else "t10k"
    files = [next(iter(path.glob(f"{prefix}-{kind}-ubyte*")), None) for kind in ("images-idx3", "labels-idx1")]
    if files[0] is None:
        raise ValueError(f"{path} has no {prefix}-images-idx3-ubyte file, expected one for the {split} split")
    images = _as_bytes(read_idx(files[0]))
    labels = None if files[1] is None else _as_labels(read_idx(files[1]), len(images))
    classes = () if labels is None else tuple(map(str, range(int(labels.max()) + 1)))
    return ImageSet(path.name, split, images, labels, classes, path.name, "own data")


def _split(
    name: str, images: np.ndarray, labels: np.ndarray | None, classes: tuple[str, ...], source: str, split: str
) -> ImageSet:
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    held_out = round(TEST_SHARE * len(images))
    chosen = np.sort(order[:held_out] if split == "test" else order[held_out:])
    return ImageSet(
        name, split, images[chosen], None if labels is None else labels[chosen], classes, source, "own data"
    )


def _check_archive(path: Path) -> None:
    """Look at the directory before anything is unpacked: a small file can claim gigabytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile):
        raise ValueError(f"{path.name} is not a readable .npz file") from None
    total, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if len(members) > MOST_MEMBERS or total > MOST_BYTES or total > MOST_RATIO * max(packed, 1 << 16):
        raise ValueError(f"{path.name} unpacks to {total:,} bytes in {len(members)} arrays, more than is allowed")


def _as_bytes(images: np.ndarray) -> np.ndarray:
    """uint8 [N, C, H, W] from any of the accepted layouts."""
    if images.ndim == 3:
        images = images[:, None]
    elif images.ndim == 4 and images.shape[1] not in (1, 3) and images.shape[3] in (1, 3):
        images = images.transpose(0, 3, 1, 2)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or 0 in images.shape:
        raise ValueError(f"its images are {list(images.shape)}, expected [N, H, W] or [N, H, W, C] with C 1 or 3")
    if len(images) < FEWEST:
        raise ValueError(f"it has {len(images)} images, expected at least {FEWEST}")
    if images.dtype == np.uint8:
        return np.ascontiguousarray(images)
    if images.dtype.kind != "f":
        raise ValueError(f"its images are {images.dtype}, expected uint8 or floats in [0, 1]")
    if not np.isfinite(images).all() or images.min() < 0 or images.max() > 1:
        raise ValueError(f"its values go from {images.min():.4g} to {images.max():.4g}, expected floats in [0, 1]")
    return np.ascontiguousarray(np.rint(images * 255).astype(np.uint8))


def _as_labels(labels: np.ndarray, count: int) -> np.ndarray:
    if labels.shape != (count,) or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > 255:
        raise ValueError(f"its labels are {labels.dtype} {list(labels.shape)}, expected {count} whole numbers 0 to 255")
    return labels.astype(np.int64)


def _read_picture(path: Path) -> np.ndarray:
    """uint8 [H, W, 3]."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise ValueError(f"{path.name} has more than {MOST_PIXELS:,} pixels")
                return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValueError(f"{path.name} is not a readable PNG, JPEG or WebP picture") from None
