"""Detect number formats: which mark separates thousands and which is the decimal point, from all cells.

Cells come joined by line feeds, many at a time: regular expressions then look at all of them at once.
"""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_MISSING = (
    "", "na", "n/a", "n.a.", "nan", "null", "none", "-", "--", "?", ".", "..", "inf", "-inf", "+inf", "infinity",
    "#n/a", "#value!", "#div/0!", "missing",
)  # fmt: skip
_MISSING_WORDS = frozenset(_MISSING)
_MISSING_CELL = re.compile(rf"^(?:{'|'.join(map(re.escape, _MISSING))})$", re.MULTILINE | re.IGNORECASE)
_ANY_NUMBER = re.compile(
    r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+|\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d+)?)(?:[eE][+-]?\d+)?", re.ASCII
)
_SPACES = str.maketrans({"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " ",
                         "\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{MINUS SIGN}": "-"})  # fmt: skip
# A cell with a point that cannot part thousands: no digit or a zero before it, or not three digits after it.
_SURELY_DECIMAL = re.compile(r"^[+-]?(?:0\d*|\d{5,})?\.\d|^[+-]?\d+\.(?:\d{0,2}|\d{4,})(?:[eE]|$)|[eE]", re.MULTILINE)
_TWO_POINTS = re.compile(r"\.\d+\.")
_UNGROUPED = 10_000  # whole numbers from here on are grouped where any are


@dataclass(frozen=True)
class Style:
    """How numbers are written: the mark between thousands, "" for none, and the decimal point."""

    group: str = ""
    point: str = "."

    @property
    def cell(self) -> re.Pattern[str]:
        """One number written so, on a line of its own. Numbers below 10,000 may do without a mark."""
        whole = r"\d*"
        if self.group:
            whole = rf"(?:\d{{1,4}}|[1-9]\d{{0,2}}(?:{re.escape(self.group)}\d{{3}})+)"
        point = re.escape(self.point)
        return re.compile(rf"^[+-]?(?=[\d{point}]){whole}(?:{point}\d*)?(?:[eE][+-]?\d+)?$", re.MULTILINE | re.ASCII)


PLAIN, COMMA = Style(), Style(point=",")
_THOUSANDS, _POINT_THOUSANDS = Style(",", "."), Style(".", ",")


def tidied(cells: str) -> str:
    """The cells with one kind of space, apostrophe and minus."""
    return cells if cells.isascii() else cells.translate(_SPACES)


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in _MISSING_WORDS


def is_number(cell: str) -> bool:
    """Return whether a cell is missing or could be a number in any country."""
    cell = tidied(cell).strip()
    return cell.lower() in _MISSING_WORDS or _ANY_NUMBER.fullmatch(cell) is not None


def count_missing(cells: str) -> int:
    return len(_MISSING_CELL.findall(cells))


@dataclass(frozen=True)
class Reading:
    """The styles that fit a column best. Two when all its cells are numbers in both, and not the same ones."""

    styles: tuple[Style, ...]
    numbers: int  # cells that are numbers in the first of them
    grouped: bool = False  # whether a mark between thousands or a comma occurs

    @property
    def is_open(self) -> bool:
        return len(self.styles) > 1


def reading_of(texts: Sequence[str], whole: int, large: int) -> Reading:
    """How a column is read: `texts` are its cells, beside `whole` plain whole numbers, of which `large` are not below
    10,000.
    """
    marks = _marks(texts)
    if marks <= {"."} and _is_decimal(texts):
        return Reading((PLAIN,), whole + _count(texts, PLAIN))
    counts = {}
    for style in _candidates(marks):
        counts[style] = _count(texts, style) + whole - (large if style.group else 0)
    best = max(counts.values())
    return Reading(tuple(style for style, count in counts.items() if count == best), best, bool(marks - {"."}))


def _marks(texts: Sequence[str]) -> set[str]:
    """The marks that occur between digits; commas and apostrophes anywhere."""
    marks = {mark for mark in ",'" if any(mark in text for text in texts)}
    return marks | {mark for mark in ". " if any(re.search(rf"\d{re.escape(mark)}\d", text) for text in texts)}


def plain_values(texts: Sequence[str]) -> np.ndarray | None:
    """float64 of all cells where each is missing or a plain number whose point is a decimal point, else None."""
    if any("," in text for text in texts) or not _is_decimal(texts):
        return None
    with contextlib.suppress(ValueError):
        return np.concatenate([_plain(text) for text in texts])
    return None


def _plain(cells: str) -> np.ndarray:
    """float64 of plain numbers, NaN where there is nothing. Raises ValueError for anything else."""
    with contextlib.suppress(ValueError):
        return np.array(cells.split("\n"), np.float64)
    return np.array([cell or "nan" for cell in cells.split("\n")], np.float64)


def _is_decimal(texts: Sequence[str]) -> bool:
    """Whether the points of a column that has no other marks are decimal points for sure."""
    points = [text for text in texts if "." in text]
    if any(_TWO_POINTS.search(text) for text in points):
        return False
    return not points or any(_SURELY_DECIMAL.search(text) for text in points)


def _candidates(marks: set[str]) -> list[Style]:
    """The styles in which such marks can stand."""
    if parting := sorted(marks & {"'", " "}):
        return [Style(mark, point) for mark in parting for point in (".", ",") if point == "." or "," in marks]
    if marks == {","}:
        return [_THOUSANDS, COMMA]
    if marks == {"."}:
        return [PLAIN, _POINT_THOUSANDS]
    return [_THOUSANDS, _POINT_THOUSANDS] if marks else [PLAIN]


def _count(texts: Sequence[str], style: Style) -> int:
    return sum(len(style.cell.findall(text)) for text in texts)


def example(texts: Sequence[str], style: Style) -> str:
    """A cell in which a mark decides: one with a mark between thousands if there is any, else one with a comma."""
    marks = [style.group] if style.group else [style.point]
    pattern = re.compile(rf"^[^\n]*\d[{re.escape(''.join(marks))}]\d[^\n]*$", re.MULTILINE)
    found = next((match for text in texts if (match := pattern.search(text))), None)
    return found.group().strip() if found else ""


def values_of(cells: str, style: Style) -> np.ndarray:
    """Parse the cells as float64, NaN where one is missing or no number in this style."""
    if style.group:
        cells = re.sub(rf"(?<=\d){re.escape(style.group)}(?=\d{{3}}(?!\d))", "", cells)
    if style.point == ",":
        cells = cells.replace(".", "\N{REPLACEMENT CHARACTER}").replace(",", ".")
    with contextlib.suppress(ValueError):
        return _plain(cells)
    return np.array([_number(cell) for cell in cells.split("\n")], np.float64)


def _number(cell: str) -> float:
    return float(cell) if PLAIN.cell.fullmatch(cell) else float("nan")
