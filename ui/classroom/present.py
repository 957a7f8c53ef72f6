"""Presenter mode: show one panel of the page at a time, as large as the screen allows; keys turn to the next one."""

import dataclasses

from ui.components import web_files
from ui.components.register import register
from ui.url_state.locks import Locks


@dataclasses.dataclass(frozen=True)
class Panel:
    """Parts of a page that are shown together, and where each of them stands.

    A part is the CSS selector of an element, of which the first that is shown counts. A panel exists while its first
    part is shown. `rows` has one letter for each column: the parts are a, b, c, … in their order, and a letter in
    several cells takes all of them. Without `rows` the parts stand one below another. `columns` are widths as in CSS.
    """

    title: str
    parts: tuple[str, ...]
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


_HALF = "minmax(0, 1fr)"
_PLANE = "minmax(0, min(60%, var(--panel-room)))"  # a square that is as high as the panel


def _beside_plane(title: str, *parts: str) -> Panel:
    """The plane of z at the left, the other parts one below another at its right."""
    rows = tuple("a" + chr(ord("b") + n) for n in range(len(parts)))
    return Panel(title, (".column .plane", *parts), rows, (_PLANE, _HALF))


def _chart(title: str, name: str, *above: str) -> Panel:
    """A chart that Streamlit draws, with what stands above it; all of them are known by their keys."""
    keys = [f".st-key-{key}" for key in (name, *above)]
    letters = [chr(ord("a") + n) for n in range(len(keys))]
    return Panel(title, tuple(keys), (*letters[1:], "a"))


def _chart_beside(title: str, name: str, words: str, *above: str) -> Panel:
    """A chart of a plane with words at its right, and what stands above both."""
    keys = tuple(f".st-key-{key}" for key in (name, words, *above))
    return Panel(title, keys, (*(2 * chr(ord("c") + n) for n in range(len(above))), "ab"), ("minmax(0, 2fr)", _HALF))


