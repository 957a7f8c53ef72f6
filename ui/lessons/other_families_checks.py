"""Checks on "Other families": chains that forget, the page's own sliders, and the scores of the shipped models."""

import itertools
import math
from functools import lru_cache

import torch

from ui.lessons.registry import Found, short
from ui.number_format import fixed
from ui.pages.other_families import shipped_models, url
from ui.pages.other_families.url import View
from vae_core.families import autoregressive, gsn, rbm
from vae_core.families.autoregressive import MADE
from vae_core.families.binary_states import bars_and_stripes, states
from vae_core.families.rbm import RBM

_SIDE, _HIDDEN, _STEPS, _RATE = 3, 8, 500, 0.5  # of the machine that a check trains, as the page does
_ORDERS, _MADE_HIDDEN, _MADE_STEPS, _MADE_RATE = 6, 64, 400, 0.01
_MODES = ([0.5, 0.5], [-2.0, 2.0], [0.5, 0.5])  # weights, means and standard deviations of the walk's data


def sharper_chain(times: float) -> Found:
    """How many times longer the chain of a trained RBM remembers when all its weights are multiplied."""
    model = _trained()
    before, after = model.relaxation_time(), _scaled(model, times).relaxation_time()
    words = {"times": short(times), "before": short(before), "after": short(after), "ratio": short(after / before)}
    return Found(after / before, words)


def weights_times(params: dict[str, str]) -> Found:
    """What the page multiplies all weights by."""
    found = _shown(params).sharpness
    return Found(found, {"times": fixed(found)})


def walk_memory(params: dict[str, str]) -> Found:
    """In how many steps the page's walk of noise and denoising forgets."""
    noise = _shown(params).noise
    weights, means, sds = (torch.tensor(part, dtype=torch.float64) for part in _MODES)
    found = gsn.relaxation_time(gsn.NormalMixture(weights, means, sds), noise)
    return Found(found, {"noise": fixed(noise), "steps": short(found)})


def linear_vae_memory(s: float, sigma: float) -> Found:
    """In how many steps z -> x -> z of a linear VAE forgets: 1 + s^2 / sigma^2."""
    if not (sigma > 0 and math.isfinite(s)):
        raise ValueError(f"s is {s} and sigma is {sigma}, expected a number and one above 0")
    found = 1 + (s / sigma) ** 2
    return Found(found, {"s": short(s), "sigma": short(sigma), "steps": short(found)})


def score(params: dict[str, str]) -> Found:
    """log p of the page's test picture by the model that it shows, row by row."""
    shown = _shown(params)
    if not shown.picture:
        raise ValueError("the page shows a picture that was drawn, expected a test picture: choose one")
    if shown.order != url.ORDERS[0]:
        raise ValueError("the page takes the pixels in another order, expected row by row: choose it")
    model = shipped_models.model(shown.writer)
    x = torch.from_numpy(shipped_models.pictures()[shown.picture - 1]).double()
    found = model.log_prob(x[None]).item()
    words = {"picture": str(shown.picture), "log_px": fixed(found, 1), "bits": fixed(-found / math.log(2) / len(x), 3)}
    return Found(found, words)


def mean_of_logits() -> Found:
    """What the mean of the logits over some orders adds up to over all pictures, and what it claims for the data."""
    model, orders = _trained_writer()
    data, everything = bars_and_stripes(_SIDE).float(), states(_SIDE**2).float()
    total, right = (
        of(model, everything, orders).double().exp().sum().item()
        for of in (autoregressive.log_prob_of_mean_logits, autoregressive.log_mean_probability)
    )
    claimed = autoregressive.log_prob_of_mean_logits(model, data, orders).mean().item()
    words = {"total": fixed(total), "right": fixed(right), "claimed": fixed(claimed), "best": fixed(-math.log(14), 3)}
    return Found(total, words)


def _shown(params: dict[str, str]) -> View:
    return url.read(params)[0]


def _scaled(model: RBM, times: float) -> RBM:
    return RBM(times * model.W, times * model.b, times * model.c)


@lru_cache(maxsize=1)
def _trained() -> RBM:
    """An RBM of bars and stripes by the exact gradient, as the page trains its own from other weights."""
    data = bars_and_stripes(_SIDE).double()
    model = rbm.initial(_SIDE**2, _HIDDEN, torch.Generator().manual_seed(0))
    for _ in range(_STEPS):
        model = model.moved(model.exact_gradient(data), _RATE)
    return model


@lru_cache(maxsize=1)
def _trained_writer() -> tuple[MADE, list[torch.Tensor]]:
    """An autoregressive model of bars and stripes that takes any order, and some orders."""
    generator, pixels = torch.Generator().manual_seed(0), _SIDE**2
    data = bars_and_stripes(_SIDE).float()
    steps = autoregressive.train(
        autoregressive.initial(pixels, _MADE_HIDDEN, generator),
        data,
        generator,
        _MADE_RATE,
        len(data),
        lambda generator: torch.randperm(pixels, generator=generator),
    )
    model = next(itertools.islice(steps, _MADE_STEPS - 1, None)).model
    return model, [torch.randperm(pixels, generator=generator) for _ in range(_ORDERS)]
