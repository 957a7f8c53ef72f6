"""How a figure is written: with as many digits as its error leaves, parts of a sum so that they add up, no zero error.

`ui/web/shared/format.js` writes figures by the same rules in the browser.
"""

import math
from collections.abc import Sequence

_MOST = 6  # decimals
_WRITTEN_OUT = 1e6  # above, a number of samples is a power of ten
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def decimals(error: float) -> int:
    """Where the digits of a figure end that is known up to this error: at the error's first digit, or second after a 1.

    Negative for tens and hundreds.
    """
    if not 0 < error < math.inf:
        return _MOST
    place = -math.floor(math.log10(error))
    return min(_MOST, place + 1 if round(error * 10**place, 1) < 2 else place)


def fixed(value: float, digits: int = 2) -> str:
    """A number with so many decimals, at least none, and a true minus; no negative zero."""
    return f"{round(value, digits) + 0.0:.{max(0, digits)}f}".replace("-", "−")


def rounded(value: float, error: float) -> str:
    """The figure alone: "4.37" for 4.3712 with an error of 0.03."""
    return fixed(value, decimals(error))


def measured(value: float, error: float | None) -> str:
    """A figure with its standard error: "4.37 ± 0.03". Where there is none it says so."""
    if error is None or not math.isfinite(error):
        return f"{fixed(value)}, error unknown"
    if error == 0:
        return fixed(value)
    return f"{rounded(value, error)} ± {rounded(error, error)}"


def within(error: float) -> str:
    """A bound on an error, to one digit and never a plain zero: "0.004", "less than 0.000001"."""
    if error < 10.0**-_MOST:
        return f"less than {10.0**-_MOST:.{_MOST}f}"
    return f"{float(f'{error:.1g}'):.{max(0, -math.floor(math.log10(error)))}f}"


def share(value: float) -> str:
    """A share of a whole in per cent, to the first digit that tells it from 0 and from 100."""
    percent, rest = 100 * value, 100 * min(value, 1 - value)
    if rest < 10.0**-_MOST:
        return f"{fixed(percent, 0)} %"
    return f"{fixed(percent, max(0, -math.floor(math.log10(rest))))} %"


def many(log_n: float, log_error: float = 0.0) -> str:
    """e^log_n samples: two digits, or fewer where the error of log_n leaves fewer: "12", "4,300" or "3 × 10⁵"."""
    exponent = math.floor(log_n / math.log(10))
    size = math.exp(log_n - exponent * math.log(10))
    digits = max(0, min(1, decimals(size * math.expm1(log_error)))) if log_error > 0 else 1
    size = round(size, digits)
    if exponent < math.log10(_WRITTEN_OUT):
        return f"{round(size * 10.0**exponent):,}"
    if size >= 10:
        size, exponent = size / 10, exponent + 1
    return f"{size:.{digits}f} × 10{raised(exponent)}"


def raised(exponent: int) -> str:
    """A power as it is written above the line."""
    return str(exponent).translate(_RAISED)


def adding(parts: Sequence[float], digits: int) -> list[float]:
    """The parts at so many decimals, so that they add up to their rounded sum: the largest takes up the rounding."""
    shown = [round(part, digits) for part in parts]
    largest = max(range(len(parts)), key=lambda i: abs(parts[i]))
    rest = sum(value for i, value in enumerate(shown) if i != largest)
    shown[largest] = round(round(sum(parts), digits) - rest, digits)
    return shown
