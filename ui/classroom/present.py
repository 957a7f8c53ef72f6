"""Presenter mode: show one panel of the page at a time, as large as the screen allows; keys turn to the next one."""

import streamlit as st

from ui.components import web_files
from ui.components.register import register
from ui.url_state.locks import Locks

# The panels of each page: a title, and the CSS selectors of its parts. A panel exists when its first part does.
PANELS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "": (
        ("The map and the decoded picture", (".column .plane", ".decoded")),
        ("The chosen image", (".column .plane", ".chosen")),
        ("Sliders of z", (".decoded figure", ".dims")),
        ("Draws", (".samples",)),
    ),
    "anything-from-a-normal": (
        ("From z to x", (".choice", ".sides .side", ".sides .morph")),
        ("Distance and charts", (".side.x", ".distance", ".charts")),
    ),
    "where-p-is-large": (
        ("The map and the race", (".column .plane", ".race .control", ".race .chart", ".race .verdict")),
        ("x and p(x|z)", (".column .plane", ".here")),
        ("The race", (".race",)),
        ("Why the weights", (".weighting",)),
        ("The identity", (".identity",)),
        ("The likelihood", (".here", ".sigma")),
    ),
    "paths": (
        (
            "The map and the frame",
            ("section.map .plane", ".frame-row", ".clock"),
        ),
        ("The measurements of the frame", (".frame-table", ".clock")),
        ("The pictures", (".strips", ".clock")),
        ("Figures along the path", (".path-charts", ".clock")),
        ("One dimension at a time", (".sheet",)),
        ("Grid of four", (".grid-of-four",)),
    ),
    "train": (
        ("The curves", (".head", ".curves")),
        ("The latent map", ("section.map", ".scrubber")),
        ("Followed pictures", (".followed", ".scrubber")),
        ("Comparison", (".compare",)),
    ),
}
_KEY = "presenter"
_component = register("vae_lab_presenter", "classroom/present.js", "Presenter mode")


def present(held: Locks) -> None:
    """Show the page, which the frame has drawn, as panels; the link names the first one."""
    panels = [{"title": title, "parts": parts} for title, parts in PANELS.get(held.page, ())]
    data = {"assets": web_files.asset_base(), "panels": panels, "first": held.present - 1}
    _component(key=_KEY, data=[data], on_leave_change=_leave)


def _leave() -> None:
    st.query_params.pop("present", None)
