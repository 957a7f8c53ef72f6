"""How the Library words what it shows: sizes, ages, shapes, whose something is."""

import time

import streamlit as st

from ui.runs import model_card
from vae_core.readers.schema import Preview

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def size(count: float) -> str:
    """Bytes for people."""
    if count < 1e5:
        return f"{count / 1e3:.0f} kB" if count >= 1000 else f"{count:.0f} bytes"
    return (
        f"{count / 1e6:.1f} MB" if count < 1e7 else f"{count / 1e6:.0f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
    )


def age(since: float) -> str:
    """How long ago, from unix seconds."""
    seconds = max(0.0, time.time() - since)
    if seconds < 2 * _MINUTE:
        return "just now"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} minutes ago"
    return f"{seconds / _HOUR:.0f} hours ago" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} days ago"


def whose(owner: str | None, me: str) -> str:
    return "yours" if owner == me else "another visitor's" if owner else "of this server"


def shape(preview: Preview) -> str:
    """What one picture or row is."""
    channels, height, width = preview.shape
    if preview.kind == "numbers":
        return "1 number" if width == 1 else f"{width:,} numbers"
    return f"{width} × {height}, {'colour' if channels == 3 else 'grey'}"


def amount(preview: Preview) -> str:
    """How many there are, of what, in how many classes."""
    things = "pictures" if preview.kind == "pictures" else "rows"
    classes = f", {len(preview.classes)} classes" if preview.classes else ""
    return f"{preview.count:,} {things} of {shape(preview)}{classes}"


def small(text: str) -> None:
    """A line of small type, in the ink of the page: Streamlit's captions are too pale to be read by all."""
    st.markdown(f":small[{model_card.plain(text)}]")
