"""The pages that a lesson can open, and what each says of a link that it would open with; no torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ui.argument import chosen
from ui.argument import link as large
from ui.catalogue import recent_catalogue
from ui.entry import Entry
from ui.lessons.lesson import Setting
from ui.link import read_fields, read_model, read_view
from ui.normal_map import view as normal
from ui.pad_data import bounds_of
from ui.paths import view as paths
from ui.paths import visit as paths_visit
from ui.training import visit as training

Read = Callable[[dict[str, str]], list[str]]
_NO_MODEL = "There is no model here that this page could show."


@dataclass(frozen=True)
class Slider:
    """A widget that holds its own part of the link: the type of its value, and which values it has."""

    kind: type
    values: tuple[Setting, ...]  # every one, or the least and the most
    between: bool = True


SLIDERS: dict[str, Slider] = {
    "large_dimension_d": Slider(int, (1, 50)),
    "large_dimension_sigma": Slider(float, (0.05, 1.0)),
    "large_dimension_error": Slider(float, (0.0, 2.0)),
    "large_mending_q": Slider(str, ("encoder's", "best"), False),
    "large_mending_scale": Slider(
        float, (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0), False
    ),
    "large_mending_angle": Slider(int, (0, 90)),
}


def link_of(view: Mapping[str, Setting]) -> dict[str, str]:
    """The view's entries as a link holds them."""
    return {name: str(value) for name, value in view.items()}


def problems(page: str, view: Mapping[str, Setting]) -> list[str]:
    """What the page would say of a link with these entries: one sentence each, none for a sound one."""
    own = {name: value for name, value in view.items() if name in SLIDERS}
    found = [sentence for name, value in own.items() for sentence in _slider_problems(name, value)]
    return found + PAGES[page].read(link_of({name: view[name] for name in view.keys() - own.keys()}))


def _slider_problems(name: str, value: Setting) -> list[str]:
    slider = SLIDERS[name]
    right = isinstance(value, slider.kind) and not isinstance(value, bool)
    if right and slider.between:
        low, high = slider.values
        right = low <= value <= high
    elif right:
        right = value in slider.values
    if right:
        return []
    kind = {int: "a whole number", float: "a number with a decimal point", str: "a word"}[slider.kind]
    if slider.between:
        expected = f"{kind} from {slider.values[0]} to {slider.values[1]}"
    else:
        expected = "one of " + ", ".join(map(repr, slider.values))
    return [f"The link has {name} = {value!r}, expected {expected}."]


def _read_map(params: dict[str, str]) -> list[str]:
    runs = recent_catalogue().runs
    if not runs:
        return [_NO_MODEL]
    model, wrong = read_model(params, list(runs))
    return wrong + read_view(params, bounds_of(runs[model]))[1]


def _read_normal(params: dict[str, str]) -> list[str]:
    return normal.read(params)[1]


def _read_large(params: dict[str, str]) -> list[str]:
    runs = chosen.two_latents(recent_catalogue().runs)
    if not runs:
        return [_NO_MODEL]
    model, wrong = large.read_choice(params, large.MODEL, list(runs))
    chapter = large.read_choice(params, large.CHAPTER, list(large.CHAPTERS))[1]
    return wrong + chapter + large.read_view(params, bounds_of(runs[model]), _gaussian(runs[model]))[1]


def _read_paths(params: dict[str, str]) -> list[str]:
    runs = recent_catalogue().runs
    if not runs:
        return [_NO_MODEL]
    model, wrong = paths.read_model(params, list(runs))
    return wrong + paths.read(params, paths_visit.bounds(runs[model]))[1]


def _read_train(params: dict[str, str]) -> list[str]:
    return read_fields(training.PARAMS, set(), params, None)[1]


def _gaussian(entry: Entry) -> bool:
    return entry.run.config.model.likelihood == "gaussian"


@dataclass(frozen=True)
class Place:
    """A page by the name that people see, and what reads its link."""

    title: str
    read: Read


PAGES: dict[str, Place] = {
    "latent-map": Place("Latent map", _read_map),
    "anything-from-a-normal": Place("Anything from a normal", _read_normal),
    "where-p-is-large": Place("Where p(x|z) is large", _read_large),
    "paths": Place("Paths", _read_paths),
    "train": Place("Train", _read_train),
}
