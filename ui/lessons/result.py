"""What a check has found, and how its numbers are written."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ui.number_format import fixed, raised


@dataclass(frozen=True)
class Found:
    """The number that a prediction is held against, with words for each placeholder of the check."""

    value: float
    words: Mapping[str, str]


def short(value: float) -> str:
    """A number of three digits, with commas where it is large and as a power of ten where it is huge or tiny."""
    if not math.isfinite(value):
        return "infinity" if value > 0 else "−infinity" if value < 0 else "not a number"
    size = abs(value)
    if size >= 1e6 or 0 < size < 1e-3:
        exponent = math.floor(math.log10(size))
        return f"{fixed(value / 10.0**exponent, 1)} × 10{raised(exponent)}"
    if size >= 100:
        return f"{float(f'{value:.3g}'):,.0f}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")
