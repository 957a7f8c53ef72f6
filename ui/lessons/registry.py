"""The checks that a lesson can ask for: its module, its settings, what it fills in, and what it finds.

This module imports no torch; the module of a check does, and is imported when the check is asked.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from ui.lessons.lesson import Setting
from ui.number_format import fixed, raised
from ui.server import lazy_torch

NORMAL, LARGE, MAP, PATHS = "anything-from-a-normal", "where-p-is-large", "latent-map", "paths"
FAMILIES = "other-families"


@dataclass(frozen=True)
class Found:
    """The number that a prediction is held against, with words for each placeholder of the check."""

    value: float
    words: Mapping[str, str]


def short(value: float) -> str:
    """Write a number with three digits, with commas where it is large, as a power of ten where it is huge or tiny."""
    if not math.isfinite(value):
        return "infinity" if value > 0 else "−infinity" if value < 0 else "not a number"
    size = abs(value)
    if size >= 1e6 or 0 < size < 1e-3:
        exponent = math.floor(math.log10(size))
        return f"{fixed(value / 10.0**exponent, 1)} × 10{raised(exponent)}"
    if size >= 100:
        return f"{float(f'{value:.3g}'):,.0f}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


@dataclass(frozen=True)
class RegisteredCheck:
    """A check: the module of ui.lessons that holds the function of its name, and the page whose view it reads.

    `page` is None for a check that reads no view. `value` says in words what number it finds.
    """

    module: str
    page: str | None
    value: str
    fills: tuple[str, ...]
    needs: dict[str, type] = field(default_factory=dict)
    may: dict[str, type] = field(default_factory=dict)


CHECKS: dict[str, RegisteredCheck] = {
    "ring_mean": RegisteredCheck(
        "normal_map_checks", None, "mean distance of x from the centre of the ring", ("mean", "sd")
    ),
    "ring_radius": RegisteredCheck(
        "normal_map_checks", NORMAL, "distance of x from the centre of the ring", ("z", "norm", "radius", "density")
    ),
    "quantile": RegisteredCheck(
        "normal_map_checks", NORMAL, "x = F⁻¹(Φ(z)) on the map shown", ("z", "share", "x"), may={"z": float}
    ),
    "stretch": RegisteredCheck(
        "normal_map_checks", NORMAL, "how much the map stretches at z", ("z", "stretch", "density_z", "density_x")
    ),
    "ks_distance": RegisteredCheck(
        "normal_map_checks",
        NORMAL,
        "expected Kolmogorov-Smirnov distance of n draws",
        ("n", "distance"),
        may={"n": int},
    ),
    "log_px": RegisteredCheck("where_p_is_large_checks", LARGE, "log p(x), nats", ("log_px", "error")),
    "spot": RegisteredCheck(
        "where_p_is_large_checks",
        LARGE,
        "one in how many draws from the prior falls where 90 % of p(z|x) is",
        ("one_in", "area", "plane", "log_height", "log_area", "log_px"),
    ),
    "exp_kl": RegisteredCheck(
        "where_p_is_large_checks",
        LARGE,
        "number of samples e^KL(p(z|x) ‖ p(z)) that the prior needs",
        ("kl", "samples"),
    ),
    "arrives": RegisteredCheck(
        "where_p_is_large_checks",
        LARGE,
        "share of races of n prior samples that reach p(x)/2, per cent",
        ("n", "share", "error", "races", "kl"),
        may={"n": int},
    ),
    "drop": RegisteredCheck(
        "where_p_is_large_checks", LARGE, "nats of log p(x|z) below the best z", ("z", "log_px_z", "best", "drop")
    ),
    "elbo_gap": RegisteredCheck(
        "where_p_is_large_checks", LARGE, "log p(x) − ELBO, nats", ("log_px", "elbo", "difference", "kl", "error")
    ),
    "misses": RegisteredCheck(
        "where_p_is_large_checks",
        LARGE,
        "how much nearer to log p(x) the prior comes than the encoder, nats",
        ("n", "exact", "prior", "encoder", "prior_miss", "encoder_miss", "nearer"),
        may={"n": int},
    ),
    "encoder_short": RegisteredCheck(
        "where_p_is_large_checks",
        LARGE,
        "nats by which the encoder's estimate lies below log p(x)",
        ("n", "exact", "encoder", "short", "khat", "mixture", "mixture_error"),
        may={"n": int},
    ),
    "iwae_bias": RegisteredCheck(
        "where_p_is_large_checks",
        LARGE,
        "log p(x) minus the mean of the bound of K samples, nats",
        ("K", "bias", "error", "groups", "gap"),
        needs={"K": int},
    ),
    "khat": RegisteredCheck(
        "where_p_is_large_checks",
        LARGE,
        "Pareto k̂ of q with its standard deviations scaled",
        ("scale", "khat", "limit", "ess", "samples"),
    ),
    "turned_gap": RegisteredCheck(
        "where_p_is_large_checks", LARGE, "gap of the linear model whose W is turned, nats", ("angle", "gap")
    ),
    "dimension_kl": RegisteredCheck(
        "where_p_is_large_checks",
        LARGE,
        "KL(p(z|x) ‖ p(z)) of an x of the linear model, nats",
        ("d", "sigma", "kl", "samples", "mean"),
        may={"d": int, "sigma": float},
    ),
    "beta_of_sigma": RegisteredCheck(
        "where_p_is_large_checks", LARGE, "the β that σ stands for", ("sigma", "own", "beta")
    ),
    "kept": RegisteredCheck(
        "latent_space_checks",
        None,
        "dimensions that the best linear β-VAE keeps",
        ("kept", "rate", "distortion", "threshold", "largest", "next"),
        needs={"data": str, "sigma": float, "beta": float},
    ),
    "latent_size": RegisteredCheck("latent_space_checks", MAP, "numbers in z of the model shown", ("size", "pixels")),
    "norm_of_z": RegisteredCheck("latent_space_checks", MAP, "distance of z from the centre", ("z", "norm")),
    "rate_of_x": RegisteredCheck(
        "latent_space_checks", MAP, "rate of the chosen test image, nats", ("x", "rate", "width")
    ),
    "active_units": RegisteredCheck(
        "latent_space_checks", MAP, "active units of the model shown", ("active", "of", "silent", "rate", "silent_rate")
    ),
    "typical_norm": RegisteredCheck(
        "latent_space_checks",
        PATHS,
        "norm of the point halfway between two draws",
        ("D", "typical", "sd", "midpoint", "below", "root"),
        may={"D": int},
    ),
    "path_norms": RegisteredCheck(
        "latent_space_checks",
        PATHS,
        "norm halfway on the straight path over that of its ends",
        ("first", "second", "straight", "around", "ratio", "log_ratio"),
    ),
    "sharper_chain": RegisteredCheck(
        "other_families_checks",
        None,
        "how many times longer a trained RBM's chain remembers when all weights are multiplied",
        ("times", "before", "after", "ratio"),
        needs={"times": float},
    ),
    "weights_times": RegisteredCheck(
        "other_families_checks", FAMILIES, "what all weights are multiplied by", ("times",)
    ),
    "walk_memory": RegisteredCheck(
        "other_families_checks", FAMILIES, "steps in which the walk of noise and denoising forgets", ("noise", "steps")
    ),
    "linear_vae_memory": RegisteredCheck(
        "other_families_checks",
        None,
        "steps in which z → x → z of a linear VAE forgets, 1 + s²/σ²",
        ("s", "sigma", "steps"),
        needs={"s": float, "sigma": float},
    ),
    "score": RegisteredCheck(
        "other_families_checks", FAMILIES, "log p of the chosen test picture, nats", ("picture", "log_px", "bits")
    ),
    "mean_of_logits": RegisteredCheck(
        "other_families_checks",
        None,
        "sum over all pictures of what the mean of the logits says",
        ("total", "right", "claimed", "best"),
    ),
}


def run_check(check: str, params: dict[str, str], settings: dict[str, Setting]) -> Found:
    """Run a check on the view that the link `params` describes. Loads torch.

    Raises ValueError with one sentence when this view has no such number.
    """
    lazy_torch.load_torch()
    known = CHECKS[check]
    function = getattr(import_module(f"ui.lessons.{known.module}"), check)
    return function(**({"params": params} if known.page else {}), **settings)
