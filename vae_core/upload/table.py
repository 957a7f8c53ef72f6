"""A CSV of numbers: separator, header, classes and missing values found out, within caps on bytes, rows and columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from typing import BinaryIO

import numpy as np

from vae_core.upload import cells
from vae_core.upload.cleaned import Choices, Cleaned, Notes, Preview, require_enough, shown
from vae_core.upload.numbers import clean_rows, require_columns, rows_preview, square_side
from vae_core.upload.planes import clean_pictures
from vae_core.upload.source import Source

_MOST_ROWS, _MOST_VALUES = 200_000, 4_000_000
_LABELS = ("label", "class", "target", "species", "category", "y", "labels", "classes", "digit", "type", "variety")
_MOST_OFFERED = 50  # columns that could give the classes
_LOOKED_AT = 200  # rows from which a column is judged
_PART = 100_000  # cells turned into numbers at a time


@dataclass(frozen=True)
class _Columns:
    """Names of all columns, the places of those that hold numbers, and of the one that gives the classes."""

    names: list[str]
    numbers: list[int]
    label: int | None
    comma: bool  # whether a comma may be a decimal point


def read_table(file: BinaryIO, choices: Choices) -> Cleaned:
    """Rows of numbers, or of pixels where they are such, with classes from a column.

    Rows with a missing value are left out and counted. Raises ValueError with one sentence if it is no such table.
    """
    notes = Notes()
    text = cells.text(file, notes)
    separator = cells.separator(text)
    rows = cells.rows(text, separator)
    first = next(rows, None)
    if first is None:
        raise ValueError("it has no rows")
    require_columns(len(first) - 1)
    comma = separator != ","
    names, head = cells.header(first, list(islice(rows, _LOOKED_AT)), comma)
    numeric = cells.numeric(head, len(first), comma)
    label, named = _label_columns(names, numeric, choices)
    columns = _Columns(names, [i for i, good in enumerate(numeric) if good and i != label], label, comma)
    if not columns.numbers:
        raise ValueError(f"none of its {len(first):,} columns holds numbers, expected a CSV of numbers")
    values, classes = _values(chain(head, rows), columns, notes)
    used = columns.numbers
    offered = {i for i, good in enumerate(numeric) if not good or i == label} | _classes_offered(values, used)
    of_numbers = next((i for i in named if len(used) > 1 and cells.few_values(values[:, used.index(i)])), None)
    if of_numbers is not None:
        label, at = of_numbers, used.index(of_numbers)
        offered.add(label)
        classes = [f"{value:.15g}" for value in values[:, at].tolist()]
        values, used = np.delete(values, at, axis=1), used[:at] + used[at + 1 :]
    if words := [names[i] for i, good in enumerate(numeric) if not good and i != label]:
        rest = f" and {len(words) - 3} more" if len(words) > 3 else ""
        notes.warnings.append(f"Not used, since they are not numbers: {', '.join(words[:3])}{rest}.")
    cleaned = _cleaned(values, [names[i] for i in used], classes, choices, notes)
    told = {"label_columns": tuple(names[i] for i in sorted(offered))[:_MOST_OFFERED]}
    told |= {"labels_from": "" if label is None else names[label], "square": square_side(len(used)) is not None}
    return Cleaned(Preview(**(vars(cleaned.preview) | told)), cleaned.images, cleaned.labels)


def _label_columns(names: list[str], numeric: list[bool], choices: Choices) -> tuple[int | None, list[int]]:
    """The column chosen for the classes, or else of words; and those of numbers that come first if they can be."""
    if choices.labels is not None:
        if choices.labels and choices.labels not in names:
            raise ValueError(f"there is no column {choices.labels[:60]!r} that could give the classes")
        return (names.index(choices.labels) if choices.labels else None), []
    lower = [name.lower() for name in names]
    named = [lower.index(name) for name in _LABELS if name in lower and (name != "y" or "x" not in lower)]
    numbers = list(takewhile(lambda i: numeric[i], named))
    if len(numbers) < len(named):
        return named[len(numbers)], numbers
    words = [i for i, good in enumerate(numeric) if not good]
    return (words[0] if len(words) == 1 else None), numbers


def _classes_offered(values: np.ndarray, used: list[int]) -> set[int]:
    """Columns of whole numbers that could be classes; of more than can be offered, as pixels are, the two outermost."""
    whole = np.flatnonzero((values == np.rint(values)).all(axis=0)).tolist()
    few = (i for i in whole if cells.few_values(values[:, i]))
    if len(whole) > _MOST_OFFERED:
        last = (i for i in reversed(whole) if cells.few_values(values[:, i]))
        few = (*islice(few, 1), *islice(last, 1))
    return {used[i] for i in few}


def _values(rows: Iterable[list[str]], columns: _Columns, notes: Notes) -> tuple[np.ndarray, list[str] | None]:
    """float64 [N, P] of the rows without a gap, and the class of each."""
    width, done, words, part = len(columns.names), [], [], []
    short = gaps = read = 0

    def flush() -> None:
        nonlocal gaps
        chosen = [[row[i] for i in columns.numbers] for row in part]
        numbers = cells.numbers(chosen, columns.comma).reshape(len(part), len(columns.numbers))
        whole = np.isfinite(numbers).all(axis=1)
        gaps += int((~whole).sum())
        done.append(numbers[whole])
        if part and not any(map(len, done)):
            raise ValueError(f"none of its first {read:,} rows has a number in every column")
        if columns.label is not None:
            words.extend(shown(row[columns.label].strip()) for row, good in zip(part, whole, strict=True) if good)
        part.clear()

    for row in rows:
        read += 1
        if read > _MOST_ROWS or read * len(columns.numbers) > _MOST_VALUES:
            raise ValueError(f"it has more than {_MOST_ROWS:,} rows or {_MOST_VALUES:,} values, expected fewer")
        if len(row) != width:
            short += 1
            continue
        part.append(row)
        if len(part) * width >= _PART:
            flush()
    flush()
    for count, why in ((gaps, "with a missing value or a word"), (short, "with another number of columns")):
        if count:
            notes.warnings.append(f"{count:,} {'row' if count == 1 else 'rows'} {why} {_left_out(count)}.")
    values = np.concatenate(done)
    require_enough(len(values), "rows")
    return values, words if columns.label is not None else None


def _pieces(values: np.ndarray) -> Iterator[np.ndarray]:
    rows = max(1, _PART // values.shape[1])
    return (values[start : start + rows] for start in range(0, len(values), rows))


def _left_out(count: int) -> str:
    return "is left out" if count == 1 else "are left out"


def _cleaned(
    values: np.ndarray, names: list[str], classes: list[str] | None, choices: Choices, notes: Notes
) -> Cleaned:
    count, columns = values.shape
    side = square_side(columns)
    low, high = values.min(axis=0), values.max(axis=0)
    whole = bool((values == np.rint(values)).all())
    pixels = whole and low.min() >= 0 and 128 <= high.max() <= 255
    if side is not None and (choices.rows == "pictures" or (choices.rows == "auto" and pixels)):
        notes.warnings.append(f"The {columns:,} numbers of a row are taken for a picture of {side} × {side}.")
        levels = values.astype(np.uint8) if pixels else values
        array = Source(levels.shape, levels.dtype, lambda: _pieces(levels))
        return clean_pictures(array, "square", classes, notes, choices)
    notes.found.append(f"{count:,} rows of {columns:,} {'number' if columns == 1 else 'numbers'}.")
    images, names, low, high = clean_rows(_pieces(values), low, high, count, names, choices, notes)
    return rows_preview(images, names, low, high, classes, notes)
