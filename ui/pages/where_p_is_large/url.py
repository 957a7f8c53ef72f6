"""What a link to "Where p(x|z) is large" holds, but the widgets' own parts of the later chapters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui.url_state import schema
from ui.url_state.schema import Bounds, Choice, Choices, Drawing, Field, Number, Numbers, Whole, Window

MODEL, CHAPTER = "large_model", "large_chapter"
CHAPTERS = {
    "race": "The race",
    "darts": "Darts",
    "dimension": "The dimension",
    "mending": "Improving q",
    "aggregate": "All of the data",
}
LAYERS = ("heat", "prior", "posterior", "q", "race")
SIGMAS = (0.05, 1.0)
COLOURS = ("log", "likelihood", "joint")
DEPTHS = ("10", "30", "100", "300", "1000", "all")
MOST_DRAWS = 100_000


@dataclass(frozen=True)
class View:
    """One state of the page. `sigma` is None for the model's own, `z` for the start, `window` for all of the codes.

    `colour` is what the map shows: log p(x|z), p(x|z) or p(x|z) p(z). `depth` is how many nats below the best z the
    colours of log p(x|z) reach. `drawing`, where there is one, takes the place of test image `x`.
    """

    x: int = 0
    drawing: str | None = None
    sigma: float | None = None
    n: int = 10_000
    seed: int = 0
    layers: tuple[str, ...] = ("heat", "prior", "posterior")
    colour: str = "log"
    depth: str = "10"
    z: tuple[float, ...] | None = None
    window: tuple[float, ...] | None = None


FIELDS: tuple[Field, ...] = (
    Field("large_x", "x", Whole(0, "count"), rerun=True),
    Field("large_drawing", "drawing", Drawing(), rerun=True),
    Field("large_sigma", "sigma", Number(*SIGMAS, f"a σ from {SIGMAS[0]:g} to {SIGMAS[1]:g}"), "glide", rerun=True),
    Field("large_n", "n", Whole(1, MOST_DRAWS), "field", rerun=True),
    Field("large_seed", "seed", Whole(0, schema.LARGEST_SEED), rerun=True),
    Field("large_layers", "layers", Choices(LAYERS), "field"),
    Field("large_colour", "colour", Choice(COLOURS), "field"),
    Field("large_depth", "depth", Choice(DEPTHS), "field"),
    Field("large_z", "z", Numbers("latent_dim"), "glide"),
    Field("large_window", "window", Window(), "glide"),
)
AIMS = ("prior", "encoder")
MOST_DARTS = 400  # at each aim: as many as a room has members


@dataclass(frozen=True)
class DartsView:
    """One state of the chapter "Darts": at what is thrown, and how many darts have been thrown at each aim."""

    aim: str = AIMS[0]
    prior: int = 0
    encoder: int = 0


DARTS: tuple[Field, ...] = (
    Field("large_darts_aim", "aim", Choice(AIMS), "field"),
    Field("large_darts_prior", "prior", Whole(0, MOST_DARTS), "field"),
    Field("large_darts_encoder", "encoder", Whole(0, MOST_DARTS), "field"),
)
NAMES = {MODEL, CHAPTER, *(field.name for field in FIELDS)}
_WIDGETS = tuple(f"large_{chapter}_" for chapter in CHAPTERS)


def describe(bounds: Bounds) -> dict[str, dict[str, Any]]:
    """Describe the fields of a view for the browser, within what a model allows."""
    return schema.describe(FIELDS, View(), bounds)


def read(params: Mapping[str, str], bounds: Bounds, gaussian: bool) -> tuple[View, list[str]]:
    """The view that the link describes, defaults where it is silent or wrong; with the sentences to show."""
    others = {MODEL, CHAPTER, *(name for name in params if name.startswith(_WIDGETS))}
    fields, problems = schema.read_fields(FIELDS, others, params, bounds)
    if not gaussian and fields.pop("sigma", None) is not None:
        problems.append("The link has a large_sigma, but this model is Bernoulli and has no σ: it is left out.")
    return View(**fields), problems


def write(model: str, default_model: str, chapter: str, view: View) -> dict[str, str]:
    """The link of a view: what is at its default is left out, and a link that says anything names its model."""
    said = schema.write_fields(FIELDS, view, View())
    if said or model != default_model:
        said = {MODEL: model} | said
    return said if chapter == next(iter(CHAPTERS)) else {CHAPTER: chapter} | said
