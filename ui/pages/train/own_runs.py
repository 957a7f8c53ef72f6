"""The trainings of one visitor that have not ended, so that every page can say when one does.

The browser asks for them only while there are any. So that a page needs no look at all runs for this, a session looks
once when it begins; after that it counts what the visitor has submitted.
"""

from collections.abc import Container
from typing import Any

import streamlit as st

from ui.pages.train import runs
from ui.server import user_cookie

_SUBMISSIONS = "train_submissions"
_UNDER_WAY = ("queued", "starting", "running")


def submissions() -> int:
    """Return a number that grows whenever this visitor starts a training; 0 while none was under way."""
    if _SUBMISSIONS not in st.session_state:
        st.session_state[_SUBMISSIONS] = int(bool(own_runs(user_cookie.current_user(), ())))
    return st.session_state[_SUBMISSIONS]


def count_submission() -> None:
    """Note that this visitor has started a training."""
    st.session_state[_SUBMISSIONS] = st.session_state.get(_SUBMISSIONS, 0) + 1


def own_runs(user: str, asked: Container[str]) -> list[dict[str, Any]]:
    """List a visitor's runs that wait or train, and those of the ids `asked`: id, title, state, under way or not."""
    mine = [run for run in runs.listed() if run.owner == user]
    return [
        {"id": run.id, "title": run.title, "state": run.state, "under_way": run.state in _UNDER_WAY}
        for run in mine
        if run.state in _UNDER_WAY or run.id in asked
    ]
