"""The dialog "Export": what to take home of a run, made when it is chosen, and a button that saves it."""

import streamlit as st

from ui.export.artifacts import Artifact, make
from ui.pages.latent_map.url import View
from ui.pages.library import formatting
from ui.runs import model_card
from ui.runs.catalogue import Entry
from ui.server.streamlit_private import DeltaGenerator
from vae_core.io import disk_space

_WHAT, _SIZE = "export_what", "export_size"
_WAYS = {
    "page": "**A page** of the latent map, one HTML file that works without a server",
    "run": "**Run folder**, a zip to continue elsewhere",
    "onnx": "**ONNX** of encoder and decoder, for other runtimes",
    "codes": "**Codes** as CSV, for a spreadsheet or R",
    "notebook": "**Notebook** for Jupyter, with the run",
}
_SIZES = (3, 8, 25)  # megabytes


@st.dialog("Export", width="medium")
def export(entry: Entry, view: View | None = None) -> None:
    """Ask what to take home of a run; a page begins in this view."""
    st.markdown(f"**{model_card.plain(entry.title)}**")
    what = st.radio("What", list(_WAYS), format_func=_WAYS.get, key=_WHAT, label_visibility="collapsed")
    size, said, save = st.empty(), st.empty(), st.empty()  # what was there for another choice goes at once
    megabytes = _SIZES[1]
    if what == "page":
        megabytes = size.segmented_control(
            "Up to", _SIZES, format_func=lambda size: f"{size} MB", default=megabytes, key=_SIZE, required=True
        )
    try:
        with said, st.spinner("Making it" if what != "onnx" else "Building both graphs and comparing them with torch"):
            made = make(entry, what, view if what == "page" else None, megabytes)
    except (ValueError, OSError) as error:
        said.error(model_card.plain(f"It cannot be made: {disk_space.reason(error)}."))
        return
    with said:
        formatting.small(made.words)
    _offer(save, made)


def _offer(place: DeltaGenerator, made: Artifact) -> None:
    place.download_button(
        f"Save {model_card.plain(made.name)}, {formatting.size(len(made.content))}",
        made.content,
        made.name,
        made.kind,
        key="export_save",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )
