"""How a page keeps step with its link, for what each page remembers of one visitor's session, its visit.

The link is the truth. When it changes from outside (a first visit, Back, an edited address) the page's component is
given its view. When the component settles on another view only the link is rewritten, so that it is never given its
own view back.
"""

from collections.abc import Callable, Container
from typing import Any, Protocol, TypeVar

import streamlit as st


class PageState(Protocol):
    """`view` is shown now, `given` was last handed to the component, and `link` is the page's part as last written.

    `turn` counts the hand-overs: a view that is given again after the component has left it is new to the component.
    """

    view: Any
    given: Any
    link: dict[str, str]
    turn: int


# Names that any link may hold beside a page's own: a lesson and its step, a room, what the teacher hides or locks, and
# whether the page is shown to a class.
EVERYWHERE = ("lesson", "lesson_step", "room", "hide", "lock", "present")

SomeVisit = TypeVar("SomeVisit", bound=PageState)


def read_query(ours: Container[str] | None = None) -> dict[str, str]:
    """The page's part of the link: the names in `ours`, or all but EVERYWHERE. Widgets write theirs by themselves."""
    params = st.query_params.to_dict()
    return {name: params[name] for name in params if (name not in EVERYWHERE if ours is None else name in ours)}


def current_state(
    key: str,
    component: str,
    begin: Callable[[], SomeVisit],
    stands: Callable[[SomeVisit], bool] = lambda visit: True,
    ours: Container[str] | None = None,
) -> tuple[SomeVisit, bool]:
    """This session's visit, kept under `key`, and whether the link has just begun it.

    `begin` reads the link when it says something new, and when the old visit no longer `stands`.
    """
    visit = st.session_state.get(key)
    if visit is None or visit.link != read_query(ours) or not stands(visit):
        turn = visit.turn + 1 if visit else 0
        visit = st.session_state[key] = begin()
        visit.turn = turn
        return visit, True
    if component not in st.session_state:  # the visitor comes back from elsewhere: the component is mounted anew
        hand_over(visit, visit.view)
    return visit, False


def hand_over(visit: PageState, view: Any) -> None:
    """Hand this view to the component."""
    visit.view = visit.given = view
    visit.turn += 1


def take_settled(key: str, component: str, view_of: Callable[[SomeVisit, dict[str, Any]], Any]) -> SomeVisit | None:
    """The visit with the view that the component has settled on, which `view_of` reads; None when there is none."""
    visit, state = st.session_state[key], st.session_state[component].get("view")
    if not isinstance(state, dict):
        return None
    visit.view = view_of(visit, state)
    return visit


def write_query(visit: PageState, link: dict[str, str], ours: Container[str] | None = None) -> None:
    """Make `link` the page's part of the link; one change is one entry in the browser's history."""
    visit.link, old = link, read_query(ours)
    if link == old:
        return
    rest = {name: value for name, value in st.query_params.to_dict().items() if name not in old}
    if rest.keys() <= set(EVERYWHERE):
        st.query_params.from_dict(link | rest)
        return
    for name in old.keys() - link.keys():
        del st.query_params[name]
    st.query_params.update(link)  # a widget's own part may not be written, so it is left alone
