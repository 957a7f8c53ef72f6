"""What one visitor's session remembers of the latent map; `ui.url_state.sync` keeps it in step with the link."""

from dataclasses import dataclass

import streamlit as st

from ui.model_picker import picked
from ui.pages.latent_map import url
from ui.runs.assets import bounds_of
from ui.runs.catalogue import Catalogue, Entry
from ui.url_state import carried, sync

PICKER, COMPONENT, _VISIT = "map_model", "map_pad", "map_visit"


@dataclass
class PageState:
    """The model and view shown now, with what `ui.url_state.sync.PageState` says, and the sentences to show."""

    model: str
    view: url.View
    given: url.View
    link: dict[str, str]
    problems: list[str]
    turn: int = 0
    note: str = ""


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
    """The pad settled on another view: keep it and write it into the link."""
    here = sync.take_settled(
        _VISIT, COMPONENT, lambda here, state: url.from_component(state, bounds_of(found.runs[here.model]))
    )
    if here is not None:
        _rewrite_link(here, found)


def model_chosen(found: Catalogue) -> None:
    """Another model was picked: keep the picture x where the data set is the same, and say what changes."""
    here = st.session_state[_VISIT]
    old, new = found.runs[here.model], picked(found.runs, PICKER, here.model)
    same_data = old.run.config.data.name == new.run.config.data.name
    sync.hand_over(here, url.for_another_model(here.view, bounds_of(old), bounds_of(new), same_data))
    here.model, here.problems = new.id, []
    here.note = _what_changes(old, new, here.view.x) if same_data else ""
    _rewrite_link(here, found)


def _from_link(found: Catalogue) -> PageState:
    params = sync.read_query()
    if (choice := carried.kept()) and choice.model in found.runs:
        bounds = bounds_of(found.runs[choice.model])
        view = url.from_component({"x": choice.x, "drawing": choice.drawing, "z": choice.z}, bounds)
        return PageState(choice.model, view, view, params, [])
    model, problems = url.read_model(params, list(found.runs))
    view, more = url.read(params, bounds_of(found.runs[model]))
    return PageState(model, view, view, params, problems + more)


def _rewrite_link(here: PageState, found: Catalogue) -> None:
    link = url.write(here.model, next(iter(found.runs)), here.view)
    carried.keep(carried.Choice(here.model, here.view.x, here.view.drawing, here.view.z), link)
    sync.write_query(here, link)


def _what_changes(old: Entry, new: Entry, x: int | None) -> str:
    """One or two sentences on what another likelihood means for the same picture."""
    before, after = (entry.run.config.model.likelihood for entry in (old, new))
    if before == after:
        return ""
    picture = "The pictures are the same" if x is None else f"Test image {x} is the same"
    if after == "bernoulli":
        how = "cut at one half" if new.run.config.data.binarize == "threshold" else "one fixed random draw"
        return (
            f"{picture}, but x is now black or white ({how}): a Bernoulli gives probabilities to 0 and 1 only. "
            "So log p(x|z) is the log of a probability. You cannot compare it with the log density of a Gaussian."
        )
    return (
        f"{picture}, but x now has its grey values: a Gaussian gives them a density with one standard deviation σ. "
        "A log density may be positive, so a distortion may be negative. You cannot compare it with a Bernoulli's."
    )
