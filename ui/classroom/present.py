"""Presenter mode: one panel of the page at a time, as large as the screen allows, turned by keys."""

import streamlit as st

from ui.classroom.panels import PANELS
from ui.components import web_files
from ui.components.register import register
from ui.url_state.locks import Locks

_KEY = "presenter"
_mount = register("vae_lab_presenter", "classroom/present.js", "Presenter mode")


def present(held: Locks) -> None:
    """Show the page that the frame has drawn as panels, beginning with the one that the link names."""
    panels = [{"title": title, "parts": parts} for title, parts in PANELS.get(held.page, ())]
    data = {"assets": web_files.asset_base(), "panels": panels, "first": held.present - 1}
    _mount(key=_KEY, data=[data], on_leave_change=_leave)


def _leave() -> None:
    st.query_params.pop("present", None)
