"""What one visitor's session remembers of the page, and how it keeps step with the link, as `ui.visit` does.

The link is the truth: when it changes from outside the component is given its view; when the component settles on
another view only the link is rewritten.
"""

from dataclasses import dataclass, field

import streamlit as st

from ui.normal_map import view
from ui.normal_map.view import View

COMPONENT, _VISIT = "normal_component", "normal_visit"


@dataclass
class Visit:
    """The view shown now, the one last handed to the component, and the link as last written."""

    view: View
    given: View
    link: dict[str, str]
    turn: int = 0  # counts the hand-overs: a view that is given again is new to the component
    problems: list[str] = field(default_factory=list)


def current() -> Visit:
    """This session's visit, taken from the link when the link says something new."""
    visit = st.session_state.get(_VISIT)
    if visit is None or visit.link != st.query_params.to_dict():
        shown, problems = view.read(st.query_params.to_dict())
        visit = Visit(shown, shown, {}, visit.turn + 1 if visit else 0, problems)
        st.session_state[_VISIT] = visit
        _rewrite_link(visit)
    elif COMPONENT not in st.session_state:  # the visitor comes back from another page: it is mounted anew
        visit.given, visit.turn = visit.view, visit.turn + 1
    return visit


def settled() -> None:
    """The component settled on another view: keep it and write it into the link."""
    visit, state = st.session_state[_VISIT], st.session_state[COMPONENT].get("view")
    if isinstance(state, dict):
        visit.view = view.from_component(state)
        _rewrite_link(visit)


def _rewrite_link(visit: Visit) -> None:
    visit.link = view.write(visit.view)
    if visit.link != st.query_params.to_dict():
        st.query_params.from_dict(visit.link)
