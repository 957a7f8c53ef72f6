"""What the latent map of many points is compared with: the page one writes first, plotly's scattergl of all codes."""

import os

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vae_core.runs.run import open_run, read_codes

codes = read_codes(open_run(os.environ["VAE_LAB_RUNS"]))  # one run folder
figure = go.Figure(layout={"dragmode": "pan", "height": 760, "width": 760})
for label in np.unique(codes.label):
    a, b = codes.mu[codes.label == label].T.astype(np.float32)
    figure.add_trace(go.Scattergl(x=a, y=b, mode="markers", marker={"size": 3}))
st.plotly_chart(figure, width="content")
