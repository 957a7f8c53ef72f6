"""The schema of what a page's link holds: each part declared once, for the link, the component, its export and a room.

A page declares its view as a frozen dataclass, whose defaults are those of the link, and one `Field` for each part.
Python reads and writes links by these fields and holds what a component sends to the same bounds; `describe` sends them
to the browser, where ui/web/shared/view.js reads and writes views by them. A link that asks for what cannot be gets the
default instead, and one sentence that says so.
"""

import base64
import binascii
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

FARTHEST = 100.0  # in units of z: far beyond any code, and four decimals still tell points apart
SMALLEST_HALF = 0.01
MOST_CORNERS = 24  # of a lasso
LARGEST_SEED = 2**31 - 1
DRAWN_SIDE = 32  # knots along each side of a density that is drawn on the plane

# How a follower's component in a room takes a field over from the teacher's: with the whole view; by itself; or by
# itself and in small steps, as numbers can.
Sync = Literal["view", "field", "glide"]


@dataclass(frozen=True)
class Bounds:
    """What a model allows: its latent size, its test images, its classes and the numbers in one picture.

    `factors` counts the values of each factor that the pictures are known to be made from.
    """

    latent_dim: int
    count: int
    classes: int
    pixels: int
    factors: tuple[int, ...] = ()


class Kind(Protocol):
    """How one kind of field stands in a link, and what the browser must know of it.

    `read` raises ValueError with what was expected; `describe` gives JSON whose `kind` names the reader in
    ui/web/shared/view.js.
    """

    def read(self, text: str, bounds: Any) -> Any: ...

    def write(self, value: Any) -> str: ...

    def describe(self, bounds: Any) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Field:
    """One part of a view: its name in a link, its name in the view, its kind, and how a room takes it over.

    With `rerun` the page's script computes with it, so a follower's page has to be run for it.
    """

    name: str
    field: str
    kind: Kind
    sync: Sync = "view"
    rerun: bool = False


@dataclass(frozen=True)
class Whole:
    """A whole number from `least` to `most`, or below the size that `most` names in the bounds.

    A link counts `shift` more than the view, such as dimensions from 1.
    """

    least: int
    most: int | str
    shift: int = 0

    def _most(self, bounds: Any) -> int:
        return getattr(bounds, self.most) - 1 if isinstance(self.most, str) else self.most

    def read(self, text: str, bounds: Any) -> int:
        return read_whole(text, self.least + self.shift, self._most(bounds) + self.shift) - self.shift

    def write(self, value: int) -> str:
        return str(value + self.shift)

    def describe(self, bounds: Any) -> dict[str, Any]:
        return {"kind": "whole", "least": self.least, "most": self._most(bounds), "shift": self.shift}


@dataclass(frozen=True)
class Number:
    """A number from `least` to `most`, in a link with four decimals; `expected` says it in words."""

    least: float
    most: float
    expected: str = ""

    def read(self, text: str, bounds: Any) -> float:
        expected = self.expected or f"a number from {self.least:g} to {self.most:g}"
        return read_within(text, 1, self.least, self.most, expected)[0]

    def write(self, value: float) -> str:
        return write_floats([value])

    def describe(self, bounds: Any) -> dict[str, Any]:
        return {"kind": "number", "least": self.least, "most": self.most}


@dataclass(frozen=True)
class Numbers:
    """Numbers between -`limit` and `limit`, as many as `length` says or names in the bounds.

    `names` says in a sentence what they are.
    """

    length: int | str
    names: str = ""
    limit: float = FARTHEST

    def _length(self, bounds: Any) -> int:
        return getattr(bounds, self.length) if isinstance(self.length, str) else self.length

    def read(self, text: str, bounds: Any) -> tuple[float, ...]:
        length = self._length(bounds)
        return read_floats(
            text, length, self.names or ("one number" if length == 1 else f"{length} numbers"), self.limit
        )

    def write(self, value: Sequence[float]) -> str:
        return write_floats(value)

    def describe(self, bounds: Any) -> dict[str, Any]:
        return {"kind": "numbers", "length": self._length(bounds), "limit": self.limit}


