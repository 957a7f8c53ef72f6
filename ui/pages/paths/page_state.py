"""What one visitor's session remembers of the page Paths; `ui.url_state.sync` keeps it in step with the link."""

from dataclasses import dataclass, replace

import streamlit as st

from ui.model_picker import picked
from ui.pages.paths import factors, url
from ui.pages.paths.url import View
from ui.runs.assets import bounds_of
from ui.runs.catalogue import Catalogue, Entry
from ui.url_state import sync
from ui.url_state.schema import Bounds

PICKER, COMPONENT, _VISIT = url.MODEL, "paths_component", "paths_visit"


@dataclass
class PageState:
    """The model and view shown now, with what `ui.url_state.sync.PageState` says, and the sentences to show."""

    model: str
    view: View
    given: View
    link: dict[str, str]
    problems: list[str]
    turn: int = 0


def bounds(entry: Entry) -> Bounds:
    """What the run allows in a link to this page."""
    return replace(bounds_of(entry), factors=tuple(len(each["values"]) for each in factors.facts(entry)))


def current(found: Catalogue) -> PageState:
    """This session's visit, taken from the link when the link says something new."""
    here, begun = sync.current_state(
        _VISIT, COMPONENT, lambda: _from_link(found), lambda here: here.model in found.runs
    )
    if begun:
        st.session_state[PICKER] = here.model
        _rewrite_link(here, found)
    return here


def settled(found: Catalogue) -> None:
    """The component settled on another view: keep it and write it into the link."""
    here = sync.take_settled(
        _VISIT, COMPONENT, lambda here, state: url.from_component(state, bounds(found.runs[here.model]))
    )
    if here is not None:
        _rewrite_link(here, found)


def model_chosen(found: Catalogue) -> None:
    """Another model was picked: the same pictures are kept where the data set is the same."""
    here = st.session_state[_VISIT]
    old, new = found.runs[here.model], picked(found.runs, PICKER, here.model)
    same_data = old.run.config.data.name == new.run.config.data.name and old.count == new.count
    sync.hand_over(here, url.for_another_model(here.view, same_data))
    here.model, here.problems = new.id, []
    _rewrite_link(here, found)


def _from_link(found: Catalogue) -> PageState:
    params = sync.read_query()
    model, problems = url.read_model(params, list(found.runs))
    shown, more = url.read(params, bounds(found.runs[model]))
    return PageState(model, shown, shown, params, problems + more)


def _rewrite_link(here: PageState, found: Catalogue) -> None:
    sync.write_query(here, url.write(here.model, next(iter(found.runs)), here.view))
