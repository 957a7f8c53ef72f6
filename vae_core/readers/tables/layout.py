"""Detect the layout of a table: comments, titles, separator, header and units."""

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from vae_core.readers.limits import COLUMNS
from vae_core.readers.schema import Notes, listed, shown
from vae_core.readers.tables.number_formats import is_missing, is_number
from vae_core.readers.tables.text import LONGEST_CELL, lines_of

_SEPARATORS = ";\t|,"  # where two fit alike, a comma may be a decimal point
_COMMENTS = ("#", "%", "//")
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_FEWEST_LINES, _MOST_LINES = 20, 300
_LETTERS, _MOST_LETTERS = 20_000, 1_000_000  # by which a table is judged
_CELLS = 500  # of each line by which a separator is chosen
_MOST_HEADINGS = 5
_UNIT_WORDS = (
    "mm cm m km in ft mi kg g mg µg lb s ms min h d day days year years yr v mv a ma hz khz mhz k c f pa kpa bar mol n "
    "j w kw l ml % ° °c °f deg rad px usd eur a.u. au nm µm ppm ppb count counts n/a - units unit"
)
_UNITS = frozenset(_UNIT_WORDS.split())
_UNIT_SIGNS = re.compile(r"^[(\[].*[)\]]$|[/%°²³µ^·]")

csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True)
class Layout:
    """The separator, the columns' names ("" for none), whether a header gave them, and the lines above the rows."""

    separator: str
    names: list[str]
    named: bool
    skip: int

    @property
    def width(self) -> int:
        return len(self.names)


def layout_of(text: io.TextIOWrapper, notes: Notes) -> Layout:
    """Detect the layout of the table in a text; what is skipped is said in `notes`.

    Raises ValueError if there are no rows.
    """
    text.seek(0)
    lines = _head(text)
    given, comments, above = _preamble(lines)
    body = lines[above:]
    separator = given or _separator("".join(body))
    rows = _numbered(body, separator)
    if not rows:
        raise ValueError("it has no rows")
    lengths = [len(row) for row, _ in rows]
    width = max(lengths, key=lengths.count)
    if width > 2 * COLUMNS:
        raise ValueError(f"its rows have {width:,} numbers, expected at most {COLUMNS:,}")
    rows = [(fitted(row, width), end) for row, end in rows]
    start = next(i for i, (row, _) in enumerate(rows) if len(row) == width)
    names, top, begin = _names([row for row, _ in rows], start, width, notes)
    if names is None and comments and len(last := _cells(comments[-1], separator)) == width:
        names = last if not any(map(is_number, last)) else None
    if comments:
        notes.found.append(f"Skipped: {_lines(len(comments))} of comments above the table.")
    if titles := [" ".join(row).strip() for row, _ in rows[:top]]:
        notes.found.append(f"Skipped: {_lines(len(titles))} above the table, {listed(titles)}.")
    skip = above + (rows[begin - 1][1] if begin else 0)
    return Layout(separator, names if names is not None else [""] * width, names is not None, skip)


def body_lines(text: io.TextIOWrapper, layout: Layout) -> Iterator[str]:
    """Yield the lines of the rows, below the header."""
    text.seek(0)
    return islice(lines_of(text), layout.skip, None)


