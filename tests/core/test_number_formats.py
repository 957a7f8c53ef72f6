"""Cells are looked at by their shapes, many at a time: the answers are those of looking at each cell."""

import math
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae_core.readers.tables.number_formats import COMMA, PLAIN, Cells, Style, is_missing, reading_of, values_of

STYLES = [PLAIN, COMMA, *(Style(group, point) for group in (",", ".", "'", " ") for point in ".," if group != point)]
WORDS = st.sampled_from(
    ["", "NA", "-", "abc", "n/a", "ä", "1,234", "0,234", "12,34", "10.000", "1.234.567", "1e5", "."]
)
CELLS = st.lists(WORDS | st.text("0123456789.,' -", max_size=8).map(str.strip), min_size=1, max_size=12)


def value(cell: str, style: Style) -> float:
    if style.group:
        cell = re.sub(rf"(?<=\d){re.escape(style.group)}(?=\d{{3}}(?!\d))", "", cell)
    if style.point == ",":
        cell = cell.replace(".", "x").replace(",", ".")
    return float(cell) if PLAIN.cell.fullmatch(cell) and any(map(str.isdigit, cell)) else math.nan


@given(CELLS, st.sampled_from(STYLES))
def test_each_cell_has_the_value_that_it_has_alone(cells: list[str], style: Style) -> None:
    np.testing.assert_array_equal(values_of("\n".join(cells), style), [value(cell, style) for cell in cells])


@given(CELLS)
def test_cells_are_counted_by_their_shapes(cells: list[str]) -> None:
    column = Cells(["\n".join(cells[:3]), *cells[3:]])
    assert column.count_missing() == sum(map(is_missing, cells))
    reading = reading_of(column, 0, 0)
    for style in reading.styles:
        assert reading.numbers == sum(style.cell.fullmatch(cell) is not None for cell in cells)
        for text in column.texts:
            np.testing.assert_array_equal(values_of(text, style, reading.is_sure), values_of(text, style))
