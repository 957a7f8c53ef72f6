"""The list from which a visitor picks a model: one line, however many runs there are."""

from collections.abc import Callable
from typing import Any

from streamlit.delta_generator import DeltaGenerator

from ui.entry import Entry
from ui.teaching import held

_WIDTH = 232  # pixels: a title of 25 letters, and room for a button beside it on a phone


def model_picker(
    place: DeltaGenerator, runs: dict[str, Entry], key: str, on_change: Callable[..., None], args: tuple[Any, ...]
) -> None:
    """A list of the runs' titles; `st.session_state[key]` holds the id of the chosen one."""
    if held.is_hidden("model"):
        return
    place.selectbox(
        "Model",
        list(runs),
        format_func=lambda run: runs[run].title,
        key=key,
        label_visibility="collapsed",
        width=_WIDTH,
        disabled=held.is_locked("model"),
        on_change=on_change,
        args=args,
    )
