"""Mark the cases of a test that only `make promises` runs."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def few(names: Iterable[Any], chosen: Collection[Any]) -> list[Any]:
    """Cases of a test: all of them, of which those that are not chosen are a promise."""
    names = list(names)
    assert set(chosen) <= set(names)
    return [pytest.param(name, marks=() if name in chosen else pytest.mark.promise) for name in names]
