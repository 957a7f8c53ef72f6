"""The list from which a visitor picks a model: the shipped ones, those of the server, the visitor's own.

The models of other visitors are not in the list, or those of a class would bury it. One that was opened by a link or in
the Library is, for as long as the tab is open.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.runs.catalogue import Entry
from ui.server import user_cookie
from ui.server.streamlit_private import DeltaGenerator
from ui.url_state import locks

_WIDTH = 300  # pixels: a title of 36 letters
_OPENED = "models_opened"
_SHIPPED, _OF_SERVER, _OWN, _OTHERS = range(4)  # the groups, in the order of the list
_PREFIX = {_OWN: "Yours · ", _OTHERS: "Another visitor's · "}


def model_picker(
    place: DeltaGenerator, runs: dict[str, Entry], key: str, on_change: Callable[..., None], args: tuple[Any, ...]
) -> None:
    """A list of the runs' titles; `st.session_state[key]` holds the id of the chosen one."""
    opened = st.session_state.setdefault(_OPENED, set())
    opened.add(st.session_state[key])
    if locks.is_hidden("model"):
        return
    labels = offered_models(runs, user_cookie.current_user(), opened)
    place.selectbox(
        "Model",
        list(labels),
        format_func=labels.__getitem__,
        key=key,
        label_visibility="collapsed",
        width=_WIDTH,
        disabled=locks.is_locked("model"),
        on_change=on_change,
        args=args,
    )


def offered_models(runs: dict[str, Entry], user: str, opened: set[str]) -> dict[str, str]:
    """The runs that are offered to a visitor, by their ids in the order of the list, each with its label.

    `opened` are ids that are offered whoever they belong to. Where two labels would be the same, the later one has the
    id of its run as well: the browser tells the entries of the list apart by their labels.
    """
    labels: dict[str, str] = {}
    for entry in sorted(runs.values(), key=lambda entry: _group(entry, user)):
        group = _group(entry, user)
        if group == _OTHERS and entry.id not in opened:
            continue
        label = _PREFIX.get(group, "") + entry.title
        labels[entry.id] = f"{label} · {entry.id}" if label in labels.values() else label
    return labels


def picked(runs: dict[str, Entry], key: str, now: str) -> Entry:
    """The run that was picked; that of the id `now` where a browser names one that was not offered."""
    named = st.session_state[key]
    if not isinstance(named, str) or named not in runs:
        named = st.session_state[key] = now
    return runs[named]


def _group(entry: Entry, user: str) -> int:
    if entry.shipped:
        return _SHIPPED
    return _OF_SERVER if entry.owner is None else _OWN if entry.owner == user else _OTHERS
