"""The race's draws, as the browser needs them: energies of z from the prior and from the encoder."""

import streamlit as st
import torch

from ui.pages.where_p_is_large.posterior_grid import energies
from ui.pages.where_p_is_large.selected_x import Example
from ui.server import array_cache
from vae_core.distributions.gaussian import log_prior

STEPS = (1_000, 10_000, 100_000)  # draws are made in so many, so that a little more n asks for nothing new
SENT = 2_000  # places that the map can show


@st.cache_resource(max_entries=24, show_spinner=False)
def _draws(_chosen: Example, run: str, digest: str, x: str, seed: int, count: int) -> array_cache.Packed:
    model = _chosen.model
    generator = torch.Generator().manual_seed(seed)
    with torch.inference_mode():
        q = model.encode(_chosen.x)
        prior = torch.randn((count, model.latent_dim), generator=generator)
        encoder = q.rsample(generator, count)  # [K, 1, D]
        offset = (log_prior(encoder) - q.log_prob(encoder))[:, 0]
        encoder = encoder[:, 0]
        found = {
            "prior_z": prior[:SENT],
            "prior_energy": energies(model, _chosen.x, prior),
            "encoder_z": encoder[:SENT],
            "encoder_energy": energies(model, _chosen.x, encoder),
            "encoder_offset": offset,
        }
    return array_cache.pack({name: value.contiguous().numpy() for name, value in found.items()})


def draws(chosen: Example, n: int) -> tuple[array_cache.Packed, int]:
    """At least n draws of each racer, from the chosen seed, and how many there are."""
    count = next(count for count in STEPS if n <= count)
    return _draws(chosen, chosen.entry.id, chosen.entry.digest, chosen.key, chosen.seed, count), count
