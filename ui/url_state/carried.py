"""The model, the picture x and the place z that a visitor has chosen, carried from page to page of one tab.

A page that is opened without a link of its own begins with them, and writes them into its link. It does not write
them when the visitor goes Back to its own address without a link: a link written there would be one more entry of the
browser's history, and nobody could go back any further. A lesson says itself what each of its steps shows, so nothing
is carried there.
"""

from dataclasses import dataclass

import streamlit as st

from ui.url_state import sync

_KEY, _PAGE, _ARRIVED = "carried_choice", "carried_page", "carried_arrived"


@dataclass(frozen=True)
class Choice:
    """A model by its id, and what was chosen of it: test image `x` or a `drawing`, and `z`; None where nothing is."""

    model: str
    x: int | None = None
    drawing: str | None = None
    z: tuple[float, ...] | None = None


def enter(page: str) -> None:
    """Note at the beginning of a run which page is shown."""
    st.session_state[_ARRIVED] = st.session_state.get(_PAGE) != page
    st.session_state[_PAGE] = page


def has_arrived() -> bool:
    """Return whether the page was another one in the run before."""
    return st.session_state.get(_ARRIVED, True)


def keep(choice: Choice, link: dict[str, str]) -> None:
    """Remember what a page shows now; nothing where its link is empty, since then nothing was chosen."""
    st.session_state[_KEY] = choice if link else None


def chosen() -> Choice | None:
    """Return what the visitor has chosen in this tab; None where nothing is."""
    return st.session_state.get(_KEY)


def kept() -> Choice | None:
    """Return what the page that was left has shown; None where the link says what to show, or nothing was chosen."""
    if sync.read_query() or "lesson" in st.query_params:
        return None
    return st.session_state.get(_KEY)
