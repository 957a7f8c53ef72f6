"""Lessons: every guided lesson with one line, to begin or to go on with."""

import streamlit as st

from ui import guide
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
st.caption("A lesson is one file of text: you can write one without programming.")
with st.container(horizontal=True):
    guide.button("How to write a lesson", "lessons")
    guide.button("How to teach with VAE Lab", "teaching")
