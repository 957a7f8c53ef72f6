"""Checks of what a model spends its rate on: σ against β, water-filling on the data, active units."""

from functools import lru_cache

import torch
from torch import Tensor

from ui.lessons.result import Found, short
from ui.lessons.where_p_is_large_view import chosen_in
from ui.number_format import fixed
from ui.pages.latent_map import url as latent_map
from ui.runs import assets
from ui.runs.catalogue import recent_catalogue
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.latent.aggregate_posterior import dimensions
from vae_core.runs.run import read_codes

_ROWS = 4096  # images in float64 at once


def beta_of_sigma(params: dict[str, str]) -> Found:
    """(σ of the slider / the model's own σ)^2: the β that makes the same trade of rate against squared error."""
    chosen, view = chosen_in(params)
    own = chosen.entry.run.card.get("sigma")
    if not isinstance(own, float):
        raise ValueError("this model is Bernoulli and has no σ: choose a Gaussian one")
    sigma = own if view.sigma is None else view.sigma
    beta = (sigma / own) ** 2
    return Found(beta, {"sigma": short(sigma), "own": short(own), "beta": short(beta)})


def kept(data: str, sigma: float, beta: float) -> Found:
    """Reverse water-filling on a data set's test images: what the best linear β-VAE keeps at θ = βσ^2.

    Rate = half the sum of log(l / θ) over the eigenvalues l > θ of the pictures' covariance, nats; distortion = the sum
    of min(l, θ). Raises ValueError for a data set that cannot be read and for σ or β that are not above 0.
    """
    if not (sigma > 0 and beta > 0):
        raise ValueError(f"σ is {sigma} and β is {beta}, expected numbers above 0")
    eigenvalues, theta = _eigenvalues(data), beta * sigma**2
    above, below = eigenvalues[eigenvalues > theta], eigenvalues[eigenvalues <= theta]
    rate, distortion = 0.5 * (above / theta).log().sum().item(), eigenvalues.clamp_max(theta).sum().item()
    words = {"kept": str(len(above)), "rate": fixed(rate, 1), "distortion": fixed(distortion, 1)}
    words |= {"threshold": short(theta), "largest": short(eigenvalues.max().item())}
    return Found(len(above), words | {"next": short(below.max().item()) if len(below) else "none"})


@lru_cache(maxsize=4)
def _eigenvalues(data: str) -> Tensor:
    """Of the covariance of a data set's test images, read as 0..1, float64 [P]."""
    images = torch.from_numpy(assets.test_set(data).images).flatten(1)
    total = torch.zeros(images.shape[1], dtype=torch.float64)
    products = torch.zeros((images.shape[1],) * 2, dtype=torch.float64)
    for part in images.split(_ROWS):
        x = part.double() / 255
        total += x.sum(0)
        products += x.T @ x
    mean = total / len(images)
    return torch.linalg.eigvalsh(products / len(images) - torch.outer(mean, mean)).clamp_min(0)


def active_units(params: dict[str, str]) -> Found:
    """Active units of the model on the map, from the codes of all its test images (Burda et al. 2016)."""
    runs = recent_catalogue().runs
    if not runs:
        raise ValueError("there is no model here")
    codes = read_codes(runs[latent_map.read_model(params, list(runs))[0]].run)
    found = dimensions(DiagonalNormal(torch.from_numpy(codes.mu).double(), torch.from_numpy(codes.logvar).double()))
    silent = [str(j + 1) for j, active in enumerate(found.active.tolist()) if not active]
    count, of = int(found.active.sum()), len(found.active)
    rate = found.rate[~found.active].sum().item()
    words = {"active": str(count), "of": str(of), "silent": ", ".join(silent) or "none"}
    return Found(count, words | {"rate": fixed(found.rate.sum().item(), 1), "silent_rate": fixed(rate)})
