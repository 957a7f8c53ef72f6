"""A folder of pictures as one array: PNG, JPEG or WebP files of one size, sub-folders as classes."""

import struct
import warnings
from pathlib import Path

import numpy as np

from vae_core.data.idx import MOST_BYTES

MOST_PIXELS, MOST_CLASSES = 16_000_000, 256
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def read_folder(path: Path) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """Pictures uint8 [N, H, W, C] with C 1 if all are grey, labels int64 [N] or None, and the classes' names.

    Raises ValueError with one sentence that names the file if any cannot be used.
    """
    files = _picture_files(path)
    if not files:
        raise ValueError(f"{path} has no pictures, expected PNG, JPEG or WebP files")
    first = _read_picture(files[0])
    if len(files) * first.size > MOST_BYTES:
        raise ValueError(f"{path} has {len(files)} pictures, {len(files) * first.size:,} bytes: at most {MOST_BYTES:,}")
    images = np.empty((len(files), *first.shape), np.uint8)
    for i, file in enumerate(files):
        picture = _read_picture(file)
        if picture.shape != first.shape:
            raise ValueError(f"{file.name} is {_size(picture)} pixels, expected {_size(first)} as in {files[0].name}")
        images[i] = picture
    if (images[..., :1] == images).all():
        images = images[..., :1]
    return images, *_classes(path, files)


def _picture_files(path: Path) -> list[Path]:
    """All pictures below a folder in a fixed order; what is hidden is passed over."""
    names = {
        file.relative_to(path): file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file()
    }
    shown = [name for name in names if not any(part.startswith(".") for part in name.parts)]
    return [names[name] for name in sorted(shown, key=Path.as_posix)]


def _classes(path: Path, files: list[Path]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Labels and names from the sub-folder that each file lies in; none if all lie in one folder."""
    parents = [file.relative_to(path).parts[:-1] for file in files]
    if not all(parents) and any(parents):
        raise ValueError(f"{path} has pictures both in and beside its sub-folders, expected one or the other")
    folders = [parent[0] if parent else "" for parent in parents]
    classes = tuple(sorted(set(folders)))
    if len(classes) > MOST_CLASSES:
        raise ValueError(f"{path} has {len(classes)} sub-folders with pictures, expected at most {MOST_CLASSES}")
    if len(classes) == 1:
        return None, ()
    place = {name: i for i, name in enumerate(classes)}
    return np.array([place[folder] for folder in folders], np.int64), classes


def _read_picture(path: Path) -> np.ndarray:
    """uint8 [H, W, 3]: upright as its EXIF says, laid on white where it is transparent."""
    from PIL import Image, ImageOps

    unreadable = (OSError, SyntaxError, ValueError, TypeError, IndexError, EOFError, struct.error)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as picture:
                pixels, mode = picture.width * picture.height, picture.mode
                if pixels <= MOST_PIXELS and mode[0] not in "IF":
                    rgba = ImageOps.exif_transpose(picture).convert("RGBA")
                    white = Image.new("RGBA", rgba.size, "white")
                    return np.asarray(Image.alpha_composite(white, rgba).convert("RGB"))
    except (*unreadable, Warning, Image.DecompressionBombError):
        raise ValueError(f"{path.name} is not a readable PNG, JPEG or WebP picture of at most 16 megapixels") from None
    if pixels > MOST_PIXELS:
        raise ValueError(f"{path.name} has {pixels:,} pixels, expected at most {MOST_PIXELS:,}")
    raise ValueError(f"{path.name} has more than 8 bits a value, expected 8")


def _size(picture: np.ndarray) -> str:
    return f"{picture.shape[1]} × {picture.shape[0]}"
