"""Checks on "Where p(x|z) is large", on the model and the x that the page shows.

The integral is by quadrature, exact to its error; the linear model has closed forms, what is drawn a standard error.
"""

import math

import torch

from ui.lessons.registry import Found, short
from ui.number_format import fixed, many, rounded, within
from ui.pages.where_p_is_large import url
from ui.pages.where_p_is_large.dimension import MOST_D, drawn
from ui.pages.where_p_is_large.importance_sampling import at_sigma, importance_diagnostics, log_weights
from ui.pages.where_p_is_large.posterior_grid import is_gaussian, posterior_grid
from ui.pages.where_p_is_large.q_scale import SAMPLES
from ui.pages.where_p_is_large.refine_posterior import refined_posterior
from ui.pages.where_p_is_large.rotation import turned
from ui.pages.where_p_is_large.selected_x import Example, select_example, start_of, two_latents
from ui.pages.where_p_is_large.url import View
from ui.runs.assets import bounds_of
from ui.runs.catalogue import recent_catalogue
from ui.url_state.schema import read_choice
from vae_core.estimators.likelihood_matrix import log_prob_of_scores, pictures
from vae_core.estimators.local_posterior import scaled
from vae_core.estimators.marginal_likelihood import encoder_log_weights, log_mean_exp
from vae_core.estimators.pareto import pareto_khat
from vae_core.estimators.quadrature import Quadrature
from vae_core.estimators.quadrature.mode import joint_peak
from vae_core.estimators.running_estimate import running

_MASS = 0.9  # of p(z|x), in the region that is called the spot
_BOUND_DRAWS, _MOST_K = 10_000, 100


def chosen_in(params: dict[str, str]) -> tuple[Example, View]:
    """Read a link of the page: the model with its x, and the view. Raises ValueError if they cannot be read."""
    runs = two_latents(recent_catalogue().runs)
    if not runs:
        raise ValueError("there is no model with two latents here")
    entry = runs[read_choice(params, url.MODEL, list(runs))[0]]
    gaussian = entry.run.config.model.likelihood == "gaussian"
    view = url.read(params, bounds_of(entry), gaussian)[0]
    return select_example(entry, view.x, view.drawing, view.seed), view


def log_px(params: dict[str, str]) -> Found:
    """Compute log p(x), with the quadrature's own error."""
    exact = _exact(params)
    value = exact.log_px[0].item()
    return Found(value, {"log_px": fixed(value), "error": within(exact.error[0].item())})


def spot(params: dict[str, str]) -> Found:
    """Find the smallest region with 90 % of p(z|x), how rarely the prior draws from it, and p(x) as height times area.

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
    """Compute e to the KL(p(z|x) || p(z)), about the prior samples that are needed (Chatterjee & Diaconis 2018)."""
    kl = _exact(params).kl_posterior_prior()[0].item()
    return Found(math.exp(kl), {"kl": fixed(kl), "samples": many(kl)})


def arrives(params: dict[str, str], n: int | None = None) -> Found:
    """Count the page's races of n prior samples that reach half of p(x), per cent, with the standard error."""
    chosen, view = chosen_in(params)
    exact, count = at_sigma(posterior_grid(chosen), _sigma(chosen, view)), view.n if n is None else n
    if count < 1:
        raise ValueError(f"n is {count}, expected at least 1")
    won = importance_diagnostics(chosen, count, view.sigma)["success"]
    share, error = 100 * won["share"], 100 * won["error"]
    words = {"n": f"{count:,}", "share": f"{rounded(share, error)} %", "error": f"{rounded(error, error)} %"}
    return Found(share, words | {"races": str(won["races"]), "kl": fixed(exact.kl_posterior_prior()[0].item())})


def drop(params: dict[str, str]) -> Found:
    """Compare log p(x|z) at the page's z, its start until it is dragged, against the best z."""
    chosen, view = chosen_in(params)
    exact = at_sigma(posterior_grid(chosen), _sigma(chosen, view))
    with torch.inference_mode():
        z = torch.tensor([view.z]) if view.z else start_of(chosen.model.encode(chosen.x).mu)
        scores = pictures(chosen.model, z).scores(chosen.x)
    here = log_prob_of_scores(scores, exact.sigma, exact.pixels)[0, 0].item()
    best = max(_log_px_z(chosen, posterior_grid(chosen).least, exact), here)
    place = f"({', '.join(fixed(value) for value in z[0].tolist())})"
    words = {"z": place, "log_px_z": fixed(here, 1), "best": fixed(best, 1), "drop": fixed(best - here, 1)}
    return Found(best - here, words)


