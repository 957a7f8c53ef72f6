"""Everything that a link to "Anything from a normal" holds: one typed list, read and written in one place."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ui.url_state import schema
from ui.url_state.schema import Param

LINE = ("bimodal", "three", "exponential", "uniform", "curve")
PLANE = ("ring", "gaussian", "mixture", "moons", "spiral", "letters", "picture", "learned")
TARGETS = ("mixture", "moons", "spiral", "letters", "ring", "picture")
SHOWN = ("density", "grid", "points", "volume")
WIDTHS, DEPTHS, MOST_STEPS = (2, 4, 8, 16, 32), (1, 2, 3, 4), 20_000
KNOTS, SIDE = 64, 32  # of a drawn density: on the line, and on each side of the plane
FARTHEST = 3.6  # how far z can be dragged
LEAST, MOST = 0.3, 3.0  # of the diagonal of L, and of each of its entries


@dataclass(frozen=True)
class View:
    """One state of the page. `z`, `curve` and `picture` are None where nothing is chosen or drawn.

    `t` is the time of the morph, 1 being x = f(z); `lower` holds L11, L21, L22 of the Cholesky factor.
    """

    map: str = LINE[0]
    t: float = 1.0
    n: int = 1000
    seed: int = 0
    z: tuple[float, ...] | None = None
    show: tuple[str, ...] = ("density", "grid", "points")
    lower: tuple[float, ...] = (1.4, 1.1, 0.7)
    curve: str | None = None
    picture: str | None = None
    target: str = "moons"
    width: int = 8
    depth: int = 2
    steps: int = 0


def _name_of(*names: str) -> Callable[[str, int], str]:
    def read(text: str, dims: int) -> str:
        if text not in names:
            raise ValueError("one of " + ", ".join(names))
        return text

    return read


def _whole_of(*values: int) -> Callable[[str, int], int]:
    def read(text: str, dims: int) -> int:
        if text not in map(str, values):
            raise ValueError("one of " + ", ".join(map(str, values)))
        return int(text)

    return read


def _read_t(text: str, dims: int) -> float:
    (t,) = _within(text, 1, 0, 1, "a number from 0 to 1")
    return t


def _read_z(text: str, dims: int) -> tuple[float, ...]:
    names = "one number" if dims == 1 else "two numbers"
    return _within(text, dims, -FARTHEST, FARTHEST, f"{names} from -{FARTHEST} to {FARTHEST}")


def _read_lower(text: str, dims: int) -> tuple[float, ...]:
    expected = (
        f"three numbers L11, L21, L22: the first and last from {LEAST} to {MOST}, the other from -{MOST} to {MOST}"
    )
    values = _within(text, 3, -MOST, MOST, expected)
    if min(values[0], values[2]) < LEAST:
        raise ValueError(expected)
    return values


def _within(text: str, count: int, least: float, most: float, expected: str) -> tuple[float, ...]:
    try:
        values = schema.read_floats(text, count, "")
    except ValueError:
        raise ValueError(expected) from None
    if not all(least <= value <= most for value in values):
        raise ValueError(expected)
    return values


def _levels(count: int) -> Callable[[str, int], str]:
    """A drawn density: one base64url digit, 0 to 63, for each knot."""

    def read(text: str, dims: int) -> str:
        if not re.fullmatch(rf"[A-Za-z0-9_-]{{{count}}}", text) or not text.strip("A"):
            raise ValueError(f"{count} base64url digits that are not all A: a density must have some mass")
        return text

    return read


PARAMS: tuple[Param, ...] = (
    Param("normal_map", "map", _name_of(*LINE, *PLANE), str),
    Param("normal_t", "t", _read_t, lambda t: schema.write_floats([t])),
    Param("normal_n", "n", lambda text, dims: schema.read_whole(text, 10, 10_000), str),
    Param("normal_seed", "seed", lambda text, dims: schema.read_whole(text, 0, schema.LARGEST_SEED), str),
    Param("normal_z", "z", _read_z, schema.write_floats),
    Param("normal_show", "show", lambda text, dims: schema.read_names(text, SHOWN), schema.write_list),
    Param("normal_lower", "lower", _read_lower, schema.write_floats),
    Param("normal_curve", "curve", _levels(KNOTS), str),
    Param("normal_picture", "picture", _levels(SIDE**2), str),
    Param("normal_target", "target", _name_of(*TARGETS), str),
    Param("normal_width", "width", _whole_of(*WIDTHS), str),
    Param("normal_depth", "depth", _whole_of(*DEPTHS), str),
    Param("normal_steps", "steps", lambda text, dims: schema.read_whole(text, 0, MOST_STEPS), str),
)


def read(params: Mapping[str, str]) -> tuple[View, list[str]]:
    """The view that the link describes, defaults where it is silent or wrong; with the sentences to show."""
    dims = 2 if params.get("normal_map") in PLANE else 1
    fields, problems = schema.read_fields(PARAMS, set(), params, dims)
    return View(**fields), problems


def write(view: View) -> dict[str, str]:
    """The link of a view: what is at its default is left out."""
    return schema.write_fields(PARAMS, view, View())


def from_component(state: Mapping[str, Any]) -> View:
    """The view that the component emitted, held to the same bounds as a link; a part out of bounds is dropped."""
    dims = 2 if state.get("map") in PLANE else 1
    return View(**schema.fields_of_state(PARAMS, state, dims))
