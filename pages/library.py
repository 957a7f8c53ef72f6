"""Library: bring data and models of one's own, and find every model, data set and training again."""

import streamlit as st

from ui.pages.library import actions, item_cards, upload_data
from ui.runs import model_card
from ui.runs.catalogue import recent_catalogue
from ui.server import permissions
from ui.url_state import locks

LEAD = (
    "**Drop a file** and see what is in it: pictures in a zip or a folder, an array, a table. **Train now** makes a "
    "model of it in about a minute, and every page then works on it."
)
LOOK = "Every data set, model and training of this server. **Open** one, and every page works on it."

st.title("Library")
st.markdown(LEAD if permissions.may("upload") else LOOK)
said, problem = actions.said()
if problem:
    st.error(model_card.plain(problem))
if said:
    st.success(model_card.plain(said))
if deleted := actions.removed():
    row = st.container(horizontal=True, vertical_alignment="center", key="lib_undo_bar")
    row.markdown(f"{model_card.plain(deleted)} is deleted.", width="content")
    row.button("Undo", key="lib_undo", on_click=actions.undo)

if not locks.is_hidden("bring"):
    with st.container(border=True):
        upload_data.bring()

data, models, trainings = st.tabs(["Data sets", "Models", "Trainings"], key="lib_tab", on_change="rerun")
if data.open:
    with data:
        item_cards.data_sets()
if models.open:
    with models:
        item_cards.models(recent_catalogue())
if trainings.open:
    with trainings:
        item_cards.trainings()
