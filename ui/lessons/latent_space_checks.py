"""Checks on the latent space of a model: which dimensions its rate is spent on, and how long z is on paths."""

import math
from functools import lru_cache

import torch
from torch import Tensor

from ui.lessons.registry import Found, short
from ui.number_format import fixed
from ui.pages.latent_map import url as latent_map
from ui.pages.paths import page_state as paths_state
from ui.pages.paths import url as paths
from ui.runs import assets
from ui.runs.catalogue import Entry, recent_catalogue
from vae_core.distributions.gaussian import DiagonalNormal, log_prior
from vae_core.latent.aggregate_posterior import dimensions
from vae_core.runs.run import read_codes

_ROWS = 4096  # images in float64 at once


def kept(data: str, sigma: float, beta: float) -> Found:
    """Compute by reverse water-filling on a data set's test images what the best linear β-VAE keeps at θ = βσ^2.

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
    """Compute the eigenvalues of the covariance of a data set's test images, read as 0..1, float64 [P]."""
    images = torch.from_numpy(assets.test_set(data).images).flatten(1)
    total = torch.zeros(images.shape[1], dtype=torch.float64)
    products = torch.zeros((images.shape[1],) * 2, dtype=torch.float64)
    for part in images.split(_ROWS):
        x = part.double() / 255
        total += x.sum(0)
        products += x.T @ x
    mean = total / len(images)
    return torch.linalg.eigvalsh(products / len(images) - torch.outer(mean, mean)).clamp_min(0)


def latent_size(params: dict[str, str]) -> Found:
    """Count the numbers of z and those of a picture, of the model on the map."""
    model = _on_map(params).run.config.model
    return Found(model.latent_dim, {"size": str(model.latent_dim), "pixels": f"{model.pixels:,}"})


def norm_of_z(params: dict[str, str]) -> Found:
    """Compute the distance of the chosen z from the centre of the prior. Raises ValueError where z was not moved."""
    z = latent_map.read(params, assets.bounds_of(_on_map(params)))[0].z
    if z is None:
        raise ValueError("z has not been moved yet: drag it on the map")
    norm = math.hypot(*z)
    return Found(norm, {"z": ", ".join(map(fixed, z)), "norm": fixed(norm)})


def rate_of_x(params: dict[str, str]) -> Found:
    """Compute KL(q(z|x) ‖ p(z)) of the chosen test image, nats; -1 where none is chosen."""
    entry = _on_map(params)
    x = latent_map.read(params, assets.bounds_of(entry))[0].x
    if x is None:
        return Found(-1.0, {"x": "none", "rate": "–", "width": "–"})
    codes = read_codes(entry.run)
    q = DiagonalNormal(torch.from_numpy(codes.mu[x]).double(), torch.from_numpy(codes.logvar[x]).double())
    rate = q.kl_per_dimension().sum().item()
    return Found(rate, {"x": str(x), "rate": fixed(rate), "width": fixed((0.5 * q.logvar).exp().mean().item(), 3)})


def active_units(params: dict[str, str]) -> Found:
    """Count the active units of the model on the map, from the codes of all its test images (Burda et al. 2016)."""
    codes = read_codes(_on_map(params).run)
    found = dimensions(DiagonalNormal(torch.from_numpy(codes.mu).double(), torch.from_numpy(codes.logvar).double()))
    silent = [str(j + 1) for j, active in enumerate(found.active.tolist()) if not active]
    count, of = int(found.active.sum()), len(found.active)
    rate = found.rate[~found.active].sum().item()
    words = {"active": str(count), "of": str(of), "silent": ", ".join(silent) or "none"}
    return Found(count, words | {"rate": fixed(found.rate.sum().item(), 1), "silent_rate": fixed(rate)})


def typical_norm(params: dict[str, str], D: int | None = None) -> Found:
    """Compute E‖z‖ of a normal draw in D dimensions, its spread, and E‖(z + z')/2‖ = E‖z‖/√2 between two; exact."""
    if D is None:
        D = _entry(params).run.config.model.latent_dim
    if D < 1:
        raise ValueError(f"D is {D}, expected at least 1")
    typical = math.sqrt(2) * math.exp(math.lgamma((D + 1) / 2) - math.lgamma(D / 2))
    midpoint, sd = typical / math.sqrt(2), math.sqrt(D - typical**2)
    words = {"D": str(D), "typical": fixed(typical, 3), "sd": fixed(sd, 3), "midpoint": fixed(midpoint, 3)}
    return Found(midpoint, words | {"below": fixed((typical - midpoint) / sd, 1), "root": fixed(math.sqrt(D), 3)})


def path_norms(params: dict[str, str]) -> Found:
    """Compute the norms of the codes of the page's first two test images and halfway between, straight and around."""
    a, b = _ends(params)
    first, second = a.norm().item(), b.norm().item()
    middle, arc = 0.5 * (a + b), 0.5 * (first + second)
    straight = middle.norm().item()
    on_arc = middle * (arc / straight)  # the arc passes over the straight middle when both ends are as long
    log_ratio = (log_prior(middle) - log_prior(on_arc)).item()
    words = {"first": fixed(first), "second": fixed(second), "straight": fixed(straight), "around": fixed(arc)}
    ratio = straight / arc
    return Found(ratio, words | {"ratio": f"{100 * ratio:.0f} %", "log_ratio": fixed(log_ratio)})


def _on_map(params: dict[str, str]) -> Entry:
    runs = recent_catalogue().runs
    if not runs:
        raise ValueError("there is no model here")
    return runs[latent_map.read_model(params, list(runs))[0]]


def _entry(params: dict[str, str]) -> Entry:
    runs = recent_catalogue().runs
    if not runs:
        raise ValueError("there is no model here")
    return runs[paths.read_model(params, list(runs))[0]]


def _ends(params: dict[str, str]) -> tuple[Tensor, Tensor]:
    entry = _entry(params)
    stops = paths.read(params, paths_state.bounds(entry))[0].stops or ()
    if len(stops) < 2 or not all(stop.isdecimal() for stop in stops[:2]):
        raise ValueError("the page shows fewer than two test images, expected a path between two of them")
    mu = torch.from_numpy(read_codes(entry.run).mu).double()
    return mu[int(stops[0])], mu[int(stops[1])]
