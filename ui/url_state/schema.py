"""Everything that a link to the latent map holds: one typed list, read and written in one place.

A link that asks for what cannot be gets the default instead, and one plain sentence that says so.
"""

import base64
import binascii
import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MODEL = "map_model"
OVERLAYS = ("prior", "manifold", "density", "metric")
PLANES = ("dimensions", "pca", "umap")
SOURCES = ("posterior", "prior")
FARTHEST = 100.0  # in units of z: far beyond any code, and four decimals still tell points apart
SMALLEST_HALF = 0.01
MOST_CORNERS = 24  # of a lasso
LARGEST_SEED = 2**31 - 1


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


@dataclass(frozen=True)
class View:
    """One state of the map. `z`, `x`, `drawing`, `axes`, `selected` and `window` are None where nothing is chosen.

    `axes` count from 0, None being the two dimensions of the highest rate; `window` is the centre and half the width
    of the plane in units of z; `selected` are the corners drawn around points, one after another, and `spot` is
    where on the plane of UMAP z was put.
    """

    z: tuple[float, ...] | None = None
    x: int | None = None
    drawing: str | None = None
    axes: tuple[int, ...] | None = None
    plane: str = "dimensions"
    spot: tuple[float, ...] | None = None
    selected: tuple[float, ...] | None = None
    window: tuple[float, ...] | None = None
    overlays: tuple[str, ...] = ("prior",)
    hidden: tuple[int, ...] = ()
    source: str = "posterior"
    seed: int = 0


@dataclass(frozen=True)
class Param:
    """One entry of the link: its name, the field of the view it sets, and how it is read and written.

    `read` raises ValueError with what was expected.
    """

    name: str
    field: str
    read: Callable[[str, Any], Any]
    write: Callable[[Any], str]


def read_floats(text: str, count: int, names: str) -> tuple[float, ...]:
    values = tuple(_float(part) for part in text.split(","))
    if len(values) != count or not all(math.isfinite(v) and abs(v) <= FARTHEST for v in values):
        raise ValueError(f"{names} from -{FARTHEST:g} to {FARTHEST:g}, separated by commas")
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


def read_z(text: str, bounds: Bounds) -> tuple[float, ...]:
    names = "one number" if bounds.latent_dim == 1 else f"{bounds.latent_dim} numbers"
    return read_floats(text, bounds.latent_dim, names)


def read_window(text: str, bounds: Bounds) -> tuple[float, ...]:
    values = read_floats(text, 3, "the centre and half the width, three numbers")
    if values[2] < SMALLEST_HALF:
        raise ValueError(f"half the width, the third number, to be at least {SMALLEST_HALF}")
    return values


def _read_plane(text: str, bounds: Bounds) -> str:
    if bounds.latent_dim <= 2:
        raise ValueError(f"none, since the plane shows all of this model's latent space ({bounds.latent_dim})")
    if text not in PLANES:
        raise ValueError(" or ".join(PLANES))
    return text


def _read_corners(text: str, bounds: Bounds) -> tuple[float, ...]:
    count = text.count(",") + 1
    if count % 2 or not 6 <= count <= 2 * MOST_CORNERS:
        raise ValueError(f"3 to {MOST_CORNERS} corners, two numbers each")
    return read_floats(text, count, "corners, two numbers each,")


def _read_axes(text: str, bounds: Bounds) -> tuple[int, ...]:
    most = bounds.latent_dim
    try:
        first, second = (read_whole(part, 1, most) for part in text.split(","))
        if first == second:
            raise ValueError
    except ValueError:
        raise ValueError(f"two different dimensions from 1 to {most}, such as 1,2") from None
    return first - 1, second - 1


def read_names(text: str, known: Sequence[str]) -> tuple[str, ...]:
    names = [] if text == "" else text.split(",")
    if not set(names) <= set(known):
        raise ValueError("some of " + ", ".join(known))
    return tuple(name for name in known if name in names)


def _read_hidden(text: str, bounds: Bounds) -> tuple[int, ...]:
    if bounds.classes == 0:
        raise ValueError("none, since this data set has no classes")
    try:
        return tuple(sorted({read_whole(part, 0, bounds.classes - 1) for part in text.split(",")}))
    except ValueError:
        raise ValueError(f"class numbers from 0 to {bounds.classes - 1}, separated by commas") from None


