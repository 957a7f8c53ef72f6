"""What a link to "Anything from a normal" holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.url_state import schema
from ui.url_state.schema import DRAWN_SIDE, Choice, Choices, Field, Levels, Number, Whole

LINE = ("bimodal", "three", "exponential", "uniform", "curve")
PLANE = ("ring", "gaussian", "mixture", "moons", "spiral", "letters", "picture", "learned")
TARGETS = ("mixture", "moons", "spiral", "letters", "ring", "picture")
SHOWN = ("density", "grid", "points", "volume")
WIDTHS, DEPTHS, MOST_STEPS = (2, 4, 8, 16, 32), (1, 2, 3, 4), 20_000
KNOTS = 64  # of a density drawn on the line
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


@dataclass(frozen=True)
class Point:
    """The dragged z, in as many dimensions as the map has."""

    def read(self, text: str, dims: int) -> tuple[float, ...]:
        names = "one number" if dims == 1 else "two numbers"
        return schema.read_within(text, dims, -FARTHEST, FARTHEST, f"{names} from -{FARTHEST} to {FARTHEST}")

    def write(self, value: Sequence[float]) -> str:
        return schema.write_floats(value)

    def describe(self, dims: int | None) -> dict[str, Any]:
        return {"kind": "numbers", "length": dims, "limit": FARTHEST}


@dataclass(frozen=True)
class Cholesky:
    """L11, L21 and L22 of a lower triangular factor."""

    def read(self, text: str, dims: int) -> tuple[float, ...]:
        expected = (
            f"three numbers L11, L21, L22: the first and last from {LEAST} to {MOST}, the other from -{MOST} to {MOST}"
        )
        values = schema.read_within(text, 3, -MOST, MOST, expected)
        if min(values[0], values[2]) < LEAST:
            raise ValueError(expected)
        return values

    def write(self, value: Sequence[float]) -> str:
        return schema.write_floats(value)

    def describe(self, dims: int | None) -> dict[str, Any]:
        return {"kind": "numbers", "length": 3, "limit": MOST}


FIELDS: tuple[Field, ...] = (
    Field("normal_map", "map", Choice((*LINE, *PLANE))),
    Field("normal_t", "t", Number(0, 1), "glide"),
    Field("normal_n", "n", Whole(10, 10_000), "field"),
    Field("normal_seed", "seed", Whole(0, schema.LARGEST_SEED), "field"),
    Field("normal_z", "z", Point(), "glide"),
    Field("normal_show", "show", Choices(SHOWN), "field"),
    Field("normal_lower", "lower", Cholesky(), "glide"),
    Field("normal_curve", "curve", Levels(KNOTS)),
    Field("normal_picture", "picture", Levels(DRAWN_SIDE**2)),
    Field("normal_target", "target", Choice(TARGETS)),
    Field("normal_width", "width", Choice(WIDTHS)),
    Field("normal_depth", "depth", Choice(DEPTHS)),
    Field("normal_steps", "steps", Whole(0, MOST_STEPS)),
)


def describe() -> dict[str, dict[str, Any]]:
    """Describe the fields of a view for the browser."""
    return schema.describe(FIELDS, View(), None)


def read(params: Mapping[str, str]) -> tuple[View, list[str]]:
    """The view that the link describes, defaults where it is silent or wrong; with the sentences to show."""
    dims = 2 if params.get("normal_map") in PLANE else 1
    fields, problems = schema.read_fields(FIELDS, set(), params, dims)
    return View(**fields), problems


def write(view: View) -> dict[str, str]:
    """The link of a view: what is at its default is left out."""
    return schema.write_fields(FIELDS, view, View())


def from_component(state: Mapping[str, Any]) -> View:
    """The view that the component emitted, held to the same bounds as a link; a part out of bounds is dropped."""
    dims = 2 if state.get("map") in PLANE else 1
    return View(**schema.fields_of_state(FIELDS, state, dims))
