"""Lessons: every guided lesson with one line, to begin or to go on with."""

import streamlit as st

from ui.lessons.lesson_files import lesson_catalogue
from ui.pages.lessons import lesson_cards
from ui.runs import model_card

LEAD = (
    "Each lesson leads through the real pages in about five minutes: **look**, **predict**, then ask the model. "
    "Begin at the top, or anywhere."
)

st.title("Lessons")
st.markdown(LEAD)
found = lesson_catalogue()
for problem in found.problems:
    st.warning(model_card.plain(problem))
lesson_cards.lessons(list(found.lessons.values()))
st.caption(
    "A lesson is one file of text. `docs/lessons.md` says how to write another one; no programming is needed. "
    "`docs/teaching.md` says how to use them in a class."
)
