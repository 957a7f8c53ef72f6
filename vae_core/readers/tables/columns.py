"""Read the columns of a table once, compactly, and detect their types: numbers, words, dates, nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby, islice

import numpy as np

from vae_core.readers.limits import CLASSES, CLEANED
from vae_core.readers.schema import shown
from vae_core.readers.tables.layout import Layout, fitted, rows_of
from vae_core.readers.tables.number_formats import (
    PLAIN,
    Cells,
    Reading,
    Style,
    is_missing,
    pieces,
    plain_values,
    reading_of,
    tidied,
    values_of,
)

_PART = 100_000  # cells that are looked at together
_ROW, _VALUE = 64, 8  # bytes that a row takes beside its values, and each of these
_NEARLY_ALL = 0.9
_SAMPLE = 1000  # values, in which there are mostly too many different ones already
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?:[T ]\d{1,2}:\d{2}.*)?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?: .*)?"
    r"|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?|\d{4}[- ]?[qmw]\d{1,2}"
    r"|(?:\d{1,2}\.?[- ])?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[- ,]*(?:\d{1,2}[, ]+)?\d{2,4}"
    r"|\d{4}[- ](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*",
    re.IGNORECASE | re.ASCII,
)
_TRAILING = re.compile(r" +$", re.MULTILINE)
_SOMETHING = re.compile(r"\w")


@dataclass
class Table:
    """All rows of the usual width: blocks of plain whole numbers [n, P], or of texts, one for each column."""

    names: list[str]
    named: list[bool]  # whether the header names each
    blocks: list[np.ndarray | list[str]] = field(default_factory=list)
    count: int = 0
    odd: int = 0  # rows of another width
    known: dict[int, np.ndarray] = field(default_factory=dict)  # the values of columns that are plain numbers

    def texts(self, column: int) -> list[str]:
        return [block[column] for block in self.blocks if isinstance(block, list)]

    def wholes(self, column: int) -> list[np.ndarray]:
        return [block[:, column] for block in self.blocks if isinstance(block, np.ndarray)]

    def words(self, column: int) -> list[str]:
        """Every cell of a column, as it may stand in a sentence."""
        return [shown(cell) for cell in self.cells(column)]

    def cells(self, column: int) -> Iterator[str]:
        for block in self.blocks:
            yield from block[column].split("\n") if isinstance(block, list) else map(str, map(int, block[:, column]))

    def values(self, column: int, style: Style, is_sure: bool) -> np.ndarray:
        """float64 [N], NaN where a cell is missing or no number; `is_sure` as its reading says."""
        if style == PLAIN and column in self.known:
            return self.known.pop(column)
        found: list[np.ndarray] = []
        for is_text, blocks in groupby(self.blocks, lambda block: isinstance(block, list)):
            if is_text:
                joined = pieces(block[column] for block in blocks)
                found += [values_of(tidied(piece), style, is_sure) for piece in joined]
            else:
                found += [block[:, column].astype(np.float64) for block in blocks]
        values = np.concatenate(found)
        values[~np.isfinite(values)] = np.nan
        return values


def read_columns(lines: Iterator[str], layout: Layout, names: list[str], named: list[bool]) -> Table:
    """Read all rows. Raises ValueError where one cannot be read or they take more than their share of memory."""
    table = Table(names, named)
    width, separator = layout.width, layout.separator
    whole = re.compile(rf"[-\d{re.escape(separator)}\r\n]*", re.ASCII) if separator != " " else None
    at_once = max(1, _PART // width)
    quoted = False
    while part := list(islice(lines, at_once)):
        text = "".join(part)
        if not table.count and len(part) == at_once and not _SOMETHING.search(text):
            raise ValueError(f"none of its first {len(part):,} rows holds a value")
        block = _whole_numbers(part, separator, width) if whole is not None and whole.fullmatch(text) else None
        if block is not None:
            _add(table, block, len(block), width)
            continue
        quoted = quoted or '"' in text
        if quoted:  # a cell may go on beyond the part
            for rows in _batches(rows_of(chain(part, lines), separator), at_once):
                _add_rows(table, rows, width)
            break
        _add_rows(table, list(rows_of(part, separator)), width)
    return table


def _batches(rows: Iterator[list[str]], size: int) -> Iterator[list[list[str]]]:
    while part := list(islice(rows, size)):
        yield part


def _whole_numbers(lines: list[str], separator: str, width: int) -> np.ndarray | None:
    """[n, width], in few bytes, of lines that hold nothing but whole numbers and separators; None where they do not."""
    if not any(map(str.strip, lines)):
        return None
    try:
        values = np.loadtxt(lines, delimiter=separator, ndmin=2, comments=None)
    except ValueError:  # cells are missing, or rows are of other lengths
        return None
    if values.shape[1] != width:
        return None
    high = np.abs(values).max()
    return values.astype(np.int16 if high < 2**15 else np.int32 if high < 2**31 else np.float64)


def _add_rows(table: Table, rows: list[list[str]], width: int) -> None:
    rows = [fitted(row, width) for row in rows]
    good = [row for row in rows if len(row) == width]
    table.odd += len(rows) - len(good)
    if good:
        columns = [_joined(column) for column in zip(*good, strict=True)]
        _add(table, columns, len(good), width)


def _joined(cells: tuple[str, ...]) -> str:
    """Cells in lines, without spaces around them and without line feeds of their own."""
    text = "\n".join(cells)
    if text.count("\n") >= len(cells):
        text = "\n".join(" ".join(cell.split()) for cell in cells)
    return _TRAILING.sub("", text) if " \n" in text or text.endswith(" ") else text


def _add(table: Table, block: np.ndarray | list[str], count: int, width: int) -> None:
    table.count += count
    taken = table.count * (width * _VALUE + _ROW)
    if taken > CLEANED:
        most = CLEANED // (width * _VALUE + _ROW)
        raise ValueError(
            f"it has more than {most:,} rows of {width:,} columns, which take {CLEANED / 1e6:.0f} MB: take fewer rows"
        )
    table.blocks.append(block)


@dataclass(frozen=True)
class Column:
    """What a column holds. `reading` is there for numbers; `kinds` are its different words, up to a few more than there
    may be classes.
    """

    kind: str  # empty, numbers, dates or words
    present: int  # cells that are not missing
    reading: Reading | None = None
    kinds: int = 0


def columns_of(table: Table) -> list[Column]:
    """Detect the type of each column."""
    return [_column(table, i) for i in range(len(table.names))]


def _column(table: Table, i: int) -> Column:
    cells, wholes = Cells([tidied(text) for text in table.texts(i)]), table.wholes(i)
    if not wholes and (values := plain_values(cells)) is not None:
        values[~np.isfinite(values)] = np.nan
        table.known[i] = values
        present = int(np.count_nonzero(~np.isnan(values)))
        return Column("numbers", present, Reading((PLAIN,), present)) if present else Column("empty", 0)
    present = table.count - cells.count_missing()
    if not present:
        return Column("empty", 0)
    whole = sum(map(len, wholes))
    large = sum(int((np.abs(part) >= 10_000).sum()) for part in wholes)
    reading = reading_of(cells, whole, large)
    if reading.numbers >= _NEARLY_ALL * present:
        return Column("numbers", present, reading)
    kinds = [cell for cell in dict.fromkeys(table.cells(i)) if not is_missing(cell)]
    dates = sum(bool(_DATE.fullmatch(word)) for word in islice(kinds, 1000))
    kind = "dates" if dates >= _NEARLY_ALL * min(len(kinds), 1000) else "words"
    return Column(kind, present, None, len(kinds))


def styles_of(table: Table, columns: list[Column], separator: str, wish: str) -> tuple[list[Style | None], list[int]]:
    """How the numbers of each column are written, and the columns that can be read in two ways with no other to tell.

    Columns that leave no doubt decide for those that do.
    """
    sure = {
        c.reading.styles[0].point
        for i, c in enumerate(columns)
        if c.reading and not c.reading.is_open and _marked(table, i)
    }
    point = sure.pop() if len(sure) == 1 else "." if separator == "," and not sure else ""
    styles, asked = [], []
    for i, column in enumerate(columns):
        if column.reading is None:
            styles.append(None)
            continue
        if not column.reading.is_open:
            styles.append(column.reading.styles[0])
            continue
        thousands, decimal = _both(column.reading.styles)
        style = next((each for each in (thousands, decimal) if each.point == point), None)
        if style is None or wish != "auto":
            asked.append(i)
            is_usual = thousands.group == "," or thousands.group in column.reading.ungrouped
            usual = thousands if is_usual else decimal
            style = {"thousands": thousands, "decimal": decimal}.get(wish, usual)
        styles.append(style)
    return styles, asked


def _both(styles: tuple[Style, ...]) -> tuple[Style, Style]:
    """The style in which the marks part thousands, and that in which they are decimal points."""
    thousands = next((style for style in styles if style.group), styles[0])
    return thousands, next((style for style in styles if style is not thousands), styles[-1])


def _marked(table: Table, i: int) -> bool:
    """Whether a column has a decimal point or comma at all."""
    return any("." in text or "," in text for text in table.texts(i))


def counts_up(values: np.ndarray) -> bool:
    """Return whether a column is the number of its row, from any first number on."""
    first = values[0]
    return bool(len(values) > 1 and float(first).is_integer() and (values == first + np.arange(len(values))).all())


def are_names(values: np.ndarray) -> bool:
    """Return whether whole numbers could be names of the rows: each occurs once."""
    return bool(
        np.isfinite(values).all() and (values == np.rint(values)).all() and len(np.unique(values)) == len(values)
    )


def few_values(column: np.ndarray) -> bool:
    """Whether whole numbers have so few values, each twice or more on average, that they could be classes."""
    known = column[np.isfinite(column)]
    if not len(known) or (known != np.rint(known)).any():
        return False
    most = min(CLASSES, len(known) // 2)
    return len(np.unique(known[:_SAMPLE])) <= most and 1 < len(np.unique(known)) <= most
