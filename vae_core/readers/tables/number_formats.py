"""Detect number formats: which mark separates thousands and which is the decimal point, from all cells.

Cells come joined by line feeds, many at a time. All that is asked of a format depends on the shape of a cell, in which
each digit is the same: a column of many numbers has few shapes, and regular expressions look at each of them once.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

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
_ALIKE = {"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " ",
          "\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{MINUS SIGN}": "-"}  # fmt: skip
_NUMERIC = re.compile(r"[\d+\-.,' eE]+", re.ASCII)
_LONGEST = max(map(len, _MISSING))
_IN_WORDS = np.array([chr(n) not in "0123456789+-.,' eE\n" for n in range(256)])  # letters, as UTF-8
_ONES = bytes.maketrans(b"23456789", b"11111111")
_ZERO, _ONE = b"01"
_PIECE = 1 << 20  # letters that are looked at together
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
    if not cells.isascii():
        for other, usual in _ALIKE.items():
            cells = cells.replace(other, usual)
    return cells


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in _MISSING_WORDS


def is_number(cell: str) -> bool:
    """Return whether a cell is missing or could be a number in any country."""
    cell = tidied(cell).strip()
    return cell.lower() in _MISSING_WORDS or _ANY_NUMBER.fullmatch(cell) is not None


@dataclass(frozen=True)
class Cells:
    """The cells of a column, tidied, in texts joined by line feeds."""

    texts: list[str]

    @cached_property
    def shapes(self) -> Counter[str]:
        """How many cells have each shape: every digit is a 1, but a 0 that begins a number stays."""
        found: Counter[str] = Counter()
        for piece in pieces(self.texts):
            found.update(_shaped(piece).split("\n"))
        return found

    @cached_property
    def is_decimal(self) -> bool:
        """Whether the points of a column that has no other marks are decimal points for sure."""
        points = [text for text in self.texts if "." in text]
        if not points:
            return True
        if _SURELY_DECIMAL.search(points[0]):
            return not any(map(_TWO_POINTS.search, points))
        shapes = [shape for shape in self.shapes if "." in shape]
        if any(map(_TWO_POINTS.search, shapes)):
            return False
        return any("e" in text or "E" in text for text in points) or any(map(_SURELY_DECIMAL.search, shapes))

    def count_missing(self) -> int:
        return sum(n for shape, n in self.shapes.items() if len(shape) <= _LONGEST and _MISSING_CELL.fullmatch(shape))


def pieces(texts: Iterable[str]) -> Iterator[str]:
    """The cells of several texts in fewer ones, each of about a million letters or more."""
    some: list[str] = []
    letters = 0
    for text in texts:
        some.append(text)
        letters += len(text)
        if letters >= _PIECE:
            yield "\n".join(some)
            some, letters = [], 0
    if some:
        yield "\n".join(some)


def _shaped(cells: str) -> str:
    letters = np.frombuffer(cells.encode().translate(_ONES), np.uint8).copy()
    within = letters == _ZERO
    within[:1] = False
    within[1:] &= (letters[:-1] | 1) == _ONE  # after another digit
    letters[within] = _ONE
    return letters.tobytes().decode()


@dataclass(frozen=True)
class Reading:
    """The styles that fit a column best. Two when all its cells are numbers in both, and not the same ones."""

    styles: tuple[Style, ...]
    numbers: int  # cells that are numbers in the first of them
    grouped: bool = False  # whether a mark between thousands or a comma occurs
    ungrouped: frozenset[str] = frozenset()  # the marks between thousands that some cells lack
    is_sure: bool = False  # whether all cells of nothing but digits and marks are numbers in each of them

    @property
    def is_open(self) -> bool:
        return len(self.styles) > 1


def reading_of(cells: Cells, whole: int, large: int) -> Reading:
    """How a column is read: `cells`, beside `whole` plain whole numbers, of which `large` are not below 10,000."""
    marks = _marks(cells.texts)
    numeric = {shape: count for shape, count in cells.shapes.items() if _NUMERIC.fullmatch(shape)}
    have_digits = all("0" in shape or "1" in shape for shape in numeric)
    is_plain = marks <= {"."} and cells.is_decimal
    counts = {style: _count(numeric, style) for style in ([PLAIN] if is_plain else _candidates(marks))}
    totals = {style: count + whole - (large if style.group else 0) for style, count in counts.items()}
    best = max(totals.values())
    styles = tuple(style for style, total in totals.items() if total == best)
    groups = {style.group for style in styles if style.group}
    ungrouped = {mark for mark in groups if whole or any(shape and mark not in shape for shape in cells.shapes)}
    is_sure = have_digits and all(counts[style] == sum(numeric.values()) for style in styles)
    return Reading(styles, best, bool(marks - {"."}), frozenset(ungrouped), is_sure)


def _marks(texts: list[str]) -> set[str]:
    """The marks that occur between digits; commas and apostrophes anywhere."""
    marks = {mark for mark in ",'" if any(mark in text for text in texts)}
    for mark in ". ":
        between = re.compile(rf"\d{re.escape(mark)}\d")
        if any(mark in text and between.search(text) for text in texts):
            marks.add(mark)
    return marks


def plain_values(cells: Cells) -> np.ndarray | None:
    """float64 of all cells where each is missing or a plain number whose point is a decimal point, else None."""
    if any("," in text for text in cells.texts) or not cells.is_decimal:
        return None
    with contextlib.suppress(ValueError):
        return np.concatenate([_plain(text) for text in cells.texts])
    return None


def _plain(cells: str) -> np.ndarray:
    """float64 of plain numbers, NaN where there is nothing. Raises ValueError for anything else."""
    with contextlib.suppress(ValueError):
        return np.array(cells.split("\n"), np.float64)
    return np.array([cell or "nan" for cell in cells.split("\n")], np.float64)


def _candidates(marks: set[str]) -> list[Style]:
    """The styles in which such marks can stand."""
    if parting := sorted(marks & {"'", " "}):
        return [Style(mark, point) for mark in parting for point in (".", ",") if point == "." or "," in marks]
    if marks == {","}:
        return [_THOUSANDS, COMMA]
    if marks == {"."}:
        return [PLAIN, _POINT_THOUSANDS]
    return [_THOUSANDS, _POINT_THOUSANDS] if marks else [PLAIN]


def _count(shapes: Mapping[str, int], style: Style) -> int:
    cell = style.cell
    return sum(count for shape, count in shapes.items() if cell.fullmatch(shape))


def example(texts: Iterable[str], style: Style) -> str:
    """A cell in which a mark decides: one with a mark between thousands if there is any, else one with a comma."""
    marks = [style.group] if style.group else [style.point]
    pattern = re.compile(rf"^[^\n]*\d[{re.escape(''.join(marks))}]\d[^\n]*$", re.MULTILINE)
    found = next((match for text in texts if (match := pattern.search(text))), None)
    return found.group().strip() if found else ""


def values_of(cells: str, style: Style, is_sure: bool = False) -> np.ndarray:
    """Parse the cells as float64, NaN where one is missing or no number in this style.

    `is_sure` says that cells of nothing but digits and marks are numbers, which saves looking at them again.
    """
    if style.group:
        cells = _without_groups(cells, style.group)
    if style.point == ",":
        cells = cells.replace(".", "\N{REPLACEMENT CHARACTER}").replace(",", ".")
    numeric, words, is_numeric = _parted(cells)
    shapes = _shaped(numeric).split("\n") if numeric and not is_sure else []
    different = set(shapes)
    numbers = {shape for shape in different if PLAIN.cell.fullmatch(shape) and _is_float(shape)}
    odd = (different - numbers) | words
    if odd and all(map(_is_float, odd)):  # such as inf
        with contextlib.suppress(ValueError):
            return _plain(cells)
    if numbers != different:
        each = zip(numeric.split("\n"), shapes, strict=True)
        numeric = "\n".join([cell if shape in numbers else "nan" for cell, shape in each])
    values = np.full(len(is_numeric), np.nan)
    if numeric:
        values[is_numeric] = np.fromstring(numeric, np.float64, sep="\n")
    return values


def _is_float(shape: str) -> bool:
    """Whether Python reads what has this shape as a number."""
    try:
        float(shape)
    except ValueError:
        return False
    return True


def _parted(cells: str) -> tuple[str, set[str], np.ndarray]:
    """The cells of nothing but digits and marks, the others that are not empty, and bool [N], which the former are."""
    letters = np.frombuffer(cells.encode(), np.uint8)
    ends = letters == ord("\n")
    in_words = _IN_WORDS[letters]
    is_blank = letters.size == 0 or ends[0] or ends[-1] or (ends[1:] & ends[:-1]).any()
    if not is_blank and not in_words.any():
        return cells, set(), np.ones(np.count_nonzero(ends) + 1, bool)
    cell = np.cumsum(ends) - ends  # of each letter
    is_numeric = np.zeros(np.count_nonzero(ends) + 1, bool)
    is_numeric[cell[~ends]] = True
    is_numeric[cell[in_words]] = False
    of_numeric = is_numeric[cell]
    numeric = letters[of_numeric].tobytes().decode().removesuffix("\n")
    words = set(letters[~of_numeric].tobytes().decode().split("\n")) - {""}
    return numeric, words, is_numeric


def _is_float(shape: str) -> bool:
    """Whether Python reads what has this shape as a number."""
    try:
        float(shape)
    except ValueError:
        return False
    return True


def _without_groups(cells: str, mark: str) -> str:
    """The cells without the marks that part three digits from those before them."""
    if not cells.isascii():
        return re.sub(rf"(?<=\d){re.escape(mark)}(?=\d{{3}}(?!\d))", "", cells)
    letters = np.frombuffer(cells.encode(), np.uint8)
    at = np.flatnonzero(letters == ord(mark))
    digit = np.pad((letters >= ord("0")) & (letters <= ord("9")), (1, 4))  # digit[k + 1] is that of letter k
    parts = digit[at] & digit[at + 2] & digit[at + 3] & digit[at + 4] & ~digit[at + 5]
    return cells.replace(mark, "") if parts.all() else np.delete(letters, at[parts]).tobytes().decode()
