"""Checks on "Where p(x|z) is large": by quadrature on the model and the x that the page shows, exact to its error."""

import math

import torch

from ui.lessons.result import Found, short
from ui.lessons.where_p_is_large_view import chosen_in
from ui.number_format import fixed, many, rounded, within
from ui.pages.where_p_is_large.importance_diagnostics import at_sigma, importance_diagnostics, log_weights
from ui.pages.where_p_is_large.posterior_grid import is_gaussian, posterior_grid
from ui.pages.where_p_is_large.selected_x import Example
from ui.pages.where_p_is_large.url import View
from vae_core.estimators.likelihood_matrix import log_prob_of_scores, pictures
from vae_core.estimators.marginal_likelihood import log_mean_exp
from vae_core.estimators.quadrature import Quadrature
from vae_core.estimators.quadrature.mode import joint_peak

_MASS = 0.9  # of p(z|x), in the region that is called the spot


def log_px(params: dict[str, str]) -> Found:
    """log p(x), with the quadrature's own error."""
    exact = _exact(params)
    value = exact.log_px[0].item()
    return Found(value, {"log_px": fixed(value), "error": within(exact.error[0].item())})


def spot(params: dict[str, str]) -> Found:
    """The smallest region with 90 % of p(z|x): how rarely the prior draws from it, and p(x) as height times area.

    The height is that of the peak of p(x|z) p(z); the area is p(x) over it, in units of z.
    """
    chosen, view = chosen_in(params)
    exact = at_sigma(posterior_grid(chosen), _sigma(chosen, view))
    log_post = exact.log_posterior()[:, 0]
    order = (log_post - exact.log_area).argsort(descending=True)  # by the posterior's density
    inside = order[: int((log_post[order].exp().cumsum(0) < _MASS).sum()) + 1]
    prior = (exact.log_prior(exact.z[inside]) + exact.log_area[inside]).exp().sum().item()
    height, value = joint_peak(chosen.model, chosen.x, exact)[1], exact.log_px[0].item()
    words = {
        "one_in": short(1 / prior),
        "area": short(exact.log_area[inside].exp().sum().item()),
        "plane": short(-2 * math.pi * math.log(1 - _MASS)),  # the disc that holds as much of the prior
        "log_height": fixed(height),
        "log_area": fixed(value - height),
        "log_px": fixed(value),
    }
    return Found(1 / prior, words)


def exp_kl(params: dict[str, str]) -> Found:
    """e to the KL(p(z|x) || p(z)): about as many prior samples are needed and suffice (Chatterjee & Diaconis 2018)."""
    kl = _exact(params).kl_posterior_prior()[0].item()
    return Found(math.exp(kl), {"kl": fixed(kl), "samples": many(kl)})


def arrives(params: dict[str, str], n: int | None = None) -> Found:
    """How many of the page's races of n prior samples reach half of p(x), per cent, with their standard error."""
    chosen, view = chosen_in(params)
    exact, count = at_sigma(posterior_grid(chosen), _sigma(chosen, view)), view.n if n is None else n
    if count < 1:
        raise ValueError(f"n is {count}, expected at least 1")
    won = importance_diagnostics(chosen, count, view.sigma)["success"]
    share, error = 100 * won["share"], 100 * won["error"]
    words = {"n": f"{count:,}", "share": f"{rounded(share, error)} %", "error": f"{rounded(error, error)} %"}
    return Found(share, words | {"races": str(won["races"]), "kl": fixed(exact.kl_posterior_prior()[0].item())})


def drop(params: dict[str, str]) -> Found:
    """log p(x|z) at the page's z, the mean of q until it is dragged, against the best z."""
    chosen, view = chosen_in(params)
    exact = at_sigma(posterior_grid(chosen), _sigma(chosen, view))
    with torch.inference_mode():
        z = torch.tensor([view.z]) if view.z else chosen.model.encode(chosen.x).mu
        scores = pictures(chosen.model, z).scores(chosen.x)
    here = log_prob_of_scores(scores, exact.sigma, exact.pixels)[0, 0].item()
    best = max(_log_px_z(chosen, posterior_grid(chosen).least, exact), here)
    place = f"({', '.join(fixed(value) for value in z[0].tolist())})"
    words = {"z": place, "log_px_z": fixed(here, 1), "best": fixed(best, 1), "drop": fixed(best - here, 1)}
    return Found(best - here, words)


def elbo_gap(params: dict[str, str]) -> Found:
    """log p(x) - ELBO and KL(q || p(z|x)), each computed on its own: the identity says that they are the same."""
    chosen, view = chosen_in(params)
    found = posterior_grid(chosen)
    exact = at_sigma(found, _sigma(chosen, view))
    with torch.inference_mode():
        q = chosen.model.encode(chosen.x)
    elbo = _log_px_z(chosen, found.expected, exact) - q.kl().double().item()
    value, kl = exact.log_px[0].item(), exact.kl_from(_double(q))[0].item()
    words = {"log_px": fixed(value, 3), "elbo": fixed(elbo, 3), "difference": fixed(value - elbo, 3)}
    return Found(value - elbo, words | {"kl": fixed(kl, 3), "error": within(abs(value - elbo - kl))})


def misses(params: dict[str, str], n: int | None = None) -> Found:
    """How far both estimates of log p(x) from n samples are from the truth, with the draws that the page shows."""
    chosen, view = chosen_in(params)
    sigma, count = _sigma(chosen, view), view.n if n is None else n
    exact = at_sigma(posterior_grid(chosen), sigma).log_px[0].item()
    weights = log_weights(chosen, count, sigma)
    estimate = {name: log_mean_exp(log_w[:, None]).item() for name, log_w in weights.items()}
    miss = {name: abs(value - exact) for name, value in estimate.items()}
    words = {"n": f"{count:,}", "exact": fixed(exact)}
    words |= {name: fixed(value) for name, value in estimate.items()}
    words |= {f"{name}_miss": fixed(value, 3) for name, value in miss.items()}
    words["nearer"] = "prior" if miss["prior"] < miss["encoder"] else "encoder"
    return Found(miss["encoder"] - miss["prior"], words)


def _exact(params: dict[str, str]) -> Quadrature:
    chosen, view = chosen_in(params)
    return at_sigma(posterior_grid(chosen), _sigma(chosen, view))


def _log_px_z(chosen: Example, energy: float, exact: Quadrature) -> float:
    """log p(x|z) of an energy, nats, under the quadrature's sigma."""
    score = torch.tensor(energy if is_gaussian(chosen) else -energy, dtype=torch.float64)
    return log_prob_of_scores(score, exact.sigma, exact.pixels).item()


def _sigma(chosen: Example, view: View) -> float | None:
    """The σ of the page's slider, else the model's own; None for a Bernoulli."""
    return view.sigma or posterior_grid(chosen).quadrature.sigma


def _double(q):
    return type(q)(q.mu.double(), q.logvar.double())
