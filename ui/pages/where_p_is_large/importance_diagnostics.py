"""What the server adds to a race that has come to rest: Pareto k of its weights, and how often such a race arrives."""

from typing import Any

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from ui.pages.where_p_is_large.posterior_grid import PosteriorGrid, is_gaussian, posterior_grid
from ui.pages.where_p_is_large.prior_and_encoder_draws import draws
from ui.pages.where_p_is_large.selected_x import Example
from vae_core.estimators.binomial import share_stderr
from vae_core.estimators.likelihood_matrix import log_prob_of_scores
from vae_core.estimators.marginal_likelihood import pareto_khat
from vae_core.estimators.quadrature import Quadrature

RACES = 200
_NOTHING = 1e-6  # p(x|z) / p(x) of nodes that cannot bring a mean anywhere near one half, however many they are


@st.cache_data(max_entries=256, show_spinner=False)
def _judged(_chosen: Example, run: str, digest: str, x: str, seed: int, n: int, sigma: float | None) -> dict[str, Any]:
    found = at_sigma(posterior_grid(_chosen), sigma)
    share = share_that_arrive(found, n, RACES, seed)
    return {
        "n": n,
        "seed": seed,
        "sigma": found.sigma,
        "khat": {name: _khat(log_w) for name, log_w in log_weights(_chosen, n, found.sigma).items()},
        "success": {"races": RACES, "share": share, "error": share_stderr(share, RACES)},
    }


def importance_diagnostics(chosen: Example, n: int, sigma: float | None) -> dict[str, Any]:
    """Pareto k of both racers' n weights (None where there is none), and the share of races that reach p(x) / 2."""
    return _judged(chosen, chosen.entry.id, chosen.entry.digest, chosen.key, chosen.seed, n, sigma)


def at_sigma(found: PosteriorGrid, sigma: float | None) -> Quadrature:
    """The quadrature under another sigma; None is the model's own."""
    return found.quadrature if sigma is None else found.quadrature.with_sigma(sigma)


def log_weights(chosen: Example, n: int, sigma: float | None) -> dict[str, Tensor]:
    """The first n log weights of each racer, nats, [n], under this sigma (None: Bernoulli)."""
    arrays = {name: torch.from_numpy(value).double() for name, value in draws(chosen, n)[0].arrays().items()}
    sign = 1.0 if is_gaussian(chosen) else -1.0

    def log_px_z(racer: str) -> Tensor:
        return log_prob_of_scores(sign * arrays[f"{racer}_energy"][:n], sigma, chosen.x[0].numel())

    return {"prior": log_px_z("prior"), "encoder": log_px_z("encoder") + arrays["encoder_offset"][:n]}


def share_that_arrive(found: Quadrature, n: int, races: int, seed: int) -> float:
    """The share of races of n prior samples whose mean weight is at least p(x) / 2.

    z is drawn from the prior on the quadrature's nodes: how many of n fall on each is one multinomial draw, so a race
    of 100,000 takes no longer than one of 100.
    """
    log_ratio = found.log_px_z - found.log_px  # log p(x|z) / p(x)
    prior = (found.log_posterior() - log_ratio)[:, 0].exp().numpy()  # the prior's mass in each node's cell
    ratio = log_ratio[:, 0].exp().numpy()
    heard = ratio > _NOTHING
    chances = np.append(prior[heard], prior[~heard].sum())
    counts = np.random.default_rng(seed).multinomial(n, chances / chances.sum(), size=races)
    return float((counts[:, :-1] @ ratio[heard] / n >= 0.5).mean())


def _khat(log_w: Tensor) -> float | None:
    found = pareto_khat(log_w[:, None])
    if found is None or not bool(found.isfinite().all()):
        return None
    return found.item()
