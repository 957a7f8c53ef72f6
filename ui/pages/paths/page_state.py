"""What one visitor's session remembers of the page Paths; `ui.url_state.sync` keeps it in step with the link."""

from dataclasses import dataclass, replace

import streamlit as st

from ui.model_picker import picked
from ui.pages.paths import factors, url
from ui.pages.paths.url import View
from ui.runs.assets import bounds_of
from ui.runs.catalogue import Catalogue, Entry
from ui.url_state import carried, sync
from ui.url_state.schema import Bounds
from vae_core.runs.run import read_codes

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
    st.session_state[PICKER] = here.model  # a list that was not drawn on the page before has forgotten it
    if begun and (here.link or carried.has_arrived()):
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
    if (choice := carried.kept()) and choice.model in found.runs:
        shown = _carried_view(choice, found.runs[choice.model])
        return PageState(choice.model, shown, shown, params, [])
    model, problems = url.read_model(params, list(found.runs))
    shown, more = url.read(params, bounds(found.runs[model]))
    return PageState(model, shown, shown, params, problems + more)


def _carried_view(choice: carried.Choice, entry: Entry) -> View:
    """The picture that was chosen on another page is the first stop, and the first of another class the second."""
    if choice.x is None or choice.x >= entry.count:
        return View()
    labels = read_codes(entry.run).label
    others = (labels != labels[choice.x]).nonzero()[0]
    second = int(others[0]) if len(others) else (choice.x + 1) % entry.count
    return View(stops=(str(choice.x), str(second)))


def _rewrite_link(here: PageState, found: Catalogue) -> None:
    first = here.view.stops[0] if here.view.stops else ""
    link = url.write(here.model, next(iter(found.runs)), here.view)
    carried.keep(carried.Choice(here.model, int(first) if first.isdecimal() else None), link)
    sync.write_query(here, link)
