"""Each page's component: its module, its links and its data, all by the app's own code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ui.pages.anything_from_a_normal import url as normal_view
from ui.pages.anything_from_a_normal.component import data as normal_data
from ui.pages.latent_map import url as map_url
from ui.pages.latent_map.component import data as map_data
from ui.pages.other_families import url as families_view
from ui.pages.other_families.component import data as families_data
from ui.pages.paths import url as paths_view
from ui.pages.paths.component import data as paths_data
from ui.pages.paths.page_state import bounds as paths_bounds
from ui.pages.train import url as train_url
from ui.pages.train.component import data as train_data
from ui.pages.where_p_is_large import url as large_link
from ui.pages.where_p_is_large.selected_x import select_example, two_latents
from ui.runs.assets import bounds_of
from ui.runs.catalogue import recent_catalogue
from ui.url_state import schema
from ui.url_state.schema import fields_of_state

Link = Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """`normal` is a link as the app writes it; `settle` is the link after the component has settled on a state.

    `data` is what the component is handed where one link is shown and another one was last given, for the turn-th time.
    """

    module: str
    title: str
    normal: Callable[[Link], dict[str, str]]
    settle: Callable[[Link, Mapping[str, Any]], dict[str, str]]
    data: Callable[[Link, Link, int], dict[str, Any]]


def _map_parts(params: Link) -> tuple[Any, map_url.View, str]:
    runs = recent_catalogue().runs
    model, _ = map_url.read_model(params, list(runs))
    return runs[model], map_url.read(params, bounds_of(runs[model]))[0], next(iter(runs))


def _map_normal(params: Link) -> dict[str, str]:
    entry, view, first = _map_parts(params)
    return map_url.write(entry.id, first, view)


def _map_settle(params: Link, state: Mapping[str, Any]) -> dict[str, str]:
    entry, _, first = _map_parts(params)
    return map_url.write(entry.id, first, map_url.from_component(state, bounds_of(entry)))


def _map_data(_: Link, given: Link, turn: int) -> dict[str, Any]:
    entry, view, _ = _map_parts(given)
    return map_data(entry, view, turn, guided=not given)


def _normal_settle(_: Link, state: Mapping[str, Any]) -> dict[str, str]:
    return normal_view.write(normal_view.from_component(state))


def _normal_data(_: Link, given: Link, turn: int) -> dict[str, Any]:
    return normal_data(normal_view.read(given)[0], turn)


def _paths_parts(params: Link) -> tuple[Any, Any, str]:
    runs = recent_catalogue().runs
    model, _ = paths_view.read_model(params, list(runs))
    return runs[model], paths_view.read(params, paths_bounds(runs[model]))[0], next(iter(runs))


def _paths_normal(params: Link) -> dict[str, str]:
    entry, view, first = _paths_parts(params)
    return paths_view.write(entry.id, first, view)


def _paths_settle(params: Link, state: Mapping[str, Any]) -> dict[str, str]:
    entry, _, first = _paths_parts(params)
    return paths_view.write(entry.id, first, paths_view.from_component(state, paths_bounds(entry)))


def _paths_data(_: Link, given: Link, turn: int) -> dict[str, Any]:
    entry, view, _ = _paths_parts(given)
    return paths_data(entry, view, turn)


def _large_parts(params: Link) -> tuple[Any, large_link.View, str]:
    runs = two_latents(recent_catalogue().runs)
    model, _ = schema.read_choice(params, large_link.MODEL, list(runs))
    view, _ = large_link.read(params, bounds_of(runs[model]), _gaussian(runs[model]))
    return runs[model], view, next(iter(runs))


def _gaussian(entry: Any) -> bool:
    return entry.run.config.model.likelihood == "gaussian"


def _large_normal(params: Link) -> dict[str, str]:
    entry, view, first = _large_parts(params)
    return large_link.write(entry.id, first, next(iter(large_link.CHAPTERS)), view)


def _large_settle(params: Link, state: Mapping[str, Any]) -> dict[str, str]:
    entry, _, first = _large_parts(params)
    fields = fields_of_state(large_link.FIELDS, state, bounds_of(entry))
    if not _gaussian(entry):
        fields.pop("sigma", None)
    return large_link.write(entry.id, first, next(iter(large_link.CHAPTERS)), large_link.View(**fields))


def _large_data(shown: Link, given: Link, turn: int) -> dict[str, Any]:
    from ui.pages.where_p_is_large import component  # needs torch

    entry, view, _ = _large_parts(shown)
    found = component.computed(select_example(entry, view.x, view.drawing, view.seed), view.n, view.sigma)
    return component.data(entry, _large_parts(given)[1], turn, found)


def _train_view(params: Link) -> train_url.View:
    return train_url.View(**schema.read_fields(train_url.FIELDS, set(), params, None)[0])


def _train_write(view: train_url.View) -> dict[str, str]:
    return schema.write_fields(train_url.FIELDS, view, train_url.View())


def _train_settle(params: Link, state: Mapping[str, Any]) -> dict[str, str]:
    said = {name: value for name, value in state.items() if value not in (None, [], "")}
    fields = fields_of_state(train_url.FIELDS, said, None) | {"preset": _train_view(params).preset}
    return _train_write(train_url.View(**fields))


def _train_data(_: Link, given: Link, turn: int) -> dict[str, Any]:
    return train_data(_train_view(given), turn)


PAGES = {
    "": Page("latent_map/main.js", "The latent map", _map_normal, _map_settle, _map_data),
    "anything-from-a-normal": Page(
        "anything_from_a_normal/main.js",
        "The normal map",
        lambda params: normal_view.write(normal_view.read(params)[0]),
        _normal_settle,
        _normal_data,
    ),
    "other-families": Page(
        "other_families/main.js",
        "The other families",
        lambda params: families_view.write(families_view.read(params)[0]),
        lambda params, state: families_view.write(families_view.from_component(state)),
        lambda shown, given, turn: families_data(families_view.read(given)[0], turn),
    ),
    "where-p-is-large": Page(
        "where_p_is_large/main.js", "The map of log p(x|z)", _large_normal, _large_settle, _large_data
    ),
    "train": Page(
        "train/main.js",
        "The live view",
        lambda params: _train_write(_train_view(params)),
        _train_settle,
        _train_data,
    ),
    "paths": Page("paths/main.js", "The page", _paths_normal, _paths_settle, _paths_data),
}