# The panels of each page, of all its chapters and tabs: those that exist are counted.
PANELS: dict[str, tuple[Panel, ...]] = {
    "": (
        _beside_plane("The map and the decoded picture", ".decoded figure", ".decoded .facts"),
        Panel("x, reconstruction, draw", (".chosen .triple", ".chosen header", ".chosen .picker"), ("b", "c", "a")),
        Panel("Rate, distortion, ELBO", (".numbers", ".chosen header", ".chosen .picker"), ("b", "c", "a")),
        Panel("Sliders of z", (".dims", ".decoded figure"), ("ba",), ("minmax(0, 2fr)", "minmax(0, 3fr)")),
        Panel("Draws", (".samples",)),
    ),
    "anything-from-a-normal": (
        Panel(
            "From z to x",
            (".side.x", ".side.z", ".choice", ".learner", ".covariance", ".easel-tools", ".morph"),
            ("cc", "dd", "ee", "ff", "ba", "gg"),
            (_HALF, _HALF),
        ),
        Panel(
            "Distance and charts",
            (".side.x", ".distance", ".charts"),
            ("ab", "ac"),
            ("minmax(0, var(--panel-room))", _HALF),
        ),
    ),
    "other-families": (
        Panel("Better, and slower", (".course", ".facts-of-family", ".sharpness", ".learner"), ("d", "a", "c", "b")),
        Panel("The chain", (".chain",)),
        Panel("The data", (".patterns",)),
        Panel("The weights", (".unit-weights",)),
        Panel("Test pictures", (".scored-pictures",)),
        Panel(
            "Pixel by pixel",
            (".writing", ".pixel-facts", ".running-sum"),
            ("ab", "ac"),
            ("minmax(0, 3fr)", "minmax(0, 2fr)"),
        ),
        Panel("Averages over orders", (".averages",)),
        Panel(
            "The GAN and the VAE",
            (".gan-latent", ".gan-plane.of-gan", ".gan-plane.of-vae"),
            ("abc",),
            ("minmax(0, 2fr)", "minmax(0, 3fr)", "minmax(0, 3fr)"),
        ),
        Panel("The game on a line", (".gan-line.of-gan", ".gan-line.of-vae"), ("ab",), (_HALF, _HALF)),
        Panel("What each gives up", (".gan-facts",)),
        Panel("The value of the game", (".gan-values", ".gan-judges"), ("b", "a")),
        Panel("Modes over the steps", (".gan-modes",)),
        Panel("The walk", (".walk", ".noise"), ("ab",), ("minmax(0, 3fr)", "minmax(0, 2fr)")),
        Panel("The table", (".families-table",)),
        Panel("Samples of a family", (".families-samples",)),
        Panel("The denoisers", (".denoiser-pictures",)),
        Panel("The steps", (".vae-pictures",)),
    ),
    "where-p-is-large": (
        _beside_plane("The map and the race", ".race .control", ".race .chart", ".race .verdict"),
        _beside_plane("x and p(x|z)", ".here .three", ".here .facts", ".here .picker"),
        Panel("The race", (".race .chart", ".race .control", ".race .verdict"), ("b", "a", "c")),
        Panel("The estimates", (".race .weights", ".race .control", ".race .verdict"), ("b", "c", "a")),
        Panel("Why the weights", (".weighting",)),
        Panel("The identity", (".identity",)),
        Panel(
            "The darts",
            (".board .face", ".darts > .bar", ".column > .verdict", ".wall"),
            ("bb", "ac", "ad"),
            (_PLANE, _HALF),
        ),
        Panel("What the darts say", (".score", ".darts > .bar", ".column > .verdict"), ("b", "c", "a")),
        _beside_plane("The likelihood", ".sigma", ".here .three"),
        _chart("The race from the first draw", "large_race_whole", "large_race_controls", "large_race_arrivals"),
        _chart("The race near the finish line", "large_race_finish", "large_race_controls", "large_race_arrivals"),
        _chart("The estimates", "large_race_table", "large_race_controls"),
        _chart("The identity", "large_race_identity"),
        _chart("The modes of p(z|x)", "large_race_modes"),
        _chart("What prior and encoder need", "large_dimension_numbers", "large_dimension_controls"),
        _chart("How often a race arrives", "large_dimension_success", "large_dimension_controls"),
        _chart("What it costs", "large_dimension_costs", "large_dimension_controls"),
        _chart("Trained models", "large_dimension_trained"),
        _chart("How wrong the encoder is", "large_dimension_exam"),
        _chart("The ELBO climbs", "large_mending_path", "large_chosen_x"),
        _chart("Two gaps", "large_mending_gaps", "large_mending_numbers"),
        _chart_beside("The width of q", "large_mending_plane", "large_mending_scale_numbers", "large_mending_controls"),
        _chart("What the scale of q does", "large_mending_scales", "large_mending_controls"),
        _chart_beside(
            "A diagonal q cannot tilt", "large_mending_turned", "large_mending_turned_gap", "large_mending_angle"
        ),
        _chart("The gap against the angle", "large_mending_gap", "large_mending_angle"),
        _chart_beside("All codes and their holes", "large_aggregate_plane", "large_aggregate_decoded"),
        _chart("What the rate is made of", "large_aggregate_surgery", "large_aggregate_sum"),
    ),
    "paths": (
        Panel(
            "The map and the frame",
            ("section.map .plane", ".frame-row", ".clock"),
            ("ab", "cc"),
            (_PLANE, "minmax(0, calc(var(--panel-height) * 0.3))"),
        ),
        Panel("The measurements of the frame", (".frame-table", ".clock")),
        Panel("The pictures", (".strips", ".clock")),
        Panel("Figures along the path", (".path-charts", ".clock")),
        Panel("One dimension at a time", (".sheet",)),
        Panel("One dimension moved", (".sweeper",)),
        Panel("Grid of four", (".grid-of-four",)),
        Panel("Adding a difference", (".adding .result", ".adding .separation"), ("b", "a")),
    ),
    "train": (
        Panel("The curves", (".curves", ".head"), ("b", "a")),
        Panel("The latent map", (".column .plane", ".decoded figure", ".scrubber"), ("ab", "cc"), (_PLANE, _HALF)),
        Panel("Followed pictures", (".followed", ".scrubber")),
        Panel("Comparison", (".compare",)),
    ),
}
_KEY = "presenter"
_component = register("vae_lab_presenter", "classroom/present.js", "Presenter mode")


def present(held: Locks) -> None:
    """Be ready to show the page, which the frame has drawn, as panels; a link may ask for it and name the first one."""
    panels = PANELS.get(held.page, ())
    if panels or held.present:
        data = {"assets": web_files.asset_base(), "panels": list(map(dataclasses.asdict, panels))}
        _component(key=_KEY, data=[data | {"present": held.present}])
