"""The checks that a lesson can ask for: where each is at home, what it is told and what it fills in. No torch here."""

from dataclasses import dataclass, field
from importlib import import_module

from ui.lessons.lesson import Setting
from ui.lessons.result import Found
from ui.server import lazy_torch

NORMAL, LARGE, MAP, PATHS = "anything-from-a-normal", "where-p-is-large", "latent-map", "paths"


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
    "log_px": RegisteredCheck("integral_checks", LARGE, "log p(x), nats", ("log_px", "error")),
    "spot": RegisteredCheck(
        "integral_checks",
        LARGE,
        "one in how many draws from the prior falls where 90 % of p(z|x) is",
        ("one_in", "area", "plane", "log_height", "log_area", "log_px"),
    ),
    "exp_kl": RegisteredCheck(
        "integral_checks", LARGE, "number of samples e^KL(p(z|x) ‖ p(z)) that the prior needs", ("kl", "samples")
    ),
    "arrives": RegisteredCheck(
        "integral_checks",
        LARGE,
        "share of races of n prior samples that reach p(x)/2, per cent",
        ("n", "share", "error", "races", "kl"),
        may={"n": int},
    ),
    "drop": RegisteredCheck(
        "integral_checks", LARGE, "nats of log p(x|z) below the best z", ("z", "log_px_z", "best", "drop")
    ),
    "elbo_gap": RegisteredCheck(
        "integral_checks", LARGE, "log p(x) − ELBO, nats", ("log_px", "elbo", "difference", "kl", "error")
    ),
    "misses": RegisteredCheck(
        "integral_checks",
        LARGE,
        "how much nearer to log p(x) the prior comes than the encoder, nats",
        ("n", "exact", "prior", "encoder", "prior_miss", "encoder_miss", "nearer"),
        may={"n": int},
    ),
    "iwae_bias": RegisteredCheck(
        "bound_checks",
        LARGE,
        "log p(x) minus the mean of the bound of K samples, nats",
        ("K", "bias", "error", "groups", "gap"),
        needs={"K": int},
    ),
    "khat": RegisteredCheck(
        "bound_checks",
        LARGE,
        "Pareto k̂ of q with its standard deviations scaled",
        ("scale", "khat", "limit", "ess", "samples"),
    ),
    "turned_gap": RegisteredCheck(
        "bound_checks", LARGE, "gap of the linear model whose W is turned, nats", ("angle", "gap")
    ),
    "dimension_kl": RegisteredCheck(
        "bound_checks",
        LARGE,
        "KL(p(z|x) ‖ p(z)) of an x of the linear model, nats",
        ("d", "sigma", "kl", "samples", "mean"),
        may={"d": int, "sigma": float},
    ),
    "beta_of_sigma": RegisteredCheck("rate_checks", LARGE, "the β that σ stands for", ("sigma", "own", "beta")),
    "kept": RegisteredCheck(
        "rate_checks",
        None,
        "dimensions that the best linear β-VAE keeps",
        ("kept", "rate", "distortion", "threshold", "largest", "next"),
        needs={"data": str, "sigma": float, "beta": float},
    ),
    "active_units": RegisteredCheck(
        "rate_checks", MAP, "active units of the model shown", ("active", "of", "silent", "rate", "silent_rate")
    ),
    "typical_norm": RegisteredCheck(
        "paths_checks",
        PATHS,
        "norm of the point halfway between two draws",
        ("D", "typical", "sd", "midpoint", "below", "root"),
        may={"D": int},
    ),
    "path_norms": RegisteredCheck(
        "paths_checks",
        PATHS,
        "norm halfway on the straight path over that of its ends",
        ("first", "second", "straight", "around", "ratio", "log_ratio"),
    ),
}


def run_check(check: str, params: dict[str, str], settings: dict[str, Setting]) -> Found:
    """What a check finds now, on the view that the link `params` describes. Loads torch.

    Raises ValueError with one sentence when this view has no such number.
    """
    lazy_torch.load_torch()
    known = CHECKS[check]
    function = getattr(import_module(f"ui.lessons.{known.module}"), check)
    return function(**({"params": params} if known.page else {}), **settings)
