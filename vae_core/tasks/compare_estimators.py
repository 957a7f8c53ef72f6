"""Compare prior and encoder estimates of log p(x) of a trained model with a reference."""

import json
import math
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_core import data
from vae_core.distributions.gaussian import DiagonalNormal, log_prior
from vae_core.estimators.likelihood_matrix import pictures
from vae_core.estimators.local_posterior import refine, scaled
from vae_core.estimators.marginal_likelihood import encoder_log_weights, log_mean_exp, pareto_khat, prior_log_weights
from vae_core.estimators.quadrature import integrate
from vae_core.io.atomic import write_json
from vae_core.models.vae import VAE
from vae_core.runs.checkpoint import load
from vae_core.runs.run import CARD, open_run

RACE = "race.json"
COUNTS = (10, 30, 100, 300, 1000, 3000, 10_000)
_WIDER = (1.1, 1.6)  # the reference draws from refined q a little wider, and from some with much wider tails
_STARTS, _STEPS = 16, 60
_DRAWS = 128  # of a refined q, or the fewest that balance so many dimensions
_SEARCH = 20_000  # prior draws among which modes are looked for


def race_run(path: Path, images: int, reference: int, seed: int, command: str) -> dict[str, Any]:
    """Compare the estimators on the first test images of a run; writes metrics and conventions into its folder.

    Raises ValueError if the run or its data cannot be read, if its q or p(z) is of another family, or for fewer than
    2 images or reference samples.
    """
    if min(images, reference) < 2:
        raise ValueError(f"images is {images} and reference is {reference}, expected at least 2 of each")
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

    `distance` is |estimate - reference| and `error` is estimate - reference, each for every n in `COUNTS`, over as many
    separate races as 10,000 samples allow; `prior_nearer` counts the images on which the prior's distance is the
    smaller. `kl` is KL(p(z|x) || p(z)), the log of the number of samples that the prior needs. The
    reference is quadrature for 1 or 2 latents, otherwise importance sampling from a mixture of refined q.
    """
    rows = [_race_of_one(model, one, reference, generator) for one in x.split(1)]
    figures: dict[str, Any] = {"n": list(COUNTS), "images": len(x), "prior": {}, "encoder": {}}
    for side, part in product(("prior", "encoder"), ("distance", "error")):
        figures[side][part], figures[side][f"{part}_stderr"] = _over_images(rows, f"{side} {part}")
    ahead = torch.stack([row["prior distance"] < row["encoder distance"] for row in rows])
    figures["prior_nearer"] = ahead.sum(0).tolist()
    figures["kl"], figures["kl_stderr"] = _over_images(rows, "kl")
    exact = model.latent_dim <= 2
    figures["reference"] = {
        "method": "quadrature" if exact else "importance",
        "samples": None if exact else reference,
        "largest_error": max(row["reference error"].item() for row in rows),
        "largest_khat": None if exact else max(row["khat"].item() for row in rows),
    }
    return figures


def _race_of_one(model: VAE, x: Tensor, reference: int, generator: torch.Generator) -> dict[str, Tensor]:
    row = _by_quadrature(model, x) if model.latent_dim <= 2 else _by_importance(model, x, reference, generator)
    for side, draw in (("prior", prior_log_weights), ("encoder", encoder_log_weights)):
        log_w = draw(model, x, COUNTS[-1], generator)[1][:, 0].double()
        errors = [_estimates(log_w, n) - row["log_px"] for n in COUNTS]
        row[f"{side} distance"] = torch.stack([error.abs().mean() for error in errors])
        row[f"{side} error"] = torch.stack([error.mean() for error in errors])
    return row


def _estimates(log_w: Tensor, n: int) -> Tensor:
    """log p(x) from each block of n samples."""
    races = len(log_w) // n
    return log_mean_exp(log_w[: races * n].reshape(races, n).T)


def _by_quadrature(model: VAE, x: Tensor) -> dict[str, Tensor]:
    found = integrate(model, x)
    return {"log_px": found.log_px[0], "reference error": found.error[0], "kl": found.kl_posterior_prior()[0]}


def _by_importance(model: VAE, x: Tensor, K: int, generator: torch.Generator) -> dict[str, Tensor]:
    """log p(x), its standard error, k and KL(p(z|x) || p(z)) by self-normalised weights."""
    q = _modes(model, x, generator)
    each = math.ceil(K / len(q.mu))  # draws of each part of the mixture
    z = DiagonalNormal(q.mu.repeat(each, 1), q.logvar.repeat(each, 1)).rsample(generator)  # [K, D]
    log_q = log_mean_exp(torch.stack([one.log_prob(z) for one in map(DiagonalNormal, q.mu, q.logvar)]))
    log_px_z = pictures(model, z).log_prob(x)[:, 0]
    log_w = log_px_z + log_prior(z) - log_q
    log_px = log_mean_exp(log_w)
    w = torch.exp(log_w - log_px)
    return {
        "log_px": log_px,
        "reference error": w.std() / math.sqrt(len(w)),
        "khat": pareto_khat(log_w[:, None])[0],
        "kl": (w * log_px_z).mean() - log_px,
    }


def _modes(model: VAE, x: Tensor, generator: torch.Generator) -> DiagonalNormal:
    """Diagonal normals that cover p(z|x), [M, D]: refined from the encoder's q and from the prior's best draws.

    p(z|x) may have several modes: one q refined from the encoder's would miss the others, and no weight would tell.
    The prior is one of them, so no weight is larger than M p(x|z).
    """
    z, log_px_z = prior_log_weights(model, x, _SEARCH, generator)
    best = log_px_z[:, 0].topk(_STARTS - 1).indices
    own = model.encode(x)
    start = DiagonalNormal(torch.cat((own.mu, z[best, 0])), own.logvar.repeat(_STARTS, 1))
    draws = max(_DRAWS, 2 * model.latent_dim + 2)
    *_, last = refine(model, x.expand(_STARTS, *x.shape[1:]), _STEPS, generator, draws, start)
    prior = DiagonalNormal(torch.zeros_like(own.mu), torch.zeros_like(own.mu))
    parts = [prior, *(scaled(last.q, factor) for factor in _WIDER)]
    return DiagonalNormal(torch.cat([q.mu for q in parts]), torch.cat([q.logvar for q in parts]))


def _over_images(rows: list[dict[str, Tensor]], key: str) -> tuple[Any, Any]:
    """Mean over the images and its standard error."""
    values = torch.stack([row[key] for row in rows])
    return values.mean(0).tolist(), (values.std(0) / math.sqrt(len(rows))).tolist()
