"""The model card on a page, and text that a visitor brought, made harmless."""

import re

import streamlit as st

from ui.runs.card_text import facts, licence
from ui.runs.catalogue import Entry


def model_card(entry: Entry) -> None:
    """The card of a run as a table of facts, the command that reproduces it, and its licence."""
    rows = "".join(f"| {plain(name)} | {plain(value)} |\n" for name, value in facts(entry) if value)
    st.markdown(f"| Model | {plain(entry.title)} |\n|:--|:--|\n{rows}")
    if command := entry.run.card.get("command"):
        st.caption("The command that trains it again:")
        st.code(str(command), language=None, wrap_lines=True)
    if said := licence(entry):
        st.caption(plain(said))


def plain(text: str) -> str:
    """Text that Markdown shows as it stands, whatever a file has put into it; only a web address becomes a link."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))
