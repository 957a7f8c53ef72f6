"""What the pad is compared with: the page one writes first, sliders and a picture that the server decodes by torch."""

import os

import numpy as np
import streamlit as st
import torch

from vae_core.runs.checkpoint import load

model = st.cache_resource(load)(os.environ["VAE_LAB_RUNS"])  # one run folder
z = torch.tensor([[st.slider(f"z{j + 1}", -3.0, 3.0, 0.0, 0.05) for j in range(model.config.latent_dim)]])
mean = model.decode(z).mean[0].permute(1, 2, 0).numpy()
st.image(np.repeat(mean, 3 // mean.shape[2], axis=2), width=280)
