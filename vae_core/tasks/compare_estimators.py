"""Compare estimates of log p(x) of a trained model, by draws of the prior, the encoder and a proposal made for x."""

import json
import math
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_core import data
from vae_core.estimators.marginal_likelihood import encoder_log_weights, log_mean_exp, prior_log_weights
from vae_core.estimators.mixture_proposal import WeighedDraws, effective_samples, weigh_each
from vae_core.estimators.pareto import khat_threshold, pareto_khat
from vae_core.estimators.quadrature import integrate
from vae_core.io.atomic import write_json
from vae_core.models.vae import VAE
from vae_core.runs.checkpoint import load
from vae_core.runs.run import CARD, open_run

RACE = "race.json"
COUNTS = (10, 30, 100, 300, 1000, 3000, 10_000)
_FEWEST_DRAWS = 100  # of the reference: a few have no Pareto k
SIDES = ("prior", "encoder", "mixture")


def race_run(path: Path, images: int, reference: int, seed: int, command: str) -> dict[str, Any]:
    """Compare the estimators on the first test images of a run; writes metrics and conventions into its folder.

    Raises ValueError if the run or its data cannot be read, if its q or p(z) is of another family, or for fewer than
    2 images or 100 reference samples.
    """
    if images < 2 or reference < _FEWEST_DRAWS:
        raise ValueError(
            f"images is {images} and reference is {reference}, expected at least 2 images and {_FEWEST_DRAWS} draws"
        )
    run = open_run(path)
    if not run.config.model.plain:
        raise ValueError(f"{path.name} has a posterior or a prior of its own, expected a diagonal q and p(z) = N(0, I)")
    test = data.load(run.config.data.name, "test")
    x = torch.from_numpy(data.to_float(data.binarize(test.images[:images], run.config.data.binarize, seed)))
    figures = race(load(path), x, reference, torch.Generator().manual_seed(seed))
    figures |= {"data": test.name, "split": "test", "binarize": run.config.data.binarize, "seed": seed}
    figures |= {"weights_sha256": run.card["weights_sha256"], "date": datetime.now(UTC).date().isoformat()}
    write_json(path / RACE, figures | {"command": command})
    return figures


def read_race(path: Path) -> dict[str, Any] | None:
    """Read the comparison in a run folder; None if there is none or the weights have changed since."""
    try:
        figures = json.loads((path / RACE).read_text(encoding="utf-8"))
        card = json.loads((path / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return figures if figures.get("weights_sha256") == card.get("weights_sha256") else None


@torch.no_grad()
def race(model: VAE, x: Tensor, reference: int, generator: torch.Generator) -> dict[str, Any]:
    """Means over images x, [B, C, H, W], with their standard errors, nats.

    For each side `distance` is |estimate - reference| and `error` is estimate - reference, each for every n in
    `COUNTS`, over as many separate estimates as 10,000 samples allow; `doubtful` is the share of images whose 10,000
    weights have a Pareto k above its threshold, `ess` their mean effective sample size; `error_of_each` and
    `khat_of_each` are of each image at n = 10,000. `prior_nearer` counts the
    images on which the prior's distance is smaller than the encoder's. `kl` is KL(p(z|x) || p(z)), the log of the
    number of samples that the prior needs. The reference is quadrature for 1 or 2 latents, otherwise `reference` draws
    of the proposal made for x, apart from those that are compared with it.
    """
    rows = [_of_one(model, one, reference, generator) for one in x.split(1)]
    figures: dict[str, Any] = {"n": list(COUNTS), "images": len(x), **{side: {} for side in SIDES}}
    for side, part in product(SIDES, ("distance", "error")):
        figures[side][part], figures[side][f"{part}_stderr"] = _over_images(rows, f"{side} {part}")
    for side in SIDES:
        khat = torch.stack([row[f"{side} khat"] for row in rows])
        figures[side]["doubtful"] = (~(khat <= khat_threshold(COUNTS[-1]))).double().mean().item()
        figures[side]["ess"] = torch.stack([row[f"{side} ess"] for row in rows]).mean().item()
        figures[side]["khat_of_each"] = [round(k, 3) for k in khat.tolist()]
        figures[side]["error_of_each"] = [round(row[f"{side} error"][-1].item(), 4) for row in rows]
    ahead = torch.stack([row["prior distance"] < row["encoder distance"] for row in rows])
    figures["prior_nearer"] = ahead.sum(0).tolist()
    figures["kl"], figures["kl_stderr"] = _over_images(rows, "kl")
    exact = model.latent_dim <= 2
    figures["reference"] = {
        "method": "quadrature" if exact else "mixture",
        "samples": None if exact else reference,
        "largest_error": max(row["reference error"].item() for row in rows),
        "largest_khat": None if exact else max(row["khat"].item() for row in rows),
    }
    return figures


def _of_one(model: VAE, x: Tensor, reference: int, generator: torch.Generator) -> dict[str, Tensor]:
    (made_for_x,) = weigh_each(model, x, COUNTS[-1], generator)
    if model.latent_dim <= 2:
        row = _by_quadrature(model, x)
    else:
        row = _by_mixture(weigh_each(model, x, reference, generator)[0])
    weights = {
        "prior": prior_log_weights(model, x, COUNTS[-1], generator)[1][:, 0].double(),
        "encoder": encoder_log_weights(model, x, COUNTS[-1], generator)[1][:, 0].double(),
        "mixture": made_for_x.log_w,
    }
    for side, log_w in weights.items():
        errors = [_estimates(log_w, n) - row["log_px"] for n in COUNTS]
        row[f"{side} distance"] = torch.stack([error.abs().mean() for error in errors])
        row[f"{side} error"] = torch.stack([error.mean() for error in errors])
        row[f"{side} khat"] = pareto_khat(log_w[:, None])[0]
        row[f"{side} ess"] = effective_samples(log_w[:, None])[0]
    return row


def _estimates(log_w: Tensor, n: int) -> Tensor:
    """log p(x) from each block of n samples."""
    races = len(log_w) // n
    return log_mean_exp(log_w[: races * n].reshape(races, n).T)


def _by_quadrature(model: VAE, x: Tensor) -> dict[str, Tensor]:
    found = integrate(model, x)
    return {"log_px": found.log_px[0], "reference error": found.error[0], "kl": found.kl_posterior_prior()[0]}


def _by_mixture(draws: WeighedDraws) -> dict[str, Tensor]:
    """log p(x), its standard error, k and KL(p(z|x) || p(z)) by the draws of a proposal made for x."""
    (log_px, stderr), (kl, _) = draws.log_px(), draws.kl_posterior_prior()
    values = {"log_px": log_px, "reference error": stderr, "kl": kl}
    row = {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}
    return row | {"khat": pareto_khat(draws.log_w[:, None])[0]}


def _over_images(rows: list[dict[str, Tensor]], key: str) -> tuple[Any, Any]:
    """Mean over the images and its standard error."""
    values = torch.stack([row[key] for row in rows])
    return values.mean(0).tolist(), (values.std(0) / math.sqrt(len(rows))).tolist()
