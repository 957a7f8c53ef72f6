"""The chapters: the first is the page's component where a plane shows z; Streamlit draws the others under their x."""

import random
from functools import partial
from importlib import import_module

import streamlit as st

from ui.pages.where_p_is_large import component, page_state
from ui.pages.where_p_is_large.page_state import PageState
from ui.pages.where_p_is_large.selected_x import Example, for_people, on_plane, select_example
from ui.runs.catalogue import Entry
from ui.runs.model_card import plain
from ui.server.streamlit_private import DeltaGenerator
from ui.url_state import locks

_MODULES = {"darts": "darts", "dimension": "dimension", "mending": "refine_posterior", "aggregate": "aggregate"}
_NEEDS_PLANE = (
    "This chapter adds up all q(z|x) cell by cell on the plane, so it takes models with two latents. Choose one above: "
    "they come first in the list."
)


@st.fragment
def first_chapter(here: PageState, runs: dict[str, Entry]) -> None:
    """Draw the component, or what stands in its place; it reruns alone, and the rest of the page stays as it is."""
    entry, view = runs[here.model], here.view
    if not on_plane(entry):
        _without_plane(here, runs)
        return
    try:
        chosen = select_example(entry, view.x, view.drawing, view.seed)
        found = component.computed(chosen, view.n, view.sigma)
    except ValueError as error:
        st.warning(plain(f"The exact posterior of this x cannot be computed: {error}."))
        found = {}
    data = component.data(entry, here.given, here.turn, found)
    component.mount(data, page_state.COMPONENT, on_view=lambda: page_state.settled(runs))


def _without_plane(here: PageState, runs: dict[str, Entry]) -> None:
    from ui.pages.where_p_is_large import any_dimension

    any_dimension.lead()
    row = st.container(horizontal=True, vertical_alignment="center", key="large_race_controls")
    if (chosen := _choose_x(here, runs, row)) is not None:
        counted = partial(page_state.draws_chosen, runs, any_dimension.N)
        any_dimension.show(chosen, here.view, row, counted, partial(page_state.seed_raised, runs))


def later_chapter(here: PageState, runs: dict[str, Entry]) -> None:
    """Draw a later chapter; its imports wait until it is chosen."""
    show = import_module(f"ui.pages.where_p_is_large.{_MODULES[here.chapter]}").show
    if here.chapter == "dimension":
        show(here.view.seed)
    elif here.chapter == "darts":
        row = st.container(horizontal=True, vertical_alignment="center", key="large_darts_controls")
        if (chosen := _choose_x(here, runs, row)) is not None:
            show(chosen, row, partial(page_state.seed_raised, runs))
    elif here.chapter == "aggregate" and on_plane(runs[here.model]):
        show(runs[here.model])
    elif here.chapter == "aggregate":
        st.info(_NEEDS_PLANE)
    elif (chosen := _choose_x(here, runs)) is not None:
        show(chosen)


def _choose_x(here: PageState, runs: dict[str, Entry], row: DeltaGenerator | None = None) -> Example | None:
    """Draw the chosen x with what changes it into `row`; None, after a sentence, when it cannot be read."""
    entry, view = runs[here.model], here.view
    try:
        chosen = select_example(entry, view.x, view.drawing, view.seed)
    except ValueError as error:
        st.warning(plain(f"This x cannot be shown: {error}."))
        return None
    row = row or st.container(horizontal=True, vertical_alignment="center", key="large_chosen_x")
    row.image(for_people(chosen.x[0], 6), width=84, output_format="PNG", alt=f"x: {chosen.name}")
    row.markdown(f"**x**: {plain(chosen.name)}")
    steps = {"Previous": view.x - 1, "Next": view.x + 1, "Random": random.Random(view.x).randrange(entry.count)}
    for name, x in ({} if locks.is_hidden("picker") else steps).items():
        row.button(
            f"{name} x",  # a lesson beside it has a button Next of its own
            key=f"large_{name.lower()}_x",
            disabled=locks.is_locked("picker"),
            on_click=page_state.x_chosen,
            args=(runs, x % entry.count),
        )
    return chosen
