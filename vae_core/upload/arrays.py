"""Pictures or rows of numbers from .npz and .npy files."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image

from vae_core.upload.archive import hidden
from vae_core.upload.cleaned import (
    KEPT_SIDE,
    LARGEST_SIDE,
    MOST_CLASSES,
    USUAL_SIDE,
    Choices,
    Cleaned,
    Notes,
    Preview,
    class_places,
    require_enough,
    require_room,
    shown,
)
from vae_core.upload.numbers import (
    clean_rows,
    extremes,
    pixel_range,
    require_columns,
    rows_preview,
    square_side,
    to_bytes,
)
from vae_core.upload.picture import fitted
from vae_core.upload.pictures import one_colour, warn_of_repeats
from vae_core.upload.source import Source, source

_IMAGES = ("images", "x", "X", "arr_0", "data", "x_train", "X_train", "train_images", "imgs")
_LABELS = ("labels", "y", "label", "targets", "target", "classes", "y_train", "train_labels")
_LEVELS = 256


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
    return _clean_pictures(array, _layout(array.shape), words, notes, choices)


def _clean_flat(array: Source, words: list[str] | None, notes: Notes, choices: Choices) -> Cleaned:
    """[N, P]: flattened pictures when P is a square and nothing else is wished, else rows of numbers."""
    count, columns = array.shape
    require_enough(count, "rows")
    side = square_side(columns)
    if side is not None and choices.rows != "numbers":
        low, high = extremes(array.pieces())
        if choices.rows == "pictures" or _like_pixels(float(low.min()), float(high.max())):
            notes.warnings.append(f"The {columns:,} numbers of a row are taken for a picture of {side} × {side}.")
            cleaned = _clean_pictures(array, "square", words, notes, choices)
            return Cleaned(_square(cleaned.preview), cleaned.images, cleaned.labels)
    require_columns(columns)
    notes.found.append(f"{count:,} rows of {columns:,} numbers ({array.dtype}).")
    low, high = extremes(array.pieces())
    names = [str(n + 1) for n in range(columns)]
    images, names, low, high = clean_rows(array.pieces(), low, high, count, names, choices, notes)
    cleaned = rows_preview(images, names, low, high, words, notes)
    return Cleaned(_square(cleaned.preview), images, cleaned.labels) if side is not None else cleaned


def _like_pixels(low: float, high: float) -> bool:
    return (low >= 0 and high <= 1) or (low >= 0 and 128 <= high <= 255)


def _square(preview: Preview) -> Preview:
    return Preview(**(vars(preview) | {"square": True}))


def _layout(shape: tuple[int, ...]) -> str:
    """Where the channels are. Raises ValueError if there are neither 1 nor 3 (nor 4, whose last is dropped)."""
    if len(shape) == 3:
        return "grey"
    if shape[3] in (1, 3, 4) and not (shape[1] in (1, 3) and shape[3] == 4):
        return "last"
    if shape[1] in (1, 3, 4):
        return "first"
    raise ValueError(f"its shape is {list(shape)}, expected 1 or 3 channels, second or last")


def _channels_first(piece: np.ndarray, layout: str) -> np.ndarray:
    match layout:
        case "square":
            side = square_side(piece.shape[1])
            return piece.reshape(len(piece), 1, side, side)
        case "grey":
            return piece[:, None]
        case "last":
            return piece.transpose(0, 3, 1, 2)[:, : 3 if piece.shape[3] > 1 else 1]
    return piece[:, : 3 if piece.shape[1] > 1 else 1]


def _clean_pictures(array: Source, layout: str, words: list[str] | None, notes: Notes, choices: Choices) -> Cleaned:
    count = array.shape[0]
    require_enough(count)
    first = next(array.pieces())
    channels, height, width = _channels_first(first[:1], layout).shape[1:]
    if channels * height * width > LARGEST_SIDE**2 * _LEVELS:
        raise ValueError(f"its pictures are {width} × {height}, expected at most 16 times {LARGEST_SIDE} pixels a side")
    least, most = extremes(piece.reshape(len(piece), -1) for piece in array.pieces())
    low, high = pixel_range(float(least.min()), float(most.max()), array.dtype, notes)
    size, fit = _size(width, height, choices, notes)
    shape = (channels, size[1], size[0]) if size else (channels, height, width)
    require_room(count, shape)
    images, at = np.empty((count, *shape), np.uint8), 0
    for piece in array.pieces():
        levels = to_bytes(_channels_first(piece, layout), low, high)
        images[at : at + len(piece)] = levels if size is None else _resized(levels, size, fit)
        at += len(piece)
    colour = "colour" if channels == 3 else "grey"
    notes.found.insert(0, f"{count:,} pictures, {width} × {height} pixels, {colour} ({array.dtype}).")
    images = _coloured(images, choices, notes)
    warn_of_repeats(images, notes)
    labels, classes, per_class = class_places(words, notes) if words is not None else (None, (), ())
    if len(set(words or ())) > MOST_CLASSES:
        labels = None
    preview = Preview("pictures", count, images.shape[1:], classes, per_class, **notes.sentences())
    return Cleaned(preview, images, labels)


def _size(width: int, height: int, choices: Choices, notes: Notes) -> tuple[tuple[int, int] | None, str]:
    """(width, height) to bring the pictures to, None where they stay, and how."""
    if (choices.side is None and max(width, height) <= KEPT_SIDE) or width == height == choices.side:
        notes.done.insert(0, f"All are {width} × {height} pixels and stay so.")
        return None, "crop"
    side = choices.side or USUAL_SIDE
    oblong = max(width, height) / min(width, height) > 2
    fit = choices.fit if choices.fit != "auto" else "pad" if oblong else "crop"
    how = "" if width == height else " after the middle is cut out" if fit == "crop" else " on a square ground"
    notes.done.insert(0, f"They are brought to {side} × {side} pixels{how}.")
    return (side, side), fit


def _resized(levels: np.ndarray, size: tuple[int, int], fit: str) -> Iterator[np.ndarray]:
    out = np.empty((len(levels), levels.shape[1], size[1], size[0]), np.uint8)
    for n, planes in enumerate(levels):
        picture = Image.fromarray(np.ascontiguousarray(planes[0] if len(planes) == 1 else planes.transpose(1, 2, 0)))
        pixels = np.asarray(fitted(picture, size, fit))
        out[n] = pixels if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return out


def _coloured(images: np.ndarray, choices: Choices, notes: Notes) -> np.ndarray:
    """As `one_colour`, for arrays whose own channels say what they are."""
    said = notes.done.copy()
    if images.shape[1] == 1:
        if choices.colour == "colour":
            images = np.repeat(images, 3, axis=1)
        if images.min() == images.max():
            raise ValueError("its pictures all look the same in 256 levels, expected pictures that differ")
        return images
    images = one_colour(images, choices, notes)
    notes.done[:] = [*said, notes.done[len(said)]]  # the range has been told
    return images
