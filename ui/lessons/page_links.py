"""The pages that a lesson can open, and what each makes of a link that it would open with; no torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ui.lessons.lesson import Setting
from ui.pages.anything_from_a_normal import url as normal
from ui.pages.latent_map import url as latent_map
from ui.pages.other_families import url as families
from ui.pages.paths import page_state as paths_visit
from ui.pages.paths import url as paths
from ui.pages.train import url as train
from ui.pages.where_p_is_large import selected_x
from ui.pages.where_p_is_large import url as large
from ui.runs.assets import bounds_of
from ui.runs.catalogue import recent_catalogue
from ui.url_state import schema

Read = Callable[[dict[str, str]], tuple[dict[str, str], list[str]]]
FRONT = "latent-map"  # the page whose address has no name
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
    found = [sentence for name in view.keys() & SLIDERS.keys() for sentence in _slider_problems(name, view[name])]
    return found + PAGES[page].read(link_of(without_sliders(view)))[1]


def opened(page: str, view: Mapping[str, Setting]) -> dict[str, str]:
    """The link as the page itself writes it when it opens with this view, so that it need not write it again."""
    return PAGES[page].read(link_of(without_sliders(view)))[0]


def without_sliders(view: Mapping[str, Setting]) -> dict[str, Setting]:
    """The entries that no slider holds by itself."""
    return {name: value for name, value in view.items() if name not in SLIDERS}


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


def _read_map(params: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    runs = recent_catalogue().runs
    if not runs:
        return params, [_NO_MODEL]
    model, wrong = latent_map.read_model(params, list(runs))
    view, more = latent_map.read(params, bounds_of(runs[model]))
    return latent_map.write(model, next(iter(runs)), view), wrong + more


def _read_normal(params: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    view, wrong = normal.read(params)
    return normal.write(view), wrong


def _read_large(params: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    runs = selected_x.every_model(recent_catalogue().runs)
    if not runs:
        return params, [_NO_MODEL]
    model, wrong = schema.read_choice(params, large.MODEL, list(runs))
    chapter, more = schema.read_choice(params, large.CHAPTER, list(large.CHAPTERS))
    gaussian = runs[model].run.config.model.likelihood == "gaussian"
    view, most = large.read(params, bounds_of(runs[model]), gaussian)
    return large.write(model, next(iter(runs)), chapter, view), wrong + more + most


def _read_paths(params: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    runs = recent_catalogue().runs
    if not runs:
        return params, [_NO_MODEL]
    model, wrong = paths.read_model(params, list(runs))
    view, more = paths.read(params, paths_visit.bounds(runs[model]))
    return paths.write(model, next(iter(runs)), view), wrong + more


def _read_train(params: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    fields, wrong = schema.read_fields(train.FIELDS, set(), params, None)
    return schema.write_fields(train.FIELDS, train.View(**fields), train.View()), wrong


def _read_families(params: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    view, wrong = families.read(params)
    return families.write(view), wrong


@dataclass(frozen=True)
class Place:
    """A page by the name that people see, and what reads its link: as the page writes it, and what it says of it."""

    title: str
    read: Read


PAGES: dict[str, Place] = {
    "latent-map": Place("Latent map", _read_map),
    "anything-from-a-normal": Place("Anything from a normal", _read_normal),
    "where-p-is-large": Place("Where p(x|z) is large", _read_large),
    "paths": Place("Paths", _read_paths),
    "train": Place("Train", _read_train),
    "other-families": Place("Other families", _read_families),
}
