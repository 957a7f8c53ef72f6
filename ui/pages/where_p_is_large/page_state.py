"""What one visitor's session remembers of "Where p(x|z) is large"; `ui.url_state.sync` keeps it in step with the link.

The later chapters' widgets keep their own parts of the link.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ui.model_picker import picked
from ui.pages.where_p_is_large import url
from ui.pages.where_p_is_large.selected_x import on_plane
from ui.pages.where_p_is_large.url import CHAPTER, CHAPTERS, MODEL, View
from ui.runs.assets import bounds_of
from ui.runs.catalogue import Entry
from ui.url_state import carried, schema, sync
from ui.url_state.schema import fields_of_state, read_choice

COMPONENT, _VISIT = "large_map", "large_visit"


@dataclass
class PageState:
    """Model, chapter and view shown now, with what `ui.url_state.sync.PageState` says, and the sentences to show."""

    model: str
    chapter: str
    view: View
    given: View
    link: dict[str, str]
    problems: list[str]
    turn: int = 0


def current(runs: dict[str, Entry]) -> PageState:
    """This session's visit, taken from the link when the link says something new."""
    here, begun = sync.current_state(
        _VISIT, COMPONENT, lambda: _from_link(runs), lambda here: here.model in runs, url.NAMES
    )
    # A list that was not drawn in the run before, of another page or chapter, has forgotten what was chosen.
    st.session_state[MODEL], st.session_state[CHAPTER] = here.model, here.chapter
    if begun and (here.link or carried.has_arrived()):
        _rewrite(here, runs)
    return here


def settled(runs: dict[str, Entry]) -> None:
    """The map settled on another view: keep it and write it into the link."""
    here = sync.take_settled(_VISIT, COMPONENT, lambda here, state: _view_of(runs[here.model], state))
    if here is not None:
        _rewrite(here, runs)


def _view_of(entry: Entry, state: dict[str, Any]) -> View:
    fields = fields_of_state(url.FIELDS, state, bounds_of(entry))
    if not _gaussian(entry):
        fields.pop("sigma", None)
    return View(**fields)


def model_chosen(runs: dict[str, Entry]) -> None:
    """Another model was picked: z and σ belong to the old one, the picture x to the data set."""
    here = st.session_state[_VISIT]
    old, new = runs[here.model], picked(runs, MODEL, here.model)
    kept = View(n=here.view.n, seed=here.view.seed, layers=here.view.layers, depth=here.view.depth)
    if old.run.config.data.name == new.run.config.data.name and old.count == new.count:
        kept = dataclasses.replace(kept, x=here.view.x, drawing=here.view.drawing)
    sync.hand_over(here, kept)
    here.model, here.problems = new.id, []
    _rewrite(here, runs)


def chapter_chosen(runs: dict[str, Entry]) -> None:
    here = st.session_state[_VISIT]
    if (named := st.session_state[CHAPTER]) in CHAPTERS:
        here.chapter, here.problems = named, []
    _rewrite(here, runs)


def x_chosen(runs: dict[str, Entry], x: int) -> None:
    """Another test image, chosen outside of the map."""
    here = st.session_state[_VISIT]
    sync.hand_over(here, dataclasses.replace(here.view, x=x, drawing=None, z=None))
    _rewrite(here, runs)


def draws_chosen(runs: dict[str, Entry], key: str) -> None:
    """Another n was picked in the widget `key`, outside of the map."""
    here, n = st.session_state[_VISIT], st.session_state[key]
    if isinstance(n, int) and 1 <= n <= url.MOST_DRAWS:
        sync.hand_over(here, dataclasses.replace(here.view, n=n))
        _rewrite(here, runs)


def seed_raised(runs: dict[str, Entry]) -> None:
    """The same race with other draws."""
    here = st.session_state[_VISIT]
    sync.hand_over(here, dataclasses.replace(here.view, seed=(here.view.seed + 1) % (schema.LARGEST_SEED + 1)))
    _rewrite(here, runs)


def _from_link(runs: dict[str, Entry]) -> PageState:
    params = sync.read_query()
    if (choice := carried.kept()) and choice.model in runs:
        view = _carried_view(choice, runs[choice.model])
        return PageState(choice.model, next(iter(CHAPTERS)), view, view, {}, [])
    model, problems = read_choice(params, MODEL, list(runs))
    chapter, more = read_choice(params, CHAPTER, list(CHAPTERS))
    view, wrong = url.read(params, bounds_of(runs[model]), _gaussian(runs[model]))
    if view.sigma is not None and not on_plane(runs[model]):
        view = dataclasses.replace(view, sigma=None)
        wrong = [*wrong, "The link has a large_sigma, which needs a model on the plane: this one keeps its own σ."]
    return PageState(model, chapter, view, view, sync.read_query(url.NAMES), problems + more + wrong)


def _carried_view(choice: carried.Choice, entry: Entry) -> View:
    """The picture that was chosen on another page; z begins where it always does here, beside the spot."""
    asked = {"x": choice.x, "drawing": choice.drawing}
    return _view_of(entry, {name: value for name, value in asked.items() if value is not None})


def _gaussian(entry: Entry) -> bool:
    return entry.run.config.model.likelihood == "gaussian"


def _rewrite(here: PageState, runs: dict[str, Entry]) -> None:
    link = url.write(here.model, next(iter(runs)), here.chapter, here.view)
    choice = carried.Choice(here.model, None if here.view.drawing else here.view.x, here.view.drawing)
    carried.keep(choice, {name: value for name, value in link.items() if name != CHAPTER})
    sync.write_query(here, link, url.NAMES)
