"""What a link to "Other families" holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui.url_state import schema
from ui.url_state.schema import DRAWN_SIDE, Choice, Field, Levels, Number, Whole

CHAPTERS = ("boltzmann", "autoregressive", "gan", "gsn", "table")
MACHINES, METHODS = ("rbm", "dbm"), ("exact", "cd", "pcd")
SWEEPS, RATES = (1, 3, 10), (0.05, 0.2, 0.5, 1.0, 50.0)
MOST_STEPS = 20_000
WRITERS, ORDERS = ("one", "any"), ("rows", "columns", "middle", "shuffled")
PIXELS, PICTURES = 28 * 28, 24  # of the shipped models, and the test pictures beside them
SMALL_RATES, MOST_SMALL_STEPS = (0.001, 0.01, 0.03, 10.0), 5_000
TABLES = ("moons",)  # of vae_core.transport.targets
TARGETS = ("ring", "line", *TABLES, "drawn")
COLUMNS = ("title", "log_px", "parameters", "seconds", "seconds_a_sample", "memory", "z", "needs")  # of the table
ROWS = ("vae", "iwae", "rbm", "dbm", "autoregressive", "autoregressive-any-order", "gan", "gsn")
MODES, PACES, GENERATOR_STEPS, MOST_ROUNDS = (2, 4, 8), (0.0005, 0.002, 0.01, 0.1), (1, 5), 5_000
WALKS, WALK_MODEL = ("mixture", "vae"), "families_model"
DENOISERS, MOST_UPDATES = ("exact", "learned"), 3_000
LONGEST_ID = 255


@dataclass(frozen=True)
class ModelId:
    """The name of a model."""

    def read(self, text: str, bounds: Any) -> str:
        if not 0 < len(text) <= LONGEST_ID:
            raise ValueError(f"the name of a model, of at most {LONGEST_ID} letters")
        return text

    def write(self, value: str) -> str:
        return str(value)

    def describe(self, bounds: Any) -> dict[str, Any]:
        return {"kind": "text", "most": LONGEST_ID}


@dataclass(frozen=True)
class View:
    """One state of the page: of the chapter on Boltzmann machines, the autoregressive one, the GAN's, the walk's, then
    of the table.

    `rate` is the step of gradient ascent, `k` the sweeps of a chain for each step, `sharpness` what all weights are
    multiplied by; `look` is the step that is shown, or the last one where the training has not come so far. `writer`
    knows one order of pixels or any, `order` is the one that is taken; `picture` is a test picture from 1, or 0 for the
    one drawn from the seed `draw`; `place` pixels of it are written; `pixel` is the chosen one from 1, 0 for none, and
    `flip` is 1 where it is turned over. `small`, `pace_small` and `small_steps` are the training of the small model.
    `target` is the law of the GAN's data, `drawn` the drawn one, None while it is
    empty, `modes` those of the ring; `pace` is its learning rate, `generator_steps` the steps of G for one of D, and
    `rounds` its steps. `noise` is the standard deviation of the corruption, `updates` the steps of the learned
    denoiser's training. `walk_of` is that of the mixture or of a trained VAE, `walk_model` the id of the latter, where
    an empty one lets the page choose. `sort` is the column that the table is sorted by, `row` the family whose samples
    are shown.
    """

    chapter: str = CHAPTERS[0]
    machine: str = MACHINES[0]
    method: str = METHODS[0]
    k: int = SWEEPS[0]
    rate: float = 0.5
    seed: int = 0
    steps: int = 0
    look: int = MOST_STEPS
    sharpness: float = 1.0
    writer: str = WRITERS[0]
    order: str = ORDERS[0]
    picture: int = 0
    draw: int = 0
    place: int = PIXELS
    pixel: int = 0
    flip: int = 0
    small: str = WRITERS[1]
    pace_small: float = 0.01
    small_steps: int = 0
    target: str = TARGETS[0]
    drawn: str | None = None
    modes: int = 8
    pace: float = 0.002
    generator_steps: int = 1
    rounds: int = 0
    noise: float = 0.6
    denoiser: str = DENOISERS[0]
    updates: int = 0
    walk_of: str = WALKS[0]
    walk_model: str = ""
    sort: str = COLUMNS[1]
    row: str = ROWS[0]


FIELDS: tuple[Field, ...] = (
    Field("families_chapter", "chapter", Choice(CHAPTERS)),
    Field("families_machine", "machine", Choice(MACHINES)),
    Field("families_method", "method", Choice(METHODS)),
    Field("families_k", "k", Choice(SWEEPS)),
    Field("families_rate", "rate", Choice(RATES)),
    Field("families_seed", "seed", Whole(0, schema.LARGEST_SEED), "field"),
    Field("families_steps", "steps", Whole(0, MOST_STEPS)),
    Field("families_look", "look", Whole(0, MOST_STEPS), "field"),
    Field("families_sharpness", "sharpness", Number(0, 4), "glide"),
    Field("families_writer", "writer", Choice(WRITERS)),
    Field("families_order", "order", Choice(ORDERS)),
    Field("families_picture", "picture", Whole(0, PICTURES), "field"),
    Field("families_draw", "draw", Whole(0, schema.LARGEST_SEED), "field"),
    Field("families_place", "place", Whole(0, PIXELS), "glide"),
    Field("families_pixel", "pixel", Whole(0, PIXELS), "field"),
    Field("families_flip", "flip", Whole(0, 1), "field"),
    Field("families_small", "small", Choice(WRITERS)),
    Field("families_small_rate", "pace_small", Choice(SMALL_RATES)),
    Field("families_small_steps", "small_steps", Whole(0, MOST_SMALL_STEPS)),
    Field("families_target", "target", Choice(TARGETS)),
    Field("families_drawn", "drawn", Levels(DRAWN_SIDE**2)),
    Field("families_modes", "modes", Choice(MODES)),
    Field("families_pace", "pace", Choice(PACES)),
    Field("families_generator_steps", "generator_steps", Choice(GENERATOR_STEPS)),
    Field("families_rounds", "rounds", Whole(0, MOST_ROUNDS)),
    Field("families_noise", "noise", Number(0.2, 3), "glide"),
    Field("families_denoiser", "denoiser", Choice(DENOISERS)),
    Field("families_updates", "updates", Whole(0, MOST_UPDATES)),
    Field("families_walk", "walk_of", Choice(WALKS)),
    Field(WALK_MODEL, "walk_model", ModelId()),
    Field("families_sort", "sort", Choice(COLUMNS), "field"),
    Field("families_row", "row", Choice(ROWS), "field"),
)


def describe() -> dict[str, dict[str, Any]]:
    """Describe the fields of a view for the browser."""
    return schema.describe(FIELDS, View(), None)


def read(params: Mapping[str, str]) -> tuple[View, list[str]]:
    """The view that the link describes, defaults where it is silent or wrong; with the sentences to show."""
    fields, problems = schema.read_fields(FIELDS, set(), params, None)
    return View(**fields), problems


def write(view: View) -> dict[str, str]:
    """The link of a view: what is at its default is left out."""
    return schema.write_fields(FIELDS, view, View())


def from_component(state: Mapping[str, Any]) -> View:
    """The view that the component emitted, held to the same bounds as a link; a part out of bounds is dropped."""
    return View(**schema.fields_of_state(FIELDS, state, None))