def _read_source(text: str, bounds: Bounds) -> str:
    if text not in SOURCES:
        raise ValueError(" or ".join(SOURCES))
    return text


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


PARAMS: tuple[Param, ...] = (
    Param("map_z", "z", read_z, write_floats),
    Param("map_x", "x", lambda text, bounds: read_whole(text, 0, bounds.count - 1), str),
    Param("map_drawing", "drawing", read_drawing, str),
    Param("map_axes", "axes", _read_axes, lambda axes: write_list([axis + 1 for axis in axes])),
    Param("map_plane", "plane", _read_plane, str),
    Param("map_spot", "spot", lambda text, bounds: read_floats(text, 2, "a place, two numbers"), write_floats),
    Param("map_selected", "selected", _read_corners, write_floats),
    Param("map_window", "window", read_window, write_floats),
    Param("map_overlays", "overlays", lambda text, bounds: read_names(text, OVERLAYS), write_list),
    Param("map_hide", "hidden", _read_hidden, write_list),
    Param("map_source", "source", _read_source, str),
    Param("map_seed", "seed", lambda text, bounds: read_whole(text, 0, LARGEST_SEED), str),
)


def read_model(params: Mapping[str, str], known: Sequence[str]) -> tuple[str, list[str]]:
    """The model that the link names, else the first one known; with the sentences to show."""
    asked = params.get(MODEL)
    if asked is None or asked in known:
        return asked or known[0], []
    return known[0], [f"The link asks for the model {short(asked)}, which is not here: the first one is shown."]


def read_view(params: Mapping[str, str], bounds: Bounds) -> tuple[View, list[str]]:
    """The view that the link describes, defaults where it is silent or wrong; with the sentences to show."""
    fields, problems = read_fields(PARAMS, {MODEL}, params, bounds)
    return View(**fields), problems


def read_fields(
    entries: Sequence[Param], others: set[str], params: Mapping[str, str], bounds: Any
) -> tuple[dict[str, Any], list[str]]:
    """The fields that a link sets rightly, and a sentence for each wrong entry and each that is unknown.

    `others` are names that the page reads elsewhere.
    """
    fields: dict[str, Any] = {}
    unknown = params.keys() - {entry.name for entry in entries} - others
    problems = [f"The link holds {short(name)}, which this page does not know." for name in unknown]
    for entry in entries:
        if entry.name in params:
            try:
                fields[entry.field] = entry.read(params[entry.name], bounds)
            except ValueError as error:
                received = short(params[entry.name])
                problems.append(f"The link has {entry.name} = {received}, expected {error}: it is left out.")
    return fields, sorted(problems)


def write(model: str, default_model: str, view: View) -> dict[str, str]:
    """The link of a view: what is at its default is left out, and a link that says anything names its model."""
    link = write_fields(PARAMS, view, View())
    return {MODEL: model} | link if link or model != default_model else {}


def write_fields(entries: Sequence[Param], view: Any, default: Any) -> dict[str, str]:
    """The entries in which `view` differs from `default`, as a link holds them."""
    values = {entry: getattr(view, entry.field) for entry in entries}
    return {e.name: e.write(value) for e, value in values.items() if value != getattr(default, e.field)}


def from_pad(state: Mapping[str, Any], bounds: Bounds) -> View:
    """The view that the pad emitted, held to the same bounds as a link; a part out of bounds is dropped."""
    return View(**fields_of_state(PARAMS, state, bounds))


def fields_of_state(entries: Sequence[Param], state: Mapping[str, Any], bounds: Any) -> dict[str, Any]:
    """The fields of a view that a component emitted, held to the bounds of a link; one out of bounds is dropped."""
    params: dict[str, str] = {}
    for entry in entries:
        value = state.get(entry.field)
        try:
            if value is not None:
                params[entry.name] = entry.write(value)
        except (TypeError, ValueError):
            continue
    return read_fields(entries, set(), params, bounds)[0]


def for_another_model(view: View, old: Bounds, new: Bounds, same_data: bool) -> View:
    """The view that is kept when the model changes: z belongs to its model, the picture x to the data set."""
    kept = View(overlays=view.overlays, source=view.source, seed=view.seed)
    if not same_data or old.count != new.count:
        return kept
    return dataclasses.replace(kept, x=view.x, hidden=view.hidden)


def short(text: str) -> str:
    shown = text if len(text) <= 40 else text[:37] + "..."
    return repr(shown)
