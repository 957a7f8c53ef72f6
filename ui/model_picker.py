"""The list from which a visitor picks a model: one line, however many runs there are."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.runs.catalogue import Entry
from ui.server.streamlit_private import DeltaGenerator
from ui.url_state import locks

_WIDTH = 232  # pixels: a title of 25 letters, and room for a button beside it on a phone


def model_picker(
    place: DeltaGenerator, runs: dict[str, Entry], key: str, on_change: Callable[..., None], args: tuple[Any, ...]
) -> None:
    """A list of the runs' titles; `st.session_state[key]` holds the id of the chosen one."""
    if locks.is_hidden("model"):
        return
    titles = Counter(entry.title for entry in runs.values())
    place.selectbox(
        "Model",
        list(runs),
        format_func=lambda run: _label(runs[run], titles),
        key=key,
        label_visibility="collapsed",
        width=_WIDTH,
        disabled=locks.is_locked("model"),
        on_change=on_change,
        args=args,
    )


def picked(runs: dict[str, Entry], key: str, now: str) -> Entry:
    """The run that was picked; that of the id `now` where a browser names one that was not offered."""
    named = st.session_state[key]
    if not isinstance(named, str) or named not in runs:
        named = st.session_state[key] = now
    return runs[named]


def _label(entry: Entry, titles: Counter[str]) -> str:
    """The title, with the run's id where others have the same: the browser tells the list's entries apart by them."""
    return entry.title if titles[entry.title] == 1 else f"{entry.title} · {entry.id}"