@dataclass(frozen=True)
class Window:
    """The centre of a plane and half its width, in units of z."""

    def read(self, text: str, bounds: Any) -> tuple[float, ...]:
        values = read_floats(text, 3, "the centre and half the width, three numbers")
        if values[2] < SMALLEST_HALF:
            raise ValueError(f"half the width, the third number, to be at least {SMALLEST_HALF}")
        return values

    def write(self, value: Sequence[float]) -> str:
        return write_floats(value)

    def describe(self, bounds: Any) -> dict[str, Any]:
        return {"kind": "window", "limit": FARTHEST, "least": SMALLEST_HALF}


@dataclass(frozen=True)
class Choice:
    """One of `options`, which are words or whole numbers."""

    options: tuple[str, ...] | tuple[int, ...]

    def read(self, text: str, bounds: Any) -> str | int:
        known = {str(option): option for option in self.options}
        if text not in known:
            raise ValueError(" or ".join(known) if len(known) == 2 else "one of " + ", ".join(known))
        return known[text]

    def write(self, value: str | int) -> str:
        return str(value)

    def describe(self, bounds: Any) -> dict[str, Any]:
        return {"kind": "choice", "options": list(self.options)}


@dataclass(frozen=True)
class Choices:
    """Some of `options`, in their order."""

    options: tuple[str, ...]

    def read(self, text: str, bounds: Any) -> tuple[str, ...]:
        names = [] if text == "" else text.split(",")
        if not set(names) <= set(self.options):
            raise ValueError("some of " + ", ".join(self.options))
        return tuple(name for name in self.options if name in names)

    def write(self, value: Sequence[str]) -> str:
        return write_list(value)

    def describe(self, bounds: Any) -> dict[str, Any]:
        return {"kind": "choices", "options": list(self.options)}


@dataclass(frozen=True)
class Levels:
    """A drawn density: one base64url digit, 0 to 63, for each of its `count` knots."""

    count: int

    def read(self, text: str, bounds: Any) -> str:
        if not re.fullmatch(rf"[A-Za-z0-9_-]{{{self.count}}}", text) or not text.strip("A"):
            raise ValueError(f"{self.count} base64url digits that are not all A: a density must have some mass")
        return text

    def write(self, value: str) -> str:
        return str(value)

    def describe(self, bounds: Any) -> dict[str, Any]:
        return {"kind": "text", "most": self.count}


@dataclass(frozen=True)
class Drawing:
    """A picture that a visitor has drawn, 4 bits a value, as `drawing_bytes` reads it."""

    def read(self, text: str, bounds: Bounds) -> str:
        return read_drawing(text, bounds)

    def write(self, value: str) -> str:
        return str(value)

    def describe(self, bounds: Bounds) -> dict[str, Any]:
        return {"kind": "drawing", "pixels": bounds.pixels}


def describe(fields: Sequence[Field], default: Any, bounds: Any) -> dict[str, dict[str, Any]]:
    """The fields as JSON for the browser, by their names in the view; `default` is a view that says nothing."""
    common = {entry.field: {"name": entry.name, "sync": entry.sync} for entry in fields}
    defaults = as_json(default)
    return {
        entry.field: common[entry.field] | entry.kind.describe(bounds) | {"default": defaults[entry.field]}
        for entry in fields
    }


