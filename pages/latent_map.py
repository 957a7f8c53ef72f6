"""The latent map: drag z over the plane and watch it decode."""

import streamlit as st

from ui import link
from ui.catalogue import catalogue
from ui.latent_pad import latent_pad
from ui.pad_data import bounds_of, pad_data

found = catalogue()
st.title("Latent map")
params = st.query_params.to_dict()
model, _ = link.read_model(params, list(found.runs))
run = found.runs[model]
view, problems = link.read_view(params, bounds_of(run))
for sentence in problems:
    st.warning(sentence)


@st.fragment
def pad() -> None:
    state = latent_pad(pad_data(run, view), "map_pad", lambda: None)
    if state:
        now = link.write(model, next(iter(found.runs)), link.from_pad(state, bounds_of(run)))
        if now != st.query_params.to_dict():
            st.query_params.from_dict(now)


pad()
