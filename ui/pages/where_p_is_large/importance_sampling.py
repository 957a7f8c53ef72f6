"""The race: draws of z from three proposals, their log weights, and how far these can be trusted.

The three are the prior, the encoder's q(z|x), and r(z), a mixture of Student t on the modes of p(z|x) that is made for
this x under the model's own sigma. At another sigma its weights are as valid, and r fits as it may.
"""

from typing import Any

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from ui.pages.where_p_is_large.posterior_grid import PosteriorGrid, energies, is_gaussian, posterior_grid
from ui.pages.where_p_is_large.selected_x import Example
from ui.server import array_cache
from vae_core.distributions.gaussian import log_prior
from vae_core.estimators.binomial import share_stderr
from vae_core.estimators.likelihood_matrix import log_prob_of_scores
from vae_core.estimators.mixture_proposal import weigh_each
from vae_core.estimators.pareto import khat_threshold, pareto_khat
from vae_core.estimators.quadrature import Quadrature

RACERS = ("prior", "encoder", "mixture")
STEPS = (1_000, 10_000, 100_000)  # draws are made in so many, so that a little more n asks for nothing new
SENT = 2_000  # places that the map can show
RACES = 200
_NOTHING = 1e-6  # p(x|z) / p(x) of nodes that cannot bring a mean anywhere near one half, however many they are


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
    made = weigh_each(model, _chosen.x, count, generator)[0]  # outside of inference mode: it climbs along gradients
    mixture = made.z.float()  # that is what its draws are
    with torch.inference_mode():
        found = {
            "prior_z": prior[:SENT],
            "prior_energy": energies(model, _chosen.x, prior),
            "encoder_z": encoder[:SENT],
            "encoder_energy": energies(model, _chosen.x, encoder),
            "encoder_offset": offset,
            "mixture_z": mixture[:SENT],
            "mixture_energy": energies(model, _chosen.x, mixture),
            "mixture_offset": (made.log_w - made.log_px_z).float(),  # log p(z) - log r(z)
        }
    return array_cache.pack({name: value.contiguous().numpy() for name, value in found.items()})


def draws(chosen: Example, n: int) -> tuple[array_cache.Packed, int]:
    """Return at least n draws of each racer, from the chosen seed, and how many there are.

    Raises ValueError if log p(x, z) is not a number where the mixture's modes were searched for.
    """
    count = next(count for count in STEPS if n <= count)
    return _draws(chosen, chosen.entry.id, chosen.entry.digest, chosen.key, chosen.seed, count), count


@st.cache_data(max_entries=256, show_spinner=False)
def _diagnosed(
    _chosen: Example, run: str, digest: str, x: str, seed: int, n: int, sigma: float | None
) -> dict[str, Any]:
    found = at_sigma(posterior_grid(_chosen), sigma)
    share = share_that_arrive(found, n, RACES, seed)
    return {
        "n": n,
        "seed": seed,
        "sigma": found.sigma,
        "threshold": khat_threshold(n),
        "khat": {name: _khat(log_w) for name, log_w in log_weights(_chosen, n, found.sigma).items()},
        "success": {"races": RACES, "share": share, "error": share_stderr(share, RACES)},
    }


def importance_diagnostics(chosen: Example, n: int, sigma: float | None) -> dict[str, Any]:
    """Compute Pareto k of each racer's n weights, its threshold for n, and the share of races that reach p(x) / 2.

    The k is None where there is none; the repeated races are those of the prior.
    """
    return _diagnosed(chosen, chosen.entry.id, chosen.entry.digest, chosen.key, chosen.seed, n, sigma)


def at_sigma(found: PosteriorGrid, sigma: float | None) -> Quadrature:
    """Return the quadrature under another sigma; None is the model's own."""
    return found.quadrature if sigma is None else found.quadrature.with_sigma(sigma)


def log_weights(chosen: Example, n: int, sigma: float | None) -> dict[str, Tensor]:
    """Compute the first n log weights of each racer, nats, [n], under this sigma (None: Bernoulli)."""
    arrays = {name: torch.from_numpy(value).double() for name, value in draws(chosen, n)[0].arrays().items()}
    sign = 1.0 if is_gaussian(chosen) else -1.0

    def log_w(racer: str) -> Tensor:
        log_px_z = log_prob_of_scores(sign * arrays[f"{racer}_energy"][:n], sigma, chosen.x[0].numel())
        return log_px_z if racer == "prior" else log_px_z + arrays[f"{racer}_offset"][:n]

    return {racer: log_w(racer) for racer in RACERS}


def share_that_arrive(found: Quadrature, n: int, races: int, seed: int) -> float:
    """Estimate the share of races of n prior samples whose mean weight is at least p(x) / 2.

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
