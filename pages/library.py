"""Library: bring data and models of one's own, and find every model, data set and training again."""

import streamlit as st

from ui import cards, roles
from ui.catalogue import recent_catalogue
from ui.library import acts, bring, shown
from ui.teaching import held

LEAD = (
    "**Drop a file** and see what is in it: pictures in a zip or a folder, an array, a table. **Train now** makes a "
    "model of it in about a minute, and every page then works on it."
)
LOOK = "Every data set, model and training of this server. **Open** one, and every page works on it."

st.title("Library")
st.markdown(LEAD if roles.may("upload") else LOOK)
said, problem = acts.said()
if problem:
    st.error(cards.plain(problem))
if said:
    st.success(cards.plain(said))
if deleted := acts.removed():
    row = st.container(horizontal=True, vertical_alignment="center", key="lib_undo_bar")
    row.markdown(f"{cards.plain(deleted)} is deleted.", width="content")
    row.button("Undo", key="lib_undo", on_click=acts.undo)

if not held.is_hidden("bring"):
    with st.container(border=True):
        bring.bring()

data, models, trainings = st.tabs(["Data sets", "Models", "Trainings"], key="lib_tab", on_change="rerun")
if data.open:
    with data:
        shown.data_sets()
if models.open:
    with models:
        shown.models(recent_catalogue())
if trainings.open:
    with trainings:
        shown.trainings()
