"""Collect counts and durations of this process, and render them for Prometheus (text format 0.0.4)."""

import threading
from bisect import bisect_left
from collections import defaultdict

BOUNDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
_Labels = tuple[tuple[str, str], ...]

_lock = threading.Lock()
_counts: dict[tuple[str, _Labels], float] = defaultdict(float)
_durations: dict[tuple[str, _Labels], list[float]] = {}  # the number of durations in each bucket, then their sum


def count(name: str, by: float = 1, **labels: str) -> None:
    """Add `by` to a counter, or to a gauge, for which `by` may be negative."""
    with _lock:
        _counts[name, _of(labels)] += by


def observe(name: str, seconds: float, **labels: str) -> None:
    """Add a duration to a histogram."""
    with _lock:
        held = _durations.setdefault((name, _of(labels)), [0.0] * (len(BOUNDS) + 2))
        held[bisect_left(BOUNDS, seconds)] += 1
        held[-1] += seconds


def render(gauges: dict[tuple[str, _Labels], float]) -> str:
    """Render all counts and durations, and the current values of `gauges`."""
    with _lock:
        numbers = {**gauges, **_counts}
        durations = {key: list(held) for key, held in _durations.items()}
    lines, said = [], set()
    for (name, labels), value in sorted(numbers.items()):
        kind = "counter" if name.endswith("_total") else "gauge"
        if name not in said:
            lines.append(f"# TYPE {name} {kind}")
            said.add(name)
        lines.append(f"{name}{_shown(labels)} {value:g}")
    for (name, labels), (*held, total) in sorted(durations.items()):
        if name not in said:
            lines.append(f"# TYPE {name} histogram")
            said.add(name)
        so_far = 0.0
        for bound, number in zip((*map(str, BOUNDS), "+Inf"), held, strict=True):
            so_far += number
            lines.append(f"{name}_bucket{_shown((*labels, ('le', bound)))} {so_far:g}")
        lines += [f"{name}_sum{_shown(labels)} {total:.6g}", f"{name}_count{_shown(labels)} {so_far:g}"]
    return "\n".join(lines) + "\n"


def _of(labels: dict[str, str]) -> _Labels:
    return tuple(sorted(labels.items()))


def _shown(labels: _Labels) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}" if labels else ""
