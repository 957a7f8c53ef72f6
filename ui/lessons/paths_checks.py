"""Checks on the page Paths: how long z is where draws lie, and halfway between two of them."""

import math

import torch
from torch import Tensor

from ui.lessons.result import Found
from ui.number_format import fixed
from ui.pages.paths import page_state, url
from ui.runs.catalogue import recent_catalogue
from ui.runs.entry import Entry
from vae_core.distributions.gaussian import log_prior
from vae_core.runs.run import read_codes


def typical_norm(params: dict[str, str], D: int | None = None) -> Found:
    """E‖z‖ of a normal draw in D dimensions and its spread, and E‖(z + z')/2‖ = E‖z‖/√2 halfway between two; exact."""
    if D is None:
        D = _entry(params).run.config.model.latent_dim
    if D < 1:
        raise ValueError(f"D is {D}, expected at least 1")
    typical = math.sqrt(2) * math.exp(math.lgamma((D + 1) / 2) - math.lgamma(D / 2))
    midpoint, sd = typical / math.sqrt(2), math.sqrt(D - typical**2)
    words = {"D": str(D), "typical": fixed(typical, 3), "sd": fixed(sd, 3), "midpoint": fixed(midpoint, 3)}
    return Found(midpoint, words | {"below": fixed((typical - midpoint) / sd, 1), "root": fixed(math.sqrt(D), 3)})


def path_norms(params: dict[str, str]) -> Found:
    """Norms of the codes of the page's first two test images, and halfway between them, straight and around."""
    a, b = _ends(params)
    first, second = a.norm().item(), b.norm().item()
    middle, arc = 0.5 * (a + b), 0.5 * (first + second)
    straight = middle.norm().item()
    on_arc = middle * (arc / straight)  # the arc passes over the straight middle when both ends are as long
    log_ratio = (log_prior(middle) - log_prior(on_arc)).item()
    words = {"first": fixed(first), "second": fixed(second), "straight": fixed(straight), "around": fixed(arc)}
    ratio = straight / arc
    return Found(ratio, words | {"ratio": f"{100 * ratio:.0f} %", "log_ratio": fixed(log_ratio)})


def _entry(params: dict[str, str]) -> Entry:
    runs = recent_catalogue().runs
    if not runs:
        raise ValueError("there is no model here")
    return runs[url.read_model(params, list(runs))[0]]


def _ends(params: dict[str, str]) -> tuple[Tensor, Tensor]:
    entry = _entry(params)
    stops = url.read(params, page_state.bounds(entry))[0].stops or ()
    if len(stops) < 2 or not all(stop.isdecimal() for stop in stops[:2]):
        raise ValueError("the page shows fewer than two test images, expected a path between two of them")
    mu = torch.from_numpy(read_codes(entry.run).mu).double()
    return mu[int(stops[0])], mu[int(stops[1])]