def rows_of(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    """Yield the rows that are not empty. Raises ValueError where one cannot be read."""
    return (row for row, _ in _rows(lines, separator))


def fitted(row: list[str], width: int) -> list[str]:
    """The row without the empty cells that it has more than others, as separators at the ends of lines make them."""
    return row[:width] if len(row) > width and not any(map(str.strip, row[width:])) else row


def column_names(names: list[str]) -> list[str]:
    """Names of the columns as they may stand in a sentence, each another one."""
    seen: Counter[str] = Counter()
    made = []
    for i, cell in enumerate(names):
        name = shown(cell.strip()) if cell.strip() else f"column {i + 1}"
        seen[name] += 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made


def _head(text: io.TextIOWrapper) -> list[str]:
    """The first lines, enough of them to judge the table by."""
    lines, letters = [], 0
    for line in islice(lines_of(text), _MOST_LINES):
        lines.append(line)
        letters += len(line)
        if letters > _LETTERS and (len(lines) >= _FEWEST_LINES or letters > _MOST_LETTERS):
            break
    return lines


def _preamble(lines: list[str]) -> tuple[str | None, list[str], int]:
    """The separator that the first line names, the comments without their mark, and how many lines they take."""
    given, comments = None, []
    for above, line in enumerate(lines):
        bare = line.strip().lstrip("\ufeff").strip('"')
        if above == 0 and (named := _SEP_LINE.fullmatch(line.lstrip("\ufeff"))):
            given = named.group(1)
        elif bare.startswith(_COMMENTS):
            comments.append(bare.lstrip("#%/ \t"))
        elif bare:
            return given, comments, above
    return given, comments, len(lines)


def _separator(head: str) -> str:
    """The separator under which the first rows are equally long and are numbers; spaces or a comma if none is."""
    fits = {each: _fit(head, each) for each in _SEPARATORS}
    best = max(fits, key=fits.get)
    if any(fits[best]):
        return best
    return " " if any(_fit(head, " ")) else ","


def _fit(head: str, separator: str) -> tuple[float, float]:
    """How well a separator fits: the share of rows of the usual length times that of numbers, and the former alone."""
    tried = [row for row, _ in _numbered(head.splitlines(keepends=True), separator)]
    lengths = [len(row) for row in tried]
    usual = max(lengths, key=lengths.count, default=0)
    if usual < 2 or (usual == 2 and separator == "," and len(tried[0]) == 1 and lengths.count(1) == 1):
        return 0, 0  # one name above numbers such as 1,651
    alike = lengths.count(usual) / len(lengths)
    cells = [cell for row in tried for cell in row[:_CELLS]]
    return alike * sum(map(is_number, cells)) / len(cells), alike


def _numbered(lines: list[str], separator: str) -> list[tuple[list[str], int]]:
    """The rows of the first lines, each with the number of the line where it ends, up to one that cannot be read."""
    found: list[tuple[list[str], int]] = []
    with contextlib.suppress(ValueError):
        found.extend(_rows(lines, separator))
    return found


def _rows(lines: Iterable[str], separator: str) -> Iterator[tuple[list[str], int]]:
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield [cell for cell in row if cell] if separator == " " else row, reader.line_num
    except csv.Error as error:
        fault = f"{error}"
        if "field larger" in fault:
            fault = f"it has a cell of more than {LONGEST_CELL:,} letters: a quotation mark may not be closed"
        raise ValueError(f"line {reader.line_num:,} of the rows cannot be read: {fault}") from None


def _cells(line: str, separator: str) -> list[str]:
    return next((row for row, _ in _numbered([line], separator)), [])


def _names(rows: list[list[str]], start: int, width: int, notes: Notes) -> tuple[list[str] | None, int, int]:
    """The names that the header gives, None without one; the numbers of the header's first row and of that below it.

    `start` is the first row that is as long as the others.
    """
    full = [row for row in rows[start:] if len(row) == width]
    below = max((sum(map(is_number, row)) for row in full[1:8]), default=0)
    if not _is_header(full[0], full[1:2], below):
        above = rows[start - 1] if start else []
        if len(above) == width - 1 and _is_header(above, full[:1], below):
            blank = not any(row[-1].strip() for row in full)  # a separator ends each row, else R names its rows
            return ([*above, ""] if blank else ["", *above]), start - 1, start
        return None, start, start
    at = start
    while at - start < _MOST_HEADINGS and not _is_complete(rows[at], width) and _is_words(rows, at + 1, width, below):
        at += 1
    if width > 1 and not _is_complete(rows[at], width):
        at = start
    names, top = rows[at], at
    if _is_words(rows, at + 1, width, below) and _is_units(rows[at + 1]):
        at += 1
        notes.found.append(f"Skipped: the units {listed([cell for cell in rows[at] if cell.strip()])}.")
    return names, top, at + 1


def _is_header(row: list[str], next_rows: list[list[str]], below: int) -> bool:
    """Whether a row names the columns: it has no numbers, or fewer than those below, or numbers that count."""
    count = sum(is_number(cell) and not is_missing(cell) for cell in row)
    return count == 0 or count < below - 1 or (_counts(row) and not any(map(_counts, next_rows)))


def _counts(row: list[str]) -> bool:
    """Whether the numbers of a row rise in equal steps, as columns are numbered, or as years or wavelengths are.

    From 0 or 1 two are enough, three beside a word, and eight otherwise: rows of data hardly ever do.
    """
    cells = [cell.strip() for cell in row]
    found = [cell for cell in cells if re.fullmatch(r"\d+(?:\.\d+)?", cell, re.ASCII)]
    if len(found) < 2:
        return False
    if any(found == [str(k + first) for k in range(len(found))] for first in (0, 1)):
        return True
    words = sum(bool(cell) and not is_number(cell) for cell in cells)
    step = float(found[1]) - float(found[0])
    steps = [float(b) - float(a) for a, b in pairwise(found)]
    even = step > 0 and all(abs(each - step) < 1e-6 * max(1.0, abs(float(found[-1]))) for each in steps)
    years = all(cell.isdigit() and 1500 <= int(cell) <= 2200 for cell in found)
    return even and (len(found) >= 8 or (len(found) >= 3 and (years or (words > 0 and found[0].isdigit()))))


def _is_words(rows: list[list[str]], at: int, width: int, below: int) -> bool:
    """Whether a row has no numbers, though those below it do."""
    return (
        below > 0
        and at < len(rows) - 1
        and len(rows[at]) == width
        and not any(is_number(cell) and not is_missing(cell) for cell in rows[at])
    )


def _is_complete(row: list[str], width: int) -> bool:
    """Whether each column has a name of its own; in a table of one column the last line of words is the name."""
    names = [cell.strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    return width > 1 and len(names) >= width - 1 and all(names[1:]) and len(set(names)) == len(names)


def _is_units(row: list[str]) -> bool:
    cells = [cell.strip() for cell in row if cell.strip()]
    known = [cell for cell in cells if cell.lower() in _UNITS or (len(cell) <= 16 and _UNIT_SIGNS.search(cell))]
    return bool(cells) and 2 * len(known) > len(cells) and all(len(cell) <= 24 for cell in cells)


def _lines(count: int) -> str:
    return f"{count} line" if count == 1 else f"{count} lines"
