"""The exact posterior of one x, as the browser needs it: nodes of a quadrature whose energies serve any sigma."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from ui.pages.where_p_is_large.selected_x import Example
from ui.pages.where_p_is_large.url import SIGMAS
from ui.server import array_cache
from vae_core.distributions.likelihoods import Gaussian
from vae_core.estimators.likelihood_matrix import Pictures
from vae_core.estimators.quadrature import Quadrature, first_lattice, integrate
from vae_core.estimators.quadrature.expectation import expected_score
from vae_core.estimators.quadrature.mode import likelihood_peak
from vae_core.models.vae import VAE

_CHUNK = 2_000  # pictures decoded at once


@dataclass(frozen=True, eq=False)
class PosteriorGrid:
    """p(z|x) on its nodes. `expected` is E_q of the energy, by a quadrature over q, with its own error.

    `least` is the energy at the best z, where p(x|z) is largest: under every sigma at the same z.
    """

    quadrature: Quadrature
    packed: array_cache.Packed
    least: float
    expected: float
    expected_error: float


@st.cache_resource(max_entries=4, show_spinner=False)
def _first(_model: VAE, run: str, digest: str) -> Pictures:
    shape = _model.event_shape
    return first_lattice(_model, torch.zeros(1, *shape))


def first(chosen: Example) -> Pictures:
    """The coarsest nodes of the chosen model, decoded once for all visitors."""
    return _first(chosen.model, chosen.entry.id, chosen.entry.digest)


@st.cache_resource(max_entries=32, show_spinner=False)
def _lattice(_chosen: Example, run: str, digest: str, x: str) -> PosteriorGrid:
    model = _chosen.model
    with torch.inference_mode():
        q = model.encode(_chosen.x)
        sigmas = SIGMAS if is_gaussian(_chosen) else None
        found = integrate(model, _chosen.x, first=first(_chosen), q=q, sigmas=sigmas)
        expected, error = expected_score(model, _chosen.x, q)
    sign = 1.0 if is_gaussian(_chosen) else -1.0
    nodes = {"z": found.z, "log_area": found.log_area, "energy": sign * found.scores[:, 0], "level": found.level}
    packed = {name: np.ascontiguousarray(value.numpy(), dtype=np.float32) for name, value in nodes.items()}
    packed["split"] = found.split.numpy().astype(np.uint8)
    best = likelihood_peak(model, _chosen.x, found)[0]
    least = energies(model, _chosen.x, best.float()[None]).item()
    return PosteriorGrid(found, array_cache.pack(packed), least, sign * expected, error)


def posterior_grid(chosen: Example) -> PosteriorGrid:
    """The exact posterior of the chosen x, computed once for all visitors.

    Raises ValueError if x lies outside the likelihood's support or log p(x|z) is not a finite number.
    """
    return _lattice(chosen, chosen.entry.id, chosen.entry.digest, chosen.key)


def rules(found: Quadrature) -> dict[str, object]:
    """Which nodes belong together: for each sigma from `sigmas` upwards down to which level, and for q the last."""
    depths = [int(depth) for depth in found.depth[:, 0]]
    return {"sigmas": list(found.rungs), "depths": depths[:-1], "depth_of_q": depths[-1]}


def is_gaussian(chosen: Example) -> bool:
    return chosen.entry.run.config.model.likelihood == "gaussian"


def energies(model: VAE, x: Tensor, z: Tensor) -> Tensor:
    """What of log p(x|z) no sigma changes, [N, D] -> [N]: ||x - mean||^2 of a Gaussian, -log p(x|z) of a Bernoulli."""
    parts = []
    for part in z.split(_CHUNK):
        p = model.decode(part)
        parts.append(p.squared_error(x) if isinstance(p, Gaussian) else -p.log_prob(x))
    return torch.cat(parts)