def elbo_gap(params: dict[str, str]) -> Found:
    """Compute log p(x) - ELBO and KL(q || p(z|x)), each on its own: the identity says that they are the same."""
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
    """Measure how far both estimates of log p(x) from n samples are from the truth, with the draws of the page."""
    chosen, view = chosen_in(params)
    sigma, count = _sigma(chosen, view), view.n if n is None else n
    exact = at_sigma(posterior_grid(chosen), sigma).log_px[0].item()
    weights = log_weights(chosen, count, sigma)
    estimate = {name: log_mean_exp(weights[name][:, None]).item() for name in ("prior", "encoder")}
    miss = {name: abs(value - exact) for name, value in estimate.items()}
    words = {"n": f"{count:,}", "exact": fixed(exact)}
    words |= {name: fixed(value) for name, value in estimate.items()}
    words |= {f"{name}_miss": fixed(value, 3) for name, value in miss.items()}
    words["nearer"] = "prior" if miss["prior"] < miss["encoder"] else "encoder"
    return Found(miss["encoder"] - miss["prior"], words)


def encoder_short(params: dict[str, str], n: int | None = None) -> Found:
    """Measure how far the encoder's estimate from n samples lies below log p(x), with its Pareto k.

    `mixture` is the estimate of the proposal made for x, from as many draws, with its standard error.
    """
    chosen, view = chosen_in(params)
    sigma, count = _sigma(chosen, view), view.n if n is None else n
    exact = at_sigma(posterior_grid(chosen), sigma).log_px[0].item()
    weights = log_weights(chosen, count, sigma)
    encoder, made = (running(weights[name]) for name in ("encoder", "mixture"))
    k = pareto_khat(weights["encoder"][:, None])
    estimate, mixture, error = encoder.log_px[-1].item(), made.log_px[-1].item(), made.stderr[-1].item()
    words = {"n": f"{count:,}", "exact": fixed(exact), "encoder": fixed(estimate), "short": fixed(exact - estimate)}
    words |= {"khat": "unknown, since there are too few weights" if k is None else fixed(k.item())}
    return Found(exact - estimate, words | {"mixture": rounded(mixture, error), "mixture_error": rounded(error, error)})


def iwae_bias(params: dict[str, str], K: int) -> Found:
    """Compute log p(x) minus the mean of the K-sample bound (Burda et al. 2016, eq. 8), with its standard error.

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
    """Compute Pareto k of 2,000 draws from the q of the chapter "Improving q", scaled as its slider says.

    For normals k tends to 1 - s^2 where the scale s is below 1.
    """
    chosen, _ = chosen_in(params)
    scale = float(params.get("large_mending_scale", 1))
    generator = torch.Generator().manual_seed(chosen.seed)
    with torch.no_grad():
        q = chosen.model.encode(chosen.x)
    if params.get("large_mending_q", "best") == "best":
        q = refined_posterior(chosen).best
    with torch.no_grad():
        log_w = encoder_log_weights(chosen.model, chosen.x, SAMPLES, generator, q=scaled(q, scale))[1]
    found, ess = pareto_khat(log_w).item(), running(log_w[:, 0]).ess[-1].item()
    words = {"scale": f"{scale:g}", "khat": fixed(found), "limit": fixed(max(0.0, 1 - scale**2))}
    return Found(found, words | {"ess": fixed(ess, 0), "samples": f"{SAMPLES:,}"})


def turned_gap(params: dict[str, str]) -> Found:
    """Compute the gap of the best diagonal q with W turned as the slider says: closed form, the same for every x."""
    degrees = float(params.get("large_mending_angle", 30))
    gap = abs(turned(degrees).gap())
    return Found(gap, {"angle": f"{degrees:g}", "gap": fixed(gap, 4)})


def dimension_kl(params: dict[str, str], d: int | None = None, sigma: float | None = None) -> Found:
    """Compute KL(p(z|x) || p(z)) of the x of the chapter "The dimension", at its sliders or at `d` and `sigma`.

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


def beta_of_sigma(params: dict[str, str]) -> Found:
    """Compute (σ of the slider / the model's own σ)^2, the β with the same trade of rate against squared error."""
    chosen, view = chosen_in(params)
    own = chosen.entry.run.card.get("sigma")
    if not isinstance(own, float):
        raise ValueError("this model is Bernoulli and has no σ: choose a Gaussian one")
    sigma = own if view.sigma is None else view.sigma
    beta = (sigma / own) ** 2
    return Found(beta, {"sigma": short(sigma), "own": short(own), "beta": short(beta)})


def _exact(params: dict[str, str]) -> Quadrature:
    chosen, view = chosen_in(params)
    return at_sigma(posterior_grid(chosen), _sigma(chosen, view))


def _log_px_z(chosen: Example, energy: float, exact: Quadrature) -> float:
    """Compute log p(x|z) of an energy, nats, under the quadrature's sigma."""
    score = torch.tensor(energy if is_gaussian(chosen) else -energy, dtype=torch.float64)
    return log_prob_of_scores(score, exact.sigma, exact.pixels).item()


def _sigma(chosen: Example, view: View) -> float | None:
    """Return the σ of the page's slider, else the model's own; None for a Bernoulli."""
    return view.sigma or posterior_grid(chosen).quadrature.sigma


def _double(q):
    return type(q)(q.mu.double(), q.logvar.double())
