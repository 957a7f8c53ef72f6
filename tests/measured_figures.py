"""What tests have measured: each promise's figure beside its bar, written down for `make promises`.

A test says `figure("load.p95", 0.31, "<=", 0.5, "s")`: it is printed, kept in the file that $VAE_LAB_FIGURES names, if
any, and judged.
"""

import json
import operator
import os
import time
from pathlib import Path

FILE_VARIABLE = "VAE_LAB_FIGURES"
FULL_VARIABLE = "VAE_LAB_FULL"  # set by `make promises`: measure at full length, or at the ordinary one where "short"
SHORT = "short"
_HOLDS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


def full() -> bool:
    """Whether tests measure at full length."""
    return os.environ.get(FULL_VARIABLE, "") not in ("", SHORT)


def timed() -> bool:
    """Whether tests judge how long something takes: when promises are measured, and never on a machine of many."""
    return bool(os.environ.get(FULL_VARIABLE))


def figure(name: str, value: float, relation: str, bar: float, unit: str = "") -> None:
    """Write down that `value` was measured where `relation` (<=, >=, ==) to `bar` is promised, and assert it."""
    holds = bool(_HOLDS[relation](value, bar))
    load = os.getloadavg()[0]
    unit_and = f" {unit}" if unit else ""
    kept = "" if holds else ": NOT KEPT"
    print(f"\n{name}: {value:.4g}{unit_and}, promised {relation} {bar:g}{kept}; load of the machine {load:.1f}")
    if named := os.environ.get(FILE_VARIABLE):
        line = {"name": name, "value": float(value), "relation": relation, "bar": float(bar), "unit": unit}
        line |= {"holds": holds, "load": round(load, 2), "time": time.time()}
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    assert holds, f"{name} is {value:.4g} {unit}, promised {relation} {bar:g}"
