"""What one visitor's session remembers of the page Train; `ui.url_state.sync` keeps it in step with the link."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from ui.pages.train.url import FIELDS, View
from ui.url_state import sync
from ui.url_state.schema import fields_of_state, read_fields, write_fields

COMPONENT, _VISIT = "train_live", "train_visit"


@dataclass
class PageState:
    """The view shown now, with what `ui.url_state.sync.PageState` says, and the sentences to show."""

    view: View
    given: View
    link: dict[str, str]
    problems: list[str]
    turn: int = 0
    refusal: str = ""  # why what a button asked for was not possible
    removed: tuple[Path, str] | None = None  # place in the trash and title of the run that was deleted last


def current() -> PageState:
    """This session's visit, taken from the link when the link says something new."""
    here, begun = sync.current_state(_VISIT, COMPONENT, _from_link)
    if begun:
        _rewrite_link(here)
    return here


def settled() -> None:
    """The live view settled on another view: keep it and write it into the link."""
    here = sync.take_settled(_VISIT, COMPONENT, _view_of)
    if here is not None:
        here.refusal = ""
        _rewrite_link(here)


def show(here: PageState, view: View) -> None:
    """Hand this view to the live view, and write the link."""
    sync.hand_over(here, view)
    _rewrite_link(here)


def preset_chosen(preset: str) -> None:
    """Another preset was picked in the form; the live view stays as it is."""
    here = st.session_state[_VISIT]
    here.view = dataclasses.replace(here.view, preset=preset)
    _rewrite_link(here)


def _from_link() -> PageState:
    params = sync.read_query()
    fields, problems = read_fields(FIELDS, set(), params, None)
    view, before = View(**fields), st.session_state.get(_VISIT)
    if (
        before and "preset" not in fields and COMPONENT not in st.session_state
    ):  # back from another page, with a bare link
        view = dataclasses.replace(view, preset=before.view.preset)
    return PageState(view, view, params, problems, removed=before.removed if before else None)


def _view_of(here: PageState, state: dict[str, Any]) -> View:
    said = {name: value for name, value in state.items() if value not in (None, [], "")}
    return View(**fields_of_state(FIELDS, said, None) | {"preset": here.view.preset})


def _rewrite_link(here: PageState) -> None:
    sync.write_query(here, write_fields(FIELDS, here.view, View()))
