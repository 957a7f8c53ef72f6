"""Where p(x|z) is large: the integral, what it costs the prior, and what the encoder is for."""

import streamlit as st

from ui import cards, heavy
from ui.argument.chosen import two_latents
from ui.argument.link import CHAPTER, CHAPTERS, MODEL
from ui.catalogue import recent_catalogue
from ui.model_picker import model_picker
from ui.teaching import held

LEAD = (
    "log p(x) is an integral over all z, but for a given x only a small spot of the plane counts. "
    "**Look** at how small it is, **drag** z into it, and **race**: who finds it first?"
)
EMPTY = "There is no model with two latents here, and the plane of this page needs one."

st.title("Where p(x|z) is large")
found = recent_catalogue()
runs = two_latents(found.runs)
if not runs:
    st.info(EMPTY)
    st.stop()
with st.spinner("Loading torch"):
    heavy.load_torch()

from ui.argument import picker, race, visit  # noqa: E402  (they need torch)

here = visit.current_visit(runs)
top = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
if not held.is_hidden("chapters"):
    top.pills(
        "Chapter",
        list(CHAPTERS),
        format_func=CHAPTERS.__getitem__,
        key=CHAPTER,
        label_visibility="collapsed",
        required=True,
        wrap=True,
        disabled=held.is_locked("chapters"),
        on_change=visit.chapter_chosen,
        args=(runs,),
    )
if here.chapter != "dimension":
    model_picker(top, runs, MODEL, visit.model_chosen, (runs,))
for problem in here.problems:
    st.warning(cards.plain(problem))
if here.chapter == "race":
    st.markdown(LEAD)
    race.show(here, runs)
else:
    picker.later_chapter(here, runs)
