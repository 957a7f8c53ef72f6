"""The glossary: the terms that stand on screen, each in one sentence."""

import streamlit as st

from ui.glossary import TERMS
from ui.runs.model_card import plain

st.title("Glossary")
st.markdown("The words that a newcomer may not know, each in one sentence, in the order of the story.")
for term in TERMS.values():
    st.markdown(f"**{plain(term.name)}.** {plain(term.sentence)}")
