"""Where p(x|z) is large: the integral, what it costs the prior, and what the encoder is for."""

import streamlit as st

from ui.model_picker import model_picker
from ui.pages.where_p_is_large.selected_x import every_model, on_plane
from ui.pages.where_p_is_large.url import CHAPTER, CHAPTERS, MODEL
from ui.runs import model_card
from ui.runs.catalogue import recent_catalogue
from ui.server import lazy_torch
from ui.url_state import locks

LEAD = (
    "p(x) is an integral over all z, but for one x only a small spot of the plane counts. "
    "**Look** at how small it is, **drag** z into it, and **race**: who finds it first?"
)
EMPTY = "There is no model to show yet. Train one on the page Train. Choose two latents if you want to see the plane."

st.title("Where p(x|z) is large")
found = recent_catalogue()
runs = every_model(found.runs)
if not runs:
    st.info(EMPTY)
    st.stop()
with st.spinner("Loading torch"):
    lazy_torch.load_torch()

from ui.pages.where_p_is_large import chapters, page_state  # noqa: E402  (they need torch)

here = page_state.current(runs)
top = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
if not locks.is_hidden("chapters"):
    top.pills(
        "Chapter",
        list(CHAPTERS),
        format_func=CHAPTERS.__getitem__,
        key=CHAPTER,
        label_visibility="collapsed",
        required=True,
        wrap=True,
        disabled=locks.is_locked("chapters"),
        on_change=page_state.chapter_chosen,
        args=(runs,),
    )
if here.chapter != "dimension":
    model_picker(top, runs, MODEL, page_state.model_chosen, (runs,))
for problem in here.problems:
    st.warning(model_card.plain(problem))
if here.chapter == "race":
    if on_plane(runs[here.model]):
        st.markdown(LEAD)
    chapters.first_chapter(here, runs)
else:
    chapters.later_chapter(here, runs)
