"""Read and validate small dataclasses stored as JSON; the file counts as untrusted."""

import dataclasses
import functools
import json
import math
import typing
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar

_MOST = 1 << 20  # bytes of a file
_LARGEST = 2**63  # what no number of ours comes near
T = TypeVar("T")


def read_record(path: Path, kind: type[T], unknown: Literal["refuse", "drop"] = "refuse") -> T:
    """Read a file as the dataclass `kind`.

    A key that is no field is refused, or dropped where a later version may have written it. Raises FileNotFoundError
    where there is no file, and ValueError with a sentence for whatever else is wrong.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST + 1)
        if len(text) > _MOST:
            raise ValueError(f"{path.name} is larger than {_MOST >> 20} MB")
        return record(json.loads(text), kind, unknown)
    except FileNotFoundError:
        raise
    except (OSError, RecursionError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from None


def record(values: object, kind: type[T], unknown: Literal["refuse", "drop"] = "refuse") -> T:
    """Build the dataclass `kind` from these values, each of its field's type.

    Whole numbers are taken for floats; no number may be infinite, none or larger than 2^63. Raises ValueError.
    """
    if not isinstance(values, dict):
        raise ValueError(f"it is a {type(values).__name__}, expected an object")
    types = _types(kind)
    if unknown == "refuse" and (strange := sorted(set(values) - set(types))):
        raise ValueError(f"{strange[0]!r} is not known, expected some of {', '.join(types)}")
    try:
        return kind(**{name: _typed(name, values[name], types[name]) for name in types if name in values})
    except TypeError:  # a field without a default is missing
        raise ValueError(f"it has {', '.join(map(repr, values))}, expected {', '.join(types)}") from None


@functools.cache
def _types(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _typed(name: str, value: Any, expected: Any) -> Any:
    """Return the value if it has the type `expected`. Raises ValueError otherwise."""
    origin = typing.get_origin(expected)
    if origin in (UnionType, typing.Union):
        if value is None and NoneType in typing.get_args(expected):
            return None
        (expected,) = (each for each in typing.get_args(expected) if each is not NoneType)
        return _typed(name, value, expected)
    if origin is Literal:
        if isinstance(value, str) and value in typing.get_args(expected):
            return value
        expected = " or ".join(typing.get_args(expected))
    elif dataclasses.is_dataclass(expected):
        return record(value, expected)
    elif expected in (int, float):
        kinds = int if expected is int else (int, float)
        if isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < _LARGEST:
            return expected(value)
    elif isinstance(value, expected):
        return value
    raise ValueError(f"{name} is {str(value)[:60]!r}, expected {getattr(expected, '__name__', expected)}")
