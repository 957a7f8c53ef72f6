"""What a link to the latent map holds."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.url_state import schema
from ui.url_state.schema import Bounds, Choice, Choices, Drawing, Field, Numbers, Whole, Window

MODEL = "map_model"
OVERLAYS = ("prior", "manifold", "density", "metric")
PLANES = ("dimensions", "pca", "umap")
SOURCES = ("posterior", "prior")


@dataclass(frozen=True)
class View:
    """One state of the map. `z`, `x`, `drawing`, `axes`, `selected` and `window` are None where nothing is chosen.

    `axes` count from 0, None being the two dimensions of the highest rate; `window` is the centre and half the width
    of the plane in units of z; `selected` are the corners drawn around points, one after another; `points` is the
    opacity of the points in percent of the usual one, and `spot` is where on the plane of UMAP z was put.
    """

    z: tuple[float, ...] | None = None
    x: int | None = None
    drawing: str | None = None
    axes: tuple[int, ...] | None = None
    plane: str = "dimensions"
    spot: tuple[float, ...] | None = None
    selected: tuple[float, ...] | None = None
    window: tuple[float, ...] | None = None
    overlays: tuple[str, ...] = ("prior", "manifold")
    hidden: tuple[int, ...] = ()
    points: int = 100
    source: str = "posterior"
    seed: int = 0


@dataclass(frozen=True)
class Axes:
    """Two different dimensions, in a link from 1."""

    def read(self, text: str, bounds: Bounds) -> tuple[int, ...]:
        most = bounds.latent_dim
        try:
            first, second = (schema.read_whole(part, 1, most) for part in text.split(","))
            if first == second:
                raise ValueError
        except ValueError:
            raise ValueError(f"two different dimensions from 1 to {most}, such as 1,2") from None
        return first - 1, second - 1

    def write(self, value: Sequence[int]) -> str:
        return schema.write_list([axis + 1 for axis in value])

    def describe(self, bounds: Bounds) -> dict[str, Any]:
        return {"kind": "wholes", "length": 2, "most": bounds.latent_dim - 1, "shift": 1}


@dataclass(frozen=True)
class Plane:
    """Which plane the codes lie on, where there is more than one."""

    def read(self, text: str, bounds: Bounds) -> str:
        if bounds.latent_dim <= 2:
            raise ValueError(f"none, since the plane shows all of this model's latent space ({bounds.latent_dim})")
        return Choice(PLANES).read(text, bounds)

    def write(self, value: str) -> str:
        return str(value)

    def describe(self, bounds: Bounds) -> dict[str, Any]:
        return {"kind": "choice", "options": list(PLANES if bounds.latent_dim > 2 else PLANES[:1])}


@dataclass(frozen=True)
class Corners:
    """Corners drawn around points, two numbers each."""

    def read(self, text: str, bounds: Bounds) -> tuple[float, ...]:
        count = text.count(",") + 1
        if count % 2 or not 6 <= count <= 2 * schema.MOST_CORNERS:
            raise ValueError(f"3 to {schema.MOST_CORNERS} corners, two numbers each")
        return schema.read_floats(text, count, "corners, two numbers each,")

    def write(self, value: Sequence[float]) -> str:
        return schema.write_floats(value)

    def describe(self, bounds: Bounds) -> dict[str, Any]:
        return {"kind": "corners", "most": schema.MOST_CORNERS, "limit": schema.FARTHEST}


@dataclass(frozen=True)
class Hidden:
    """Classes whose points are not drawn, by number."""

    def read(self, text: str, bounds: Bounds) -> tuple[int, ...]:
        if bounds.classes == 0:
            raise ValueError("none, since this data set has no classes")
        try:
            return tuple(sorted({schema.read_whole(part, 0, bounds.classes - 1) for part in text.split(",")}))
        except ValueError:
            raise ValueError(f"class numbers from 0 to {bounds.classes - 1}, separated by commas") from None

    def write(self, value: Sequence[int]) -> str:
        return schema.write_list(value)

    def describe(self, bounds: Bounds) -> dict[str, Any]:
        return {"kind": "wholes", "most": bounds.classes - 1, "shift": 0}


FIELDS: tuple[Field, ...] = (
    Field("map_z", "z", Numbers("latent_dim"), sync="glide"),
    Field("map_x", "x", Whole(0, "count")),
    Field("map_drawing", "drawing", Drawing()),
    Field("map_axes", "axes", Axes()),
    Field("map_plane", "plane", Plane()),
    Field("map_spot", "spot", Numbers(2, "a place, two numbers"), sync="glide"),
    Field("map_selected", "selected", Corners()),
    Field("map_window", "window", Window(), sync="glide"),
    Field("map_overlays", "overlays", Choices(OVERLAYS), sync="field"),
    Field("map_hide", "hidden", Hidden(), sync="field"),
    Field("map_points", "points", Whole(0, 100), sync="field"),
    Field("map_source", "source", Choice(SOURCES), sync="field"),
    Field("map_seed", "seed", Whole(0, schema.LARGEST_SEED), sync="field"),
)


def describe(bounds: Bounds) -> dict[str, dict[str, Any]]:
    """Describe the fields of a view for the browser, within what a model allows."""
    return schema.describe(FIELDS, View(), bounds)


def read_model(params: Mapping[str, str], known: Sequence[str]) -> tuple[str, list[str]]:
    """The model that the link names, else the first one known; with the sentences to show."""
    return schema.read_model(params, MODEL, known)


def read(params: Mapping[str, str], bounds: Bounds) -> tuple[View, list[str]]:
    """The view that the link describes, defaults where it is silent or wrong; with the sentences to show."""
    fields, problems = schema.read_fields(FIELDS, {MODEL}, params, bounds)
    return View(**fields), problems


def write(model: str, default_model: str, view: View) -> dict[str, str]:
    """The link of a view: what is at its default is left out, and a link that says anything names its model."""
    link = schema.write_fields(FIELDS, view, View())
    return {MODEL: model} | link if link or model != default_model else {}


def from_component(state: Mapping[str, Any], bounds: Bounds) -> View:
    """The view that the component emitted, held to the same bounds as a link; a part out of bounds is dropped."""
    return View(**schema.fields_of_state(FIELDS, state, bounds))


def for_another_model(view: View, old: Bounds, new: Bounds, same_data: bool) -> View:
    """The view that is kept when the model changes: z belongs to its model, the picture x to the data set."""
    kept = View(overlays=view.overlays, points=view.points, source=view.source, seed=view.seed)
    if not same_data or old.count != new.count:
        return kept
    return dataclasses.replace(kept, x=view.x, hidden=view.hidden)
