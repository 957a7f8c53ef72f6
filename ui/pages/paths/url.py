"""What a link to the page Paths holds."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.url_state import schema
from ui.url_state.schema import Bounds, Choice, Field, Number, Whole, Window

MODEL = "paths_model"
ENDS = ("mean", "sample")
TABS = ("between", "dimensions", "grid", "add", "factors")
MEASURES = ("information", "importance", "votes")  # of a dimension and a factor
SPEEDS = (6, 12, 24, 60)  # frames a second
FEWEST_FRAMES, MOST_FRAMES = 2, 60
MOST_STOPS = 6
FARTHEST_SWEEP = 4.0  # of one dimension, in units of z
STRONGEST = 3.0  # of a direction that is added
MOST_WAYPOINTS = 24  # of a path by hand
_DRAWN = "drawn."  # before a drawing, among the numbers of test images


@dataclass(frozen=True)
class View:
    """One state of the page. `stops` are test images by number or drawings ("drawn." and base64url); None: the
    page chooses two. `ends` says what stands for a picture: the mean of q(z|x), or one draw from it by `seed`.
    `dimension` and `factor` count from 0; `value` is where the dimension goes. The groups `plus` and `minus` are
    "class.3", "factor.2.5" (the factor and its value, from 0), "rest" or "lasso.x.y..." in hundredths of a unit of the
    map; the page chooses where both are None, and one that alone is None is "class.0" or "rest". `hand` are the
    waypoints of a path by hand, "x.y.x.y..." in thousandths of that unit; `window` is the centre and half the width of
    the map, None where it shows everything.
    """

    tab: str = "between"
    stops: tuple[str, ...] | None = None
    ends: str = "mean"
    seed: int = 0
    frames: int = 24
    frame: int = 0
    speed: int = 12
    loop: int = 1
    dimension: int | None = None
    value: float = 0.0
    plus: str | None = None
    minus: str | None = None
    strength: float = 1.0
    factor: int | None = None
    measure: str = "information"
    hand: str | None = None
    window: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Stops:
    """Test images by number, and drawings: "drawn." and base64url."""

    def read(self, text: str, bounds: Bounds) -> tuple[str, ...]:
        stops = tuple(_read_stop(part, bounds) for part in text.split(","))
        if len(stops) > MOST_STOPS:
            raise ValueError(f"at most {MOST_STOPS} pictures")
        return stops

    def write(self, value: Sequence[str]) -> str:
        return schema.write_list(value)

    def describe(self, bounds: Bounds) -> dict[str, Any]:
        return {"kind": "texts", "most": MOST_STOPS}


@dataclass(frozen=True)
class Factor:
    """One of the factors that the pictures are made from, in a link from 1."""

    def read(self, text: str, bounds: Bounds) -> int:
        if not bounds.factors:
            raise ValueError("none, since no factors of this data set are known")
        return schema.read_whole(text, 1, len(bounds.factors)) - 1

    def write(self, value: int) -> str:
        return str(value + 1)

    def describe(self, bounds: Bounds) -> dict[str, Any]:
        return {"kind": "whole", "least": 0, "most": len(bounds.factors) - 1, "shift": 1}


@dataclass(frozen=True)
class Group:
    """Codes that belong together: "class.3", "factor.2.5", "rest" or "lasso.x.y..."."""

    def read(self, text: str, bounds: Bounds) -> str:
        kind, _, rest = text.partition(".")
        if kind == "class" and bounds.classes:
            return f"class.{schema.read_whole(rest, 0, bounds.classes - 1)}"
        corners = rest.split(".")
        if kind == "factor" and len(corners) == 2 and bounds.factors:
            k = schema.read_whole(corners[0], 0, len(bounds.factors) - 1)
            return f"factor.{k}.{schema.read_whole(corners[1], 0, bounds.factors[k] - 1)}"
        whole = len(corners) in range(6, 2 * schema.MOST_CORNERS + 1, 2)
        if kind == "lasso" and whole and all(re.fullmatch(r"-?\d{1,4}", corner) for corner in corners):
            return text
        if text == "rest":
            return text
        raise ValueError(
            f"class. and its number, factor. and two numbers, rest, or lasso. and 3 to {schema.MOST_CORNERS} corners"
        )

    def write(self, value: str) -> str:
        return str(value)

    def describe(self, bounds: Bounds) -> dict[str, Any]:
        return {"kind": "text", "most": 400}


@dataclass(frozen=True)
class Waypoints:
    """Places on the map, x and y of each in thousandths."""

    def read(self, text: str, bounds: Bounds) -> str:
        values = text.split(".")
        whole = len(values) in range(2, 2 * MOST_WAYPOINTS + 1, 2)
        if whole and all(re.fullmatch(r"-?\d{1,5}", value, re.ASCII) for value in values):
            return text
        raise ValueError(f"1 to {MOST_WAYPOINTS} waypoints, x and y of each in thousandths, separated by dots")

    def write(self, value: str) -> str:
        return str(value)

    def describe(self, bounds: Bounds) -> dict[str, Any]:
        return {"kind": "text", "most": 400}


def _read_stop(text: str, bounds: Bounds) -> str:
    if text.startswith(_DRAWN):
        return _DRAWN + schema.read_drawing(text[len(_DRAWN) :], bounds)
    return str(schema.read_whole(text, 0, bounds.count - 1))


FIELDS: tuple[Field, ...] = (
    Field("paths_do", "tab", Choice(TABS)),
    Field("paths_stops", "stops", Stops()),
    Field("paths_ends", "ends", Choice(ENDS)),
    Field("paths_seed", "seed", Whole(0, schema.LARGEST_SEED)),
    Field("paths_frames", "frames", Whole(FEWEST_FRAMES, MOST_FRAMES), sync="field"),
    Field("paths_frame", "frame", Whole(0, MOST_FRAMES - 1), sync="field"),
    Field("paths_speed", "speed", Choice(SPEEDS), sync="field"),
    Field("paths_loop", "loop", Whole(0, 1), sync="field"),
    Field("paths_dimension", "dimension", Whole(0, "latent_dim", shift=1), sync="field"),
    Field("paths_value", "value", Number(-FARTHEST_SWEEP, FARTHEST_SWEEP), sync="glide"),
    Field("paths_plus", "plus", Group()),
    Field("paths_minus", "minus", Group()),
    Field("paths_strength", "strength", Number(-STRONGEST, STRONGEST), sync="glide"),
    Field("paths_factor", "factor", Factor(), sync="field"),
    Field("paths_measure", "measure", Choice(MEASURES), sync="field"),
    Field("paths_hand", "hand", Waypoints(), sync="field"),
    Field("paths_window", "window", Window(), sync="glide"),
)


def describe(bounds: Bounds) -> dict[str, dict[str, Any]]:
    """Describe the fields of a view for the browser, within what a model allows."""
    return schema.describe(FIELDS, View(), bounds)


def read(params: Mapping[str, str], bounds: Bounds) -> tuple[View, list[str]]:
    """The view that the link describes, defaults where it is silent or wrong; with the sentences to show."""
    fields, problems = schema.read_fields(FIELDS, {MODEL}, params, bounds)
    return View(**fields), problems


def read_model(params: Mapping[str, str], known: list[str]) -> tuple[str, list[str]]:
    """The model that the link names, else the first one known; with the sentences to show."""
    return schema.read_model(params, MODEL, known)


def write(model: str, default_model: str, view: View) -> dict[str, str]:
    """The link of a view: what is at its default is left out, and a link that says anything names its model."""
    said = schema.write_fields(FIELDS, view, View())
    return {MODEL: model} | said if said or model != default_model else {}


def for_another_model(view: View, same_data: bool) -> View:
    """The view that is kept when the model changes: pictures belong to the data, codes and the map to their model."""
    kept = View(view.tab, None, view.ends, view.seed, view.frames, view.frame, view.speed, view.loop)
    lasso = any(group and group.startswith("lasso") for group in (view.plus, view.minus))
    if same_data and not lasso:
        kept = dataclasses.replace(kept, plus=view.plus, minus=view.minus, strength=view.strength)
    return dataclasses.replace(kept, stops=view.stops) if same_data else kept


def from_component(state: Mapping[str, Any], bounds: Bounds) -> View:
    """The view that the component emitted, held to the same bounds as a link; a part out of bounds is dropped."""
    return View(**schema.fields_of_state(FIELDS, state, bounds))
