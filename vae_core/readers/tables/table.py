"""Read a CSV of numbers: text, layout, columns, choices, values; guesses are said in the notes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from vae_core.readers.image_arrays import clean_pictures
from vae_core.readers.limits import CLASSES, FEWEST
from vae_core.readers.npy_stream import Source
from vae_core.readers.scaling import clean_rows, require_columns, rows_preview, square_side
from vae_core.readers.schema import Choices, Cleaned, Notes, is_each_its_own, listed, require_enough, shown
from vae_core.readers.tables import columns as cols
from vae_core.readers.tables.columns import Column, Table
from vae_core.readers.tables.layout import body_lines, column_names, layout_of
from vae_core.readers.tables.number_formats import Style, example, tidied
from vae_core.readers.tables.text import read_text

_LABELS = ("label", "class", "target", "species", "category", "y", "labels", "classes", "digit", "type", "variety")
_INDEXES = (
    "",
    "id",
    "index",
    "idx",
    "row",
    "rowid",
    "row_id",
    "rownames",
    "row.names",
    "row_names",
    "nr",
    "nr.",
    "no",
    "no.",
)
_MOST_OFFERED = 50  # columns that could give the classes
_MOST_LEFT_OUT = 200  # columns that are offered to be left out
_PART = 100_000  # cells turned into levels at a time


@dataclass
class _Chosen:
    """The part of each column, by its place: those whose numbers are used, the one of the classes, those left out."""

    used: list[int]
    label: int | None = None
    left_out: list[int] = field(default_factory=list)
    offered: set[int] = field(default_factory=set)  # as classes


@dataclass(frozen=True)
class _Read:
    """A table with what each of its columns holds, how it is written, and its numbers as far as it holds any."""

    table: Table
    columns: list[Column]
    styles: list[Style | None]
    values: dict[int, np.ndarray]

    @property
    def names(self) -> list[str]:
        return self.table.names


def read_table(file: BinaryIO, choices: Choices) -> Cleaned:
    """Read rows of numbers, or of pixels where they are such, with classes from a column.

    Rows with a missing value are left out and counted. Raises ValueError with one sentence if it is no such table.
    """
    notes = Notes()
    read, marks = _read(file, choices, notes)
    chosen = _choose(read, choices, notes)
    if not chosen.used:
        raise ValueError("no column of numbers is left, expected one or more")
    require_columns(len(chosen.used))
    values, whole = _whole_rows(read, chosen, choices, notes)
    classes = None if chosen.label is None else _words(read, chosen.label, whole)
    names = read.names
    cleaned = _cleaned(values, [names[i] for i in chosen.used], classes, choices, notes)
    told = {"label_columns": tuple(names[i] for i in sorted(chosen.offered))[:_MOST_OFFERED]}
    told |= {"labels_from": "" if chosen.label is None else names[chosen.label]}
    told |= {"left_out": tuple(names[i] for i in sorted(chosen.left_out)), **marks}
    may = sorted({*chosen.used, *chosen.left_out}) if len(chosen.used) <= _MOST_LEFT_OUT else sorted(chosen.left_out)
    told |= {"may_leave_out": tuple(names[i] for i in may), "square": square_side(len(chosen.used)) is not None}
    return cleaned.with_preview(**told)


def _read(file: BinaryIO, choices: Choices, notes: Notes) -> tuple[_Read, dict[str, str]]:
    """The table, and what can be chosen of how its numbers are read."""
    text = read_text(file, notes)
    layout = layout_of(text, notes)
    table = cols.read_columns(
        body_lines(text, layout), layout, column_names(layout.names), [bool(n.strip()) for n in layout.names]
    )
    if not table.count:
        raise ValueError("it has no rows of numbers below its first line, expected a CSV of numbers")
    columns = cols.columns_of(table)
    _require_numbers(table, columns)
    styles, asked = cols.styles_of(table, columns, layout.separator, choices.marks)
    marks = _told_marks(table, styles, asked, notes)
    values = {
        i: table.values(i, style, column.reading.is_sure)
        for i, (style, column) in enumerate(zip(styles, columns, strict=True))
        if style is not None
    }
    return _Read(table, columns, styles, values), marks


def _require_numbers(table: Table, columns: list[Column]) -> None:
    if all(column.kind == "empty" for column in columns):
        raise ValueError(f"none of its first {table.count:,} rows has a number in any column")
    if not any(column.kind == "numbers" for column in columns):
        width = len(columns)
        which = "its only column does not hold" if width == 1 else f"none of its {width:,} columns holds"
        raise ValueError(f"{which} numbers, expected a CSV of numbers")


def _told_marks(table: Table, styles: list[Style | None], asked: list[int], notes: Notes) -> dict[str, str]:
    """Sentences on how commas, points and spaces within numbers are read, and what can be chosen of it."""
    told = {}
    for i, style in enumerate(styles):
        if style is None or not (style.group or style.point == "," or i in asked):
            continue
        cell = example(map(tidied, table.texts(i)), style)
        if not cell:
            continue
        value = f"{cols.values_of(cell, style)[0]:.15g}"
        how = "thousands" if style.group else "decimal"
        said = f"{cell!r} in {table.names[i]} is read as {value}"
        if i in asked and not told:
            told = {"marks": f"{cell} in {table.names[i]}", "marks_read": how}
            other = "a decimal mark" if style.group else "a mark between thousands"
            notes.warnings.append(f"{said}; it could also have {other}: that can be changed.")
        elif i not in asked and style.group and not any("is read as" in one for one in notes.found):
            notes.found.append(f"{said}.")
    return told


def _choose(read: _Read, choices: Choices, notes: Notes) -> _Chosen:
    """Which columns are used for what, by the choices where there are any."""
    names, columns = read.names, read.columns
    chosen = _Chosen([i for i, column in enumerate(columns) if column.kind == "numbers"])
    _leave_out(read, chosen, choices, notes)
    chosen.offered = _could_be_classes(read, chosen)
    chosen.label = _label(read, chosen, choices, notes)
    if chosen.label is not None:
        chosen.offered.add(chosen.label)
        chosen.used = [i for i in chosen.used if i != chosen.label]
        chosen.left_out = [i for i in chosen.left_out if i != chosen.label]
    for kind, why in (("words", "they are not numbers"), ("dates", "they are dates")):
        if words := [names[i] for i, column in enumerate(columns) if column.kind == kind and i != chosen.label]:
            notes.warnings.append(f"Not used, since {why}: {listed(words)}.")
    empty = [names[i] for i, column in enumerate(columns) if column.kind == "empty" and read.table.named[i]]
    if empty:
        notes.warnings.append(f"Left out, since no row has a value: {listed(empty)}.")
    return chosen


def _leave_out(read: _Read, chosen: _Chosen, choices: Choices, notes: Notes) -> None:
    """Leave out the columns that are wished away, or else numbers of rows and columns that cost most of the rows."""
    names = read.names
    if choices.left_out is not None:
        if strange := [name for name in choices.left_out if name not in names]:
            raise ValueError(f"there is no column {strange[0][:60]!r} that could be left out")
        chosen.left_out = [i for i in chosen.used if names[i] in choices.left_out]
        chosen.used = [i for i in chosen.used if i not in chosen.left_out]
        return
    indexes = [i for i in chosen.used if _is_index(read, i)]
    if indexes and len(indexes) < len(chosen.used):
        chosen.left_out += indexes
        chosen.used = [i for i in chosen.used if i not in indexes]
        notes.warnings.append(f"Left out, since it only names the rows: {listed([names[i] for i in indexes])}.")
    elif chosen.used and len(chosen.used) > 1 and cols.counts_up(read.values[chosen.used[0]]):
        notes.warnings.append(
            f"{shown(names[chosen.used[0]])} seems to number the rows: leave it out if it is no measurement."
        )
    _leave_out_gaps(read, chosen, notes)


def _is_index(read: _Read, i: int) -> bool:
    """Whether a column numbers the rows: the first without a name that counts, or one called id whose values differ."""
    values = read.values[i]
    name = read.names[i].lower() if read.table.named[i] else ""
    if name.startswith("unnamed: 0") or (name in _INDEXES and (name or i == 0)):
        nameless = not read.table.named[i] and not any(read.table.named)
        return cols.counts_up(values) if nameless else cols.are_names(values)
    return False


def _leave_out_gaps(read: _Read, chosen: _Chosen, notes: Notes) -> None:
    """Leave out the columns with the most gaps until half of the rows are whole, and enough of them for a training."""
    missing = {i: np.isnan(read.values[i]) for i in chosen.used}
    missing = {i: gaps for i, gaps in missing.items() if gaps.any()}
    if not missing:
        return
    counts = {i: np.count_nonzero(gaps) for i, gaps in missing.items()}
    of_row = np.sum(list(missing.values()), axis=0, dtype=np.int32)
    doomed: list[int] = []
    enough = max(len(of_row) / 2, min(FEWEST, len(of_row)))
    while len(missing) and len(doomed) + 1 < len(chosen.used) and np.count_nonzero(of_row == 0) < enough:
        alone = of_row == 1
        worst = max(missing, key=lambda i: np.count_nonzero(missing[i] & alone) + counts[i])
        doomed.append(worst)
        of_row -= missing.pop(worst)
    if doomed:
        count = read.table.count
        said = [f"{shown(read.names[i])} ({int(np.isnan(read.values[i]).sum()):,} of {count:,})" for i in doomed]
        notes.warnings.append(f"Left out, since too many rows have no value there: {listed(said)}.")
        chosen.left_out += doomed
        chosen.used = [i for i in chosen.used if i not in doomed]


def _could_be_classes(read: _Read, chosen: _Chosen) -> set[int]:
    """Columns that could give the classes; of more of numbers than can be offered, as pixels are, the two outermost."""
    words = {i for i, column in enumerate(read.columns) if _has_classes(read, i) and column.kind != "numbers"}
    few = [i for i in chosen.used if cols.few_values(read.values[i])]
    return words | set(few if len(chosen.used) <= _MOST_OFFERED else (*few[:1], *few[-1:]))


def _has_classes(read: _Read, i: int) -> bool:
    """Whether a column has few enough different values for classes."""
    column = read.columns[i]
    if column.kind == "numbers":
        return cols.few_values(read.values[i])
    return 1 < column.kinds <= CLASSES and not is_each_its_own(column.kinds, column.present)


def _label(read: _Read, chosen: _Chosen, choices: Choices, notes: Notes) -> int | None:
    """The column of the classes: the one wished for, else one of a usual name, else the only one of words."""
    names, columns = read.names, read.columns
    if choices.labels is not None:
        if choices.labels and choices.labels not in names:
            raise ValueError(f"there is no column {choices.labels[:60]!r} that could give the classes")
        return names.index(choices.labels) if choices.labels else None
    lower = [name.lower() for name in names]
    named = [lower.index(name) for name in _LABELS if name in lower and (name != "y" or "x" not in lower)]
    words = [i for i, column in enumerate(columns) if column.kind == "words"]
    for i in named:
        if _has_classes(read, i) and len(chosen.used) > (i in chosen.used):
            return i
    found = [i for i in words if _has_classes(read, i)]
    if len(found) == 1:
        return found[0]
    if not found and len(words) == 1 and columns[words[0]].kinds > 1:
        notes.warnings.append(
            f"No classes are made: {shown(names[words[0]])} has {columns[words[0]].kinds:,} different words in "
            f"{columns[words[0]].present:,} rows."
        )
    return _beside_a_square(read, chosen) if not any(read.table.named) else None


def _beside_a_square(read: _Read, chosen: _Chosen) -> int | None:
    """The first or last of columns without names that are one more than the pixels of a square."""
    if square_side(len(chosen.used) - 1) is None:
        return None
    for label in (chosen.used[0], chosen.used[-1]):
        known = read.values[label][np.isfinite(read.values[label])]
        others = [read.values[i] for i in chosen.used if i != label]
        pixels = min(np.nanmin(each) for each in others) >= 0 and 128 <= max(np.nanmax(each) for each in others) <= 255
        if pixels and cols.few_values(known) and len(np.unique(known)) == np.ptp(known) + 1:
            return label
    return None


def _whole_rows(read: _Read, chosen: _Chosen, choices: Choices, notes: Notes) -> tuple[np.ndarray, np.ndarray]:
    """float64 [N, P] of the rows without a gap, and which rows those are."""
    whole = np.ones(read.table.count, bool)
    costs = {}
    for i in (*chosen.used, *([chosen.label] if chosen.label in read.values else [])):
        gaps = np.isnan(read.values[i])
        costs[i] = int(gaps.sum())
        whole &= ~gaps
    gaps = int((~whole).sum())
    if not whole.any():
        raise ValueError(f"none of its first {len(whole):,} rows has a number in every column")
    if whole.sum() < FEWEST and gaps:
        worst = max(costs, key=costs.get)
        has = "row has" if whole.sum() == 1 else "rows have"
        raise ValueError(
            f"{whole.sum():,} of its {len(whole):,} {has} a number in every column, expected at least {FEWEST}: "
            f"{shown(read.names[worst])} has none in {costs[worst]:,}"
        )
    for count, why in ((gaps, "with a missing value or a word"), (read.table.odd, "with another number of columns")):
        if count:
            notes.warnings.append(f"{count:,} {'row' if count == 1 else 'rows'} {why} {_left_out(count)}.")
    if gaps > len(whole) // 10 and len(costs) > 1:
        worst = max(costs, key=costs.get)
        notes.warnings.append(f"{shown(read.names[worst])} has no number in {costs[worst]:,} of them: leave it out?")
    require_enough(int(whole.sum()), "rows")
    values = np.empty((int(whole.sum()), len(chosen.used)))
    for at, i in enumerate(chosen.used):
        values[:, at] = read.values.pop(i)[whole] if i != chosen.label else read.values[i][whole]
    return values, whole


def _left_out(count: int) -> str:
    return "is left out" if count == 1 else "are left out"


def _words(read: _Read, label: int, whole: np.ndarray) -> list[str]:
    """The class of each whole row."""
    if label in read.values:
        return [f"{value:.15g}" for value in read.values[label][whole].tolist()]
    return [word for word, good in zip(read.table.words(label), whole, strict=True) if good]


def _pieces(values: np.ndarray) -> Iterator[np.ndarray]:
    rows = max(1, _PART // values.shape[1])
    return (values[start : start + rows] for start in range(0, len(values), rows))


def _cleaned(
    values: np.ndarray, names: list[str], classes: list[str] | None, choices: Choices, notes: Notes
) -> Cleaned:
    count, columns = values.shape
    side = square_side(columns)
    low, high = values.min(axis=0), values.max(axis=0)
    whole = all(bool((piece == np.rint(piece)).all()) for piece in _pieces(values))
    pixels = whole and low.min() >= 0 and 128 <= high.max() <= 255
    if side is not None and (choices.rows == "pictures" or (choices.rows == "auto" and pixels)):
        notes.warnings.append(f"The {columns:,} numbers of a row are read as a picture of {side} × {side}.")
        levels = values.astype(np.uint8) if pixels else values
        array = Source(levels.shape, levels.dtype, lambda: _pieces(levels))
        return clean_pictures(array, "square", classes, notes, choices)
    notes.found.append(f"{count:,} rows of {columns:,} {'number' if columns == 1 else 'numbers'}.")
    images, names, low, high = clean_rows(_pieces(values), low, high, count, names, choices, notes)
    return rows_preview(images, names, low, high, classes, notes, choices.labels is not None)
