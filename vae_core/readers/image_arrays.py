"""Clean images that come as arrays: detect channels, unify range, size and colour."""

from typing import Literal

import numpy as np
from PIL import Image

from vae_core.readers.image import fitted
from vae_core.readers.image_files import one_colour, warn_of_repeats
from vae_core.readers.npy_stream import Source
from vae_core.readers.scaling import extremes, pixel_range, square_side, to_bytes
from vae_core.readers.schema import (
    KEPT_SIDE,
    LARGEST_SIDE,
    USUAL_SIDE,
    Choices,
    Cleaned,
    Notes,
    Preview,
    class_places,
    require_enough,
    require_room,
)

Layout = Literal["square", "grey", "first", "last"]

_LEVELS = 256


def layout_of(shape: tuple[int, ...]) -> Layout:
    """Detect the channel axis: 1, 3, or 4 channels, the last one alpha. Raises ValueError if there is none."""
    if len(shape) == 3:
        return "grey"
    if shape[3] in (1, 3, 4) and not (shape[1] in (1, 3) and shape[3] == 4):
        return "last"
    if shape[1] in (1, 3, 4):
        return "first"
    raise ValueError(f"its shape is {list(shape)}, expected 1, 3 or 4 channels, second or last")


def _channels_first(piece: np.ndarray, layout: Layout) -> np.ndarray:
    """[n, C, H, W]."""
    match layout:
        case "square":
            side = square_side(piece.shape[1])
            return piece.reshape(len(piece), 1, side, side)
        case "grey":
            return piece[:, None]
        case "last":
            return piece.transpose(0, 3, 1, 2)
    return piece


def _on_white(levels: np.ndarray) -> np.ndarray:
    """uint8 [n, 3, H, W] of [n, 4, H, W], whose last channel is how opaque a pixel is; others as they are."""
    if levels.shape[1] != 4:
        return levels
    colours, opaque = levels[:, :3].astype(np.uint16), levels[:, 3:].astype(np.uint16)
    return ((colours * opaque + 255 * (255 - opaque) + 127) // 255).astype(np.uint8)


def clean_pictures(array: Source, layout: Layout, words: list[str] | None, notes: Notes, choices: Choices) -> Cleaned:
    """Clean an array of images; `words` is the class of each, or None. Raises ValueError if they cannot be used."""
    count = array.shape[0]
    require_enough(count)
    first = next(array.pieces())
    channels, height, width = _channels_first(first[:1], layout).shape[1:]
    if channels * height * width > LARGEST_SIDE**2 * _LEVELS:
        raise ValueError(f"its pictures are {width} × {height}, expected at most 16 times {LARGEST_SIDE} pixels a side")
    least, most = extremes(piece.reshape(len(piece), -1) for piece in array.pieces())
    low, high = pixel_range(float(least.min()), float(most.max()), array.dtype, notes)
    size, fit = _size(width, height, choices, notes)
    planes = (size[1], size[0]) if size else (height, width)
    require_room(count, (1 if channels == 1 and choices.colour != "colour" else 3, *planes))
    if channels == 4:
        notes.done.append("The fourth channel says how opaque a pixel is: they are laid on white.")
    images, at = np.empty((count, min(channels, 3), *planes), np.uint8), 0
    for piece in array.pieces():
        levels = _on_white(to_bytes(_channels_first(piece, layout), low, high))
        images[at : at + len(piece)] = levels if size is None else _resized(levels, size, fit)
        at += len(piece)
    colour = "grey" if channels == 1 else "colour"
    notes.found.insert(0, f"{count:,} pictures, {width} × {height} pixels, {colour} ({array.dtype}).")
    images = _coloured(images, choices, notes)
    warn_of_repeats(images, notes)
    chosen = choices.labels is not None
    labels, classes, per_class = class_places(words, notes, chosen) if words is not None else (None, (), ())
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
    how = "" if width == height else ", cropped to the middle" if fit == "crop" else " on a square background"
    notes.done.insert(0, f"They are resized to {side} × {side} pixels{how}.")
    return (side, side), fit


def _resized(levels: np.ndarray, size: tuple[int, int], fit: str) -> np.ndarray:
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
            notes.done.append("They are stored in colour.")
            images = np.repeat(images, 3, axis=1)
        if images.min() == images.max():
            raise ValueError("its pictures all look the same in 256 levels, expected pictures that differ")
        return images
    images = one_colour(images, choices, notes)
    notes.done[:] = [*said, notes.done[len(said)]]  # the range has been told
    return images
