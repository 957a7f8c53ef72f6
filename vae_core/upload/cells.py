"""The cells of a CSV that nobody vouches for: letters, separator, header, which columns are numbers."""

import contextlib
import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, TextIO

import numpy as np

from vae_core.upload.cleaned import MOST_CLASSES, Notes, shown

MOST_COLUMNS = 4096
_MOST_BYTES = 1 << 25
_LONGEST_CELL, _LONGEST_LINE = 256, 1 << 18  # letters
_SEPARATORS = ";\t|,"  # where two fit alike, a comma may be a decimal point
_TRIED = 20_000  # letters by which a separator is chosen
_MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "-", "?", "inf", "-inf", "+inf", "infinity"))

csv.field_size_limit(_LONGEST_CELL)


def text(file: BinaryIO, notes: Notes) -> io.TextIOWrapper:
    """The file as text, in the first encoding that all of it is in."""
    file.seek(0)
    raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise ValueError(f"it is more than {_MOST_BYTES >> 20} MiB of text, expected less")
    if not raw.strip():
        raise ValueError("it is empty")
    if b"\0" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("it is neither a zip archive, an .npz or .npy file nor a CSV of numbers")
    for encoding in ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            raw.decode(encoding)
            return io.TextIOWrapper(io.BytesIO(raw), encoding, newline="")
        except UnicodeError:
            notes.warnings.append("Its letters are not UTF-8: some names may look wrong.")
    raise ValueError("it is neither a zip archive, an .npz or .npy file nor a CSV of numbers")


def separator(lines: io.TextIOWrapper) -> str:
    """The separator under which the first rows are equally long and are numbers; spaces or a comma if none is."""
    head = lines.read(_TRIED)
    lines.seek(0)
    head = head[: head.rfind("\n") + 1] or head  # whole lines
    fits = {each: _fit(head, each) for each in _SEPARATORS}
    best = max(fits, key=fits.get)
    if any(fits[best]):
        return best
    return " " if any(_fit(head, " ")) else ","


def _fit(head: str, separator: str) -> tuple[float, float]:
    """How well a separator fits: the share of rows of the usual length times that of numbers, and the former alone."""
    tried: list[list[str]] = []
    with contextlib.suppress(ValueError):  # of a row that cannot be read; those before it count
        tried.extend(rows(io.StringIO(head, newline=""), separator))
    lengths = [len(row) for row in tried]
    usual = max(lengths, key=lengths.count, default=0)
    if usual < 2:
        return 0, 0
    alike = lengths.count(usual) / len(lengths)
    numbers = sum(_is_number(cell, separator != ",") for row in tried for cell in row) / sum(lengths)
    return alike * numbers, alike


def rows(lines: TextIO, separator: str) -> Iterator[list[str]]:
    """The rows that are not empty. Raises ValueError where one cannot be read."""
    reader = csv.reader(_capped(lines), delimiter=separator, skipinitialspace=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield [cell for cell in row if cell] if separator == " " else row
    except csv.Error as error:
        fault = "it has a cell of more than 256 letters" if "field larger" in str(error) else f"{error}"
        raise ValueError(f"line {reader.line_num:,} cannot be read: {fault}") from None


def _capped(lines: TextIO) -> Iterator[str]:
    while line := lines.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise ValueError(
                f"it has a line of more than {_LONGEST_LINE:,} letters, expected at most {MOST_COLUMNS:,} columns"
            )
        yield line


def _number(cell: str, comma: bool) -> float:
    """The value of a cell; NaN for a missing one. Raises ValueError for any other word."""
    cell = cell.strip()
    if cell.lower() in _MISSING:
        return float("nan")
    if comma and "," in cell and "." not in cell:
        cell = cell.replace(",", ".")
    return float(cell)


def _is_number(cell: str, comma: bool) -> bool:
    try:
        _number(cell, comma)
    except ValueError:
        return False
    return True


def header(first: list[str], head: list[list[str]], comma: bool) -> tuple[list[str], list[list[str]]]:
    """Names of the columns, and the rows looked at; the first row is one of them unless it is a header."""
    count = sum(_is_number(cell, comma) and bool(cell.strip()) for cell in first)
    below = max((sum(_is_number(cell, comma) for cell in row) for row in head[:5]), default=0)
    if count == 0 or count < below - 1 or _is_run(first):
        seen: Counter[str] = Counter()
        names = []
        for i, cell in enumerate(first):
            name = shown(cell.strip()) if cell.strip() else f"column {i + 1}"
            seen[name] += 1
            names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
        return names, head
    return [f"column {i + 1}" for i in range(len(first))], [first, *head]


def _is_run(first: list[str]) -> bool:
    """Whether the numbers of a row count from 0 or 1, two or more, as columns that nobody has named are numbered."""
    found = [cell.strip() for cell in first if _is_number(cell, False) and cell.strip()]
    return len(found) > 1 and any(found == [str(k + start) for k in range(len(found))] for start in (0, 1))


def numeric(head: list[list[str]], columns: int, comma: bool) -> list[bool]:
    """Whether nearly all cells of each column, as far as looked at, are numbers."""
    full = [row for row in head if len(row) == columns]
    if not full:
        raise ValueError("its rows do not have as many columns as its first line")
    return [sum(_is_number(row[i], comma) for row in full) >= 0.9 * len(full) for i in range(columns)]


def few_values(column: np.ndarray) -> bool:
    """Whether whole numbers have so few values, each twice or more on average, that they could be classes."""
    if (column != np.rint(column)).any():
        return False
    return 1 < len(np.unique(column)) <= min(MOST_CLASSES, len(column) // 2)


def numbers(cells: list[list[str]], comma: bool) -> np.ndarray:
    """float64, NaN where a cell is missing or no number."""
    for made in (cells, ([cell or "nan" for cell in row] for row in cells)):
        with contextlib.suppress(ValueError):
            return np.array(list(made), np.float64)
    return np.array([[_or_nan(cell, comma) for cell in row] for row in cells], np.float64)


def _or_nan(cell: str, comma: bool) -> float:
    try:
        return _number(cell, comma)
    except ValueError:
        return float("nan")
