"""Checks on "Where p(x|z) is large" about bounds and proposals: what more samples bring, and a q that is too narrow."""

import math

import torch

from ui.lessons.result import Found
from ui.lessons.where_p_is_large_view import chosen_in
from ui.number_format import fixed, many, rounded
from ui.pages.where_p_is_large.dimension import MOST_D, drawn
from ui.pages.where_p_is_large.importance_diagnostics import at_sigma, log_weights
from ui.pages.where_p_is_large.posterior_grid import posterior_grid
from ui.pages.where_p_is_large.q_scale import SAMPLES
from ui.pages.where_p_is_large.refine_posterior import mend
from ui.pages.where_p_is_large.rotation import turned
from ui.pages.where_p_is_large.url import View
from vae_core.estimators.local_posterior import scaled
from vae_core.estimators.marginal_likelihood import encoder_log_weights, log_mean_exp, pareto_khat
from vae_core.estimators.running_estimate import running

_BOUND_DRAWS, _MOST_K = 10_000, 100


def iwae_bias(params: dict[str, str], K: int) -> Found:
    """log p(x) minus the mean of the K-sample bound (Burda et al. 2016, eq. 8), with its standard error.

    The mean is over 10,000 draws from q in groups of K.
    """
    if not 1 <= K <= _MOST_K:
        raise ValueError(f"K is {K}, expected from 1 to {_MOST_K}")
    chosen, view = chosen_in(params)
    exact = at_sigma(posterior_grid(chosen), view.sigma)
    log_px = exact.log_px[0].item()
    log_w = log_weights(chosen, _BOUND_DRAWS, exact.sigma)["encoder"]
    groups = _BOUND_DRAWS // K
    bounds = log_mean_exp(log_w[: groups * K].view(groups, K).T)
    bias, error = log_px - bounds.mean().item(), bounds.std().item() / math.sqrt(groups)
    words = {"K": f"{K:,}", "bias": rounded(bias, error), "error": rounded(error, error), "groups": f"{groups:,}"}
    gap, gap_error = log_px - log_w.mean().item(), log_w.std().item() / math.sqrt(len(log_w))
    return Found(bias, words | {"gap": rounded(gap, gap_error)})


def khat(params: dict[str, str]) -> Found:
    """Pareto k of 2,000 draws from the q of the chapter "Mending the encoder", scaled as its slider says.

    For normals k tends to 1 - s^2 where the scale s is below 1.
    """
    chosen, _ = chosen_in(params)
    scale = float(params.get("large_mending_scale", 1))
    generator = torch.Generator().manual_seed(chosen.seed)
    with torch.no_grad():
        q = chosen.model.encode(chosen.x)
    if params.get("large_mending_q", "best") == "best":
        q = mend(chosen).best
    with torch.no_grad():
        log_w = encoder_log_weights(chosen.model, chosen.x, SAMPLES, generator, q=scaled(q, scale))[1]
    found, ess = pareto_khat(log_w).item(), running(log_w[:, 0]).ess[-1].item()
    words = {"scale": f"{scale:g}", "khat": fixed(found), "limit": fixed(max(0.0, 1 - scale**2))}
    return Found(found, words | {"ess": fixed(ess, 0), "samples": f"{SAMPLES:,}"})


def turned_gap(params: dict[str, str]) -> Found:
    """The gap of the best diagonal q when W is turned as the page's slider says: closed form, the same for every x."""
    degrees = float(params.get("large_mending_angle", 30))
    gap = abs(turned(degrees).gap())
    return Found(gap, {"angle": f"{degrees:g}", "gap": fixed(gap, 4)})


def dimension_kl(params: dict[str, str], d: int | None = None, sigma: float | None = None) -> Found:
    """KL(p(z|x) || p(z)) of the x that the chapter "The dimension" draws, at the page's sliders or at `d` and `sigma`.

    `mean` is that over all x of the linear model.
    """
    d = int(params.get("large_dimension_d", 10)) if d is None else d
    sigma = float(params.get("large_dimension_sigma", 0.5)) if sigma is None else sigma
    if not 1 <= d <= MOST_D or not sigma > 0:
        raise ValueError(f"d is {d} and σ is {sigma}, expected d from 1 to {MOST_D} and σ above 0")
    seed = int(params.get("large_seed", View.seed))
    kl, mean = drawn(d, sigma, torch.Generator().manual_seed(seed))[1].kl, 0.5 * d * math.log1p(1 / sigma**2)
    words = {"d": str(d), "sigma": f"{sigma:g}", "kl": fixed(kl), "samples": many(kl), "mean": fixed(mean)}
    return Found(kl, words)
