"""Scale numbers of any range to the 256 levels of an image, and rows of numbers that are no image."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from vae_core.readers.limits import COLUMNS, FEWEST
from vae_core.readers.schema import (
    Choices,
    Cleaned,
    Notes,
    Preview,
    class_places,
    listed,
    require_enough,
    require_room,
)

_SMALLEST_SQUARE, _LARGEST_SQUARE = 8, 64
_FAR = 50.0  # times the middle half's width
_MOST_FAR = 0.01  # of the rows may be that far before a word is said
_FEWEST_OF_A_CURVE, _WIDER = 8, 3.0
_SAMPLE = 20_000  # rows from which quartiles are taken


def pixel_range(low: float, high: float, dtype: np.dtype, notes: Notes) -> tuple[float, float]:
    """Choose the values that become 0 and 255 and note them. Raises ValueError if they cannot be an image's."""
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("some of its values are not finite numbers (NaN or infinite), expected pictures")
    if low == high:
        raise ValueError(f"all its values are {low:.6g}, expected pictures that differ")
    if dtype.kind == "b" or (low >= 0 and high <= 1):
        ends = (0.0, 1.0)
    elif -1 <= low < 0 and high <= 1:
        ends = (-1.0, 1.0)
    elif low >= 0 and 128 <= high <= 255:
        notes.done.append("Values 0 to 255 become 0 to 1 for the model.")
        return 0.0, 255.0
    else:
        ends = (float(low), float(high))
        notes.warnings.append(
            f"Its values go from {low:.6g} to {high:.6g}, neither 0 to 1 nor 0 to 255: the smallest becomes black and "
            "the largest white."
        )
    become = "are kept" if ends == (0.0, 1.0) else "become 0 to 1 for the model"
    notes.done.append(f"Values {ends[0]:.6g} to {ends[1]:.6g} {become}, in 256 levels.")
    return ends


def to_bytes(values: np.ndarray, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
    """Scale values of [low, high] to 0 to 255, rounded to the nearest."""
    scaled = (values.astype(np.float64, copy=False) - low) * (255.0 / (np.asarray(high, np.float64) - low))
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


def square_side(columns: int) -> int | None:
    """Return the side of the square image that a row of so many numbers could be, if any."""
    side = math.isqrt(columns)
    return side if side * side == columns and _SMALLEST_SQUARE <= side <= _LARGEST_SQUARE else None


def extremes(pieces: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the minimum and maximum of each column, float64. Raises ValueError where one is not finite."""
    low = high = None
    for piece in pieces:
        least, most = piece.min(axis=0).astype(np.float64), piece.max(axis=0).astype(np.float64)
        low = least if low is None else np.minimum(low, least)
        high = most if high is None else np.maximum(high, most)
    if low is None or not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise ValueError("some of its values are not finite numbers (NaN or infinite), expected numbers")
    return low, high


def clean_rows(
    pieces: Iterator[np.ndarray],
    low: np.ndarray,
    high: np.ndarray,
    count: int,
    columns: list[str],
    choices: Choices,
    notes: Notes,
) -> tuple[np.ndarray, list[str], np.ndarray, np.ndarray]:
    """Clean rows of numbers as uint8 [N, 1, 1, P], with the names and ranges of the P columns that are kept.

    Raises ValueError if nothing is left that differs.
    """
    kept = high > low
    if not kept.any():
        raise ValueError("every column has one value in all rows, expected rows that differ")
    if not kept.all():
        names = [name for name, keep in zip(columns, kept, strict=True) if not keep]
        notes.warnings.append(f"Left out, since every row has the same value: {listed(names)}.")
    low, high = low[kept], high[kept]
    if choices.scale == "all" or (choices.scale == "auto" and _alike(low, high)):
        low, high = np.full_like(low, low.min()), np.full_like(high, high.max())
        notes.done.append(f"All columns share one range: {low[0]:.6g} to {high[0]:.6g} become 0 to 1, in 256 levels.")
    else:
        notes.done.append("The range of each column becomes 0 to 1 for the model, in 256 levels.")
    with np.errstate(over="ignore"):
        spans = high - low
    if not np.isfinite(spans).all():
        raise ValueError("its values differ by more than a number can hold")
    require_room(count, (1, 1, len(low)))
    images, at = np.empty((count, 1, 1, len(low)), np.uint8), 0
    for piece in pieces:
        images[at : at + len(piece), 0, 0] = to_bytes(piece[:, kept], low, high)
        at += len(piece)
    _warn_of_outliers(images[:, 0, 0], [c for c, keep in zip(columns, kept, strict=True) if keep], notes)
    notes.done.append("A row is no picture: it is drawn as a profile.")
    return images, [name for name, keep in zip(columns, kept, strict=True) if keep], low, high


def _alike(low: np.ndarray, high: np.ndarray) -> bool:
    """Whether columns measure the same thing, as the points of a curve do: many, and in about the same range."""
    return len(low) >= _FEWEST_OF_A_CURVE and high.max() - low.min() <= _WIDER * np.median(high - low)


def rows_preview(
    images: np.ndarray,
    names: list[str],
    low: np.ndarray,
    high: np.ndarray,
    words: list[str] | None,
    notes: Notes,
    chosen: bool,
) -> Cleaned:
    """Describe the cleaned rows in a preview; `words` is the class of each, `chosen` or not, or None."""
    labels, classes, per_class = class_places(words, notes, chosen) if words is not None else (None, (), ())
    ranges = {"low": tuple(low.tolist()), "high": tuple(high.tolist())}
    preview = Preview(
        "numbers",
        len(images),
        images.shape[1:],
        classes,
        per_class,
        columns=tuple(names),
        **ranges,
        **notes.sentences(),
    )
    return Cleaned(preview, images, labels)


def require_columns(count: int) -> None:
    """Raises ValueError for more numbers than a row may have."""
    if count > COLUMNS:
        raise ValueError(f"its rows have {count:,} numbers, expected at most {COLUMNS:,}")


def _warn_of_outliers(levels: np.ndarray, columns: list[str], notes: Notes) -> None:
    """A value far from all others takes most of a column's levels."""
    require_enough(len(levels), "rows")
    some = levels[:: max(1, len(levels) // _SAMPLE)]
    first, third = np.percentile(some, (25, 75), axis=0)
    width = np.maximum(third - first, 0.5)
    far = ((some > third + _FAR * width) | (some < first - _FAR * width)).mean(axis=0)
    strange = [name for name, share in zip(columns, far, strict=True) if 0 < share < _MOST_FAR]
    if strange and len(levels) >= FEWEST:
        notes.warnings.append(
            f"A few values of {strange[0]}{' and other columns' if len(strange) > 1 else ''} lie far from the rest and "
            "take most of the range."
        )
