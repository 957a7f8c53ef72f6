"""Everything that a link to "Where p(x|z) is large" holds, but the widgets' own parts of the later chapters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ui.url_state.schema import (
    LARGEST_SEED,
    Bounds,
    Param,
    read_drawing,
    read_fields,
    read_floats,
    read_names,
    read_whole,
    read_window,
    read_z,
    short,
    write_fields,
    write_floats,
    write_list,
)

MODEL, CHAPTER = "large_model", "large_chapter"
CHAPTERS = {
    "race": "The race",
    "dimension": "The dimension",
    "mending": "Mending the encoder",
    "aggregate": "All of the data",
}
LAYERS = ("heat", "prior", "posterior", "q", "race")
SIGMAS = (0.05, 1.0)
DEPTHS = ("10", "30", "100", "300", "1000", "all")
MOST_DRAWS = 100_000


@dataclass(frozen=True)
class View:
    """One state of the page. `sigma` is None for the model's own, `z` for the mean of q, `window` for all of the codes.

    `depth` is how many nats below the best z the colours of the map reach. `drawing`, where there is one, takes the
    place of test image `x`.
    """

    x: int = 0
    drawing: str | None = None
    sigma: float | None = None
    n: int = 100
    seed: int = 0
    layers: tuple[str, ...] = ("heat", "posterior", "q")
    depth: str = "1000"
    z: tuple[float, ...] | None = None
    window: tuple[float, ...] | None = None


def _read_sigma(text: str, bounds: Bounds) -> float:
    low, high = SIGMAS
    expected = f"a σ from {low:g} to {high:g}"
    try:
        (sigma,) = read_floats(text, 1, expected)
    except ValueError:
        raise ValueError(expected) from None
    if not low <= sigma <= high:
        raise ValueError(expected)
    return sigma


def _read_depth(text: str) -> str:
    if text not in DEPTHS:
        raise ValueError(f"one of {', '.join(DEPTHS)}")
    return text


PARAMS: tuple[Param, ...] = (
    Param("large_x", "x", lambda text, bounds: read_whole(text, 0, bounds.count - 1), str),
    Param("large_drawing", "drawing", read_drawing, str),
    Param("large_sigma", "sigma", _read_sigma, lambda sigma: write_floats([sigma])),
    Param("large_n", "n", lambda text, bounds: read_whole(text, 1, MOST_DRAWS), str),
    Param("large_seed", "seed", lambda text, bounds: read_whole(text, 0, LARGEST_SEED), str),
    Param("large_layers", "layers", lambda text, bounds: read_names(text, LAYERS), write_list),
    Param("large_depth", "depth", lambda text, bounds: _read_depth(text), str),
    Param("large_z", "z", read_z, write_floats),
    Param("large_window", "window", read_window, write_floats),
)
NAMES = {MODEL, CHAPTER, *(param.name for param in PARAMS)}
_WIDGETS = tuple(f"large_{chapter}_" for chapter in CHAPTERS)


def read_choice(params: Mapping[str, str], name: str, known: Sequence[str]) -> tuple[str, list[str]]:
    """The model or the chapter that a link names, else the first one; with the sentences to show."""
    asked = params.get(name)
    if asked is None or asked in known:
        return asked or known[0], []
    return known[0], [f"The link has {name} = {short(asked)}, which is not here: the first one is shown."]


def read_view(params: Mapping[str, str], bounds: Bounds, gaussian: bool) -> tuple[View, list[str]]:
    """The view that the link describes, defaults where it is silent or wrong; with the sentences to show."""
    others = {MODEL, CHAPTER, *(name for name in params if name.startswith(_WIDGETS))}
    fields, problems = read_fields(PARAMS, others, params, bounds)
    if not gaussian and fields.pop("sigma", None) is not None:
        problems.append("The link has a large_sigma, but this model is Bernoulli and has no σ: it is left out.")
    return View(**fields), problems


def write(model: str, default_model: str, chapter: str, view: View) -> dict[str, str]:
    """The link of a view: what is at its default is left out, and a link that says anything names its model."""
    said = write_fields(PARAMS, view, View())
    if said or model != default_model:
        said = {MODEL: model} | said
    return said if chapter == next(iter(CHAPTERS)) else {CHAPTER: chapter} | said