def as_json(view: Any) -> dict[str, Any]:
    """A view as plain JSON."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(view).items()}


def read_fields(
    fields: Sequence[Field], others: set[str], params: Mapping[str, str], bounds: Any
) -> tuple[dict[str, Any], list[str]]:
    """The fields that a link sets rightly, and a sentence for each wrong entry and each that is unknown.

    `others` are names that the page reads elsewhere.
    """
    found: dict[str, Any] = {}
    unknown = params.keys() - {entry.name for entry in fields} - others
    problems = [f"The link holds {short(name)}, which this page does not know." for name in unknown]
    for entry in fields:
        if entry.name in params:
            try:
                found[entry.field] = entry.kind.read(params[entry.name], bounds)
            except ValueError as error:
                received = short(params[entry.name])
                problems.append(f"The link has {entry.name} = {received}, expected {error}: it is left out.")
    return found, sorted(problems)


def write_fields(fields: Sequence[Field], view: Any, default: Any) -> dict[str, str]:
    """The entries in which `view` differs from `default`, as a link holds them."""
    values = {entry: getattr(view, entry.field) for entry in fields}
    return {e.name: e.kind.write(value) for e, value in values.items() if value != getattr(default, e.field)}


def fields_of_state(fields: Sequence[Field], state: Mapping[str, Any], bounds: Any) -> dict[str, Any]:
    """The fields of a view that a component emitted, held to the bounds of a link; one out of bounds is dropped."""
    params: dict[str, str] = {}
    for entry in fields:
        value = state.get(entry.field)
        try:
            if value is not None:
                params[entry.name] = entry.kind.write(value)
        except (TypeError, ValueError):
            continue
    return read_fields(fields, set(), params, bounds)[0]


def read_choice(params: Mapping[str, str], name: str, known: Sequence[str]) -> tuple[str, list[str]]:
    """What a link chooses under `name`, else the first of the known ones; with the sentences to show."""
    asked = params.get(name)
    if asked is None or asked in known:
        return asked or known[0], []
    return known[0], [f"The link has {name} = {short(asked)}, which is not here: the first one is shown."]


def read_model(params: Mapping[str, str], name: str, known: Sequence[str]) -> tuple[str, list[str]]:
    """The model that the link names, else the first one known; with the sentences to show."""
    asked = params.get(name)
    if asked is None or asked in known:
        return asked or known[0], []
    return known[0], [f"The link asks for the model {short(asked)}, which is not here: the first one is shown."]


def read_floats(text: str, count: int, names: str, limit: float = FARTHEST) -> tuple[float, ...]:
    values = tuple(_float(part) for part in text.split(","))
    if len(values) != count or not all(math.isfinite(v) and abs(v) <= limit for v in values):
        raise ValueError(f"{names} from -{limit:g} to {limit:g}, separated by commas")
    return values


def read_within(text: str, count: int, least: float, most: float, expected: str) -> tuple[float, ...]:
    """So many numbers from `least` to `most`. Raises ValueError with `expected`."""
    values = tuple(_float(part) for part in text.split(","))
    if len(values) != count or not all(least <= value <= most for value in values):
        raise ValueError(expected)
    return values


def _float(text: str) -> float:
    try:
        return round(float(text), 4) + 0.0  # four decimals as written; no negative zero
    except ValueError:
        return math.nan


def read_whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and least <= int(text) <= most):
        raise ValueError(f"a whole number from {least} to {most}")
    return int(text)


def drawing_bytes(text: str, pixels: int) -> bytes:
    """A drawing of 4 bits a value, row-major, high nibble first, from base64url without padding.

    Raises ValueError with what was expected.
    """
    size = (pixels + 1) // 2
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != size:
        raise ValueError(f"{size} bytes in base64url, {pixels} values of 4 bits")
    return raw


def read_drawing(text: str, bounds: Bounds) -> str:
    """The drawing as it stands in a link, in the one spelling that it has."""
    return base64.urlsafe_b64encode(drawing_bytes(text, bounds.pixels)).rstrip(b"=").decode()


def write_floats(values: Sequence[float]) -> str:
    return ",".join(f"{round(v, 4) + 0.0:.4f}".rstrip("0").rstrip(".") for v in values)


def write_list(values: Sequence[Any]) -> str:
    return ",".join(map(str, values))


def short(text: str) -> str:
    shown = text if len(text) <= 40 else text[:37] + "..."
    return repr(shown)
