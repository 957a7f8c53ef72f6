"""Pictures or rows of numbers from .npz and .npy files."""

import zipfile
from typing import BinaryIO

import numpy as np

from vae_core.upload.archive import hidden
from vae_core.upload.cleaned import Choices, Cleaned, Notes, Preview, require_enough, shown
from vae_core.upload.numbers import clean_rows, extremes, require_columns, rows_preview, square_side
from vae_core.upload.planes import clean_pictures, layout_of
from vae_core.upload.source import Source, source

_IMAGES = ("images", "x", "X", "arr_0", "data", "x_train", "X_train", "train_images", "imgs")
_LABELS = ("labels", "y", "label", "targets", "target", "classes", "y_train", "train_labels")


def read_npy(file: BinaryIO, choices: Choices) -> Cleaned:
    """The one array of an .npy file. Raises ValueError with one sentence if it cannot be used."""
    size = file.seek(0, 2)

    class _FromTheStart:
        def __enter__(self) -> BinaryIO:
            file.seek(0)
            return file

        def __exit__(self, *_: object) -> None:
            pass

    return _clean(source("the file", size, _FromTheStart), None, Notes(), choices)


def read_npz(archive: zipfile.ZipFile, choices: Choices) -> Cleaned:
    """Pictures and labels by their usual names, else the largest array. Raises ValueError as `read_npy` does."""
    notes, held = Notes(), {}
    for member in archive.infolist():
        if not hidden(member) and member.filename.endswith(".npy"):
            held[member.filename.removesuffix(".npy")] = member
    if not held:
        raise ValueError("there are no arrays in it, expected one named 'images'")
    name = next((key for key in _IMAGES if key in held), None)
    if name is None:
        name = max(held, key=lambda key: held[key].file_size)
        notes.warnings.append(f"No array is named 'images': {shown(name)!r}, the largest, is taken.")
    images = _member(archive, held[name])
    label_name = next((key for key in _LABELS if key in held and key != name), None)
    words = None if label_name is None else _words(_member(archive, held[label_name]), images.shape, label_name, notes)
    if others := sorted(set(held) - {name, label_name}):
        rest = f" and {len(others) - 2} more" if len(others) > 2 else ""
        notes.warnings.append(f"Not used: {' and '.join(repr(shown(other)) for other in others[:2])}{rest}.")
    return _clean(images, words, notes, choices)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Source:
    name = f"the array {shown(member.filename.removesuffix('.npy'))!r}"
    return source(name, member.file_size, lambda: archive.open(member))


def _words(labels: Source, shape: tuple[int, ...], name: str, notes: Notes) -> list[str] | None:
    """The class of each picture as a word; None, with a warning, when the labels cannot be that."""
    if labels.shape != shape[:1] or (labels.dtype.kind == "f" and not _whole(labels)):
        expected = f"expected one whole number or word for each of the {shape[0] if shape else 0:,}"
        notes.warnings.append(f"The labels in {name!r} are {labels.dtype} {list(labels.shape)}, {expected}: not used.")
        return None
    values = labels.whole()
    if values.dtype.kind == "S":
        return [shown(value.decode("utf-8", "replace")) for value in values.tolist()]
    return [shown(str(value if values.dtype.kind == "U" else int(value))) for value in values.tolist()]


def _whole(labels: Source) -> bool:
    return all((np.isfinite(piece) & (piece == np.rint(piece))).all() for piece in labels.pieces())


def _clean(array: Source, words: list[str] | None, notes: Notes, choices: Choices) -> Cleaned:
    if array.dtype.kind in "SU":
        raise ValueError(f"its array holds {array.dtype}, expected numbers")
    if 0 in array.shape[1:] or array.dtype.itemsize == 0:
        raise ValueError(f"its shape is {list(array.shape)}, expected pictures or rows that hold numbers")
    if len(array.shape) == 2:
        return _clean_flat(array, words, notes, choices)
    if len(array.shape) not in (3, 4):
        raise ValueError(f"its shape is {list(array.shape)}, expected [N, H, W], [N, H, W, C], [N, C, H, W] or [N, P]")
    return clean_pictures(array, layout_of(array.shape), words, notes, choices)


def _clean_flat(array: Source, words: list[str] | None, notes: Notes, choices: Choices) -> Cleaned:
    """[N, P]: flattened pictures when P is a square and nothing else is wished, else rows of numbers."""
    count, columns = array.shape
    require_enough(count, "rows")
    side = square_side(columns)
    if side is not None and choices.rows != "numbers":
        low, high = extremes(array.pieces())
        if choices.rows == "pictures" or _like_pixels(float(low.min()), float(high.max())):
            notes.warnings.append(f"The {columns:,} numbers of a row are taken for a picture of {side} × {side}.")
            cleaned = clean_pictures(array, "square", words, notes, choices)
            return Cleaned(_square(cleaned.preview), cleaned.images, cleaned.labels)
    require_columns(columns)
    notes.found.append(f"{count:,} rows of {columns:,} numbers ({array.dtype}).")
    low, high = extremes(array.pieces())
    names = [str(n + 1) for n in range(columns)]
    images, names, low, high = clean_rows(array.pieces(), low, high, count, names, choices, notes)
    cleaned = rows_preview(images, names, low, high, words, notes, choices.labels is not None)
    return Cleaned(_square(cleaned.preview), images, cleaned.labels) if side is not None else cleaned


def _like_pixels(low: float, high: float) -> bool:
    return (low >= 0 and high <= 1) or (low >= 0 and 128 <= high <= 255)


def _square(preview: Preview) -> Preview:
    return Preview(**(vars(preview) | {"square": True}))
