"""The guides of docs/ that a visitor may need on a page, each behind a button that opens it over the page."""

import re
from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).resolve().parents[1] / "docs"
_LINK_TO_FILE = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")


def button(label: str, name: str) -> None:
    """Draw a small button that opens docs/`name`.md."""
    if st.button(label, key=f"guide_{name}", type="tertiary", icon=":material/menu_book:"):
        title, text = read(name)
        st.dialog(title, width="large")(st.markdown)(text)


def read(name: str) -> tuple[str, str]:
    """The title of a guide and its text as Markdown, without links to other files, which lead nowhere in the app."""
    title, _, text = (_FOLDER / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    return title.removeprefix("# "), _LINK_TO_FILE.sub(r"\1", text)
