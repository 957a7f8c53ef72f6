"""Figures and the table that they make."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


class NotMeasured(RuntimeError):
    """A figure could not be taken; the message is one sentence."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. `holds` is None where nothing is promised, or where it could not be measured."""

    what: str
    figure: str
    bar: str = ""
    holds: bool | None = None
    measured: bool = True


def at_most(what: str, value: float, bar: float, unit: str, digits: int = 1) -> Figure:
    return Figure(what, _with(value, unit, digits), f"<= {bar:g} {unit}", round(value, digits) <= bar)


def at_least(what: str, value: float, bar: float, unit: str, digits: int = 1) -> Figure:
    return Figure(what, _with(value, unit, digits), f">= {bar:g} {unit}", value >= bar)


def told(what: str, text: str) -> Figure:
    """A figure that nothing is promised about."""
    return Figure(what, text)


def missing(what: str, why: str) -> Figure:
    return Figure(what, f"not measured: {why}", measured=False)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The smallest of the values that 95 % of them do not exceed."""
    return sorted(values)[max(0, -(-95 * len(values) // 100) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table in Markdown, columns lined up."""
    verdict = {True: "holds", False: "DOES NOT HOLD", None: ""}
    rows = [("what", "figure", "bar", "")] + [(f.what, f.figure, f.bar, verdict[f.holds]) for f in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def _with(value: float, unit: str, digits: int) -> str:
    return f"{value:.{digits}f} {unit}".strip()
