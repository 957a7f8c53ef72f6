"""Write the result of a run: configuration, weights, codes of the test images, and the model card with test metrics."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save as serialize

from vae_core import data, products
from vae_core.config import RunConfig
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.estimators.metrics import encode_all, evaluate, evaluation_images, generator, with_conventions
from vae_core.io.atomic import sync, temporary_sibling, write_json
from vae_core.latent.aggregate_posterior import dimensions, marginal_kl_bound
from vae_core.models.architectures import parameter_count
from vae_core.models.vae import VAE
from vae_core.runs.checkpoint import save_weights, versions
from vae_core.runs.run import CARD, CODES, CONFIG, WEIGHTS, sha256

EVALUATION_SEED = 0  # of the binarisation and the samples for the metrics of a card
MOST_CODES = 10_000  # test images whose codes are stored


def write_result(
    folder: Path,
    model: VAE,
    config: RunConfig,
    test: data.ImageSet,
    facts: dict[str, Any],
    half: bool,
    limit: int | None = None,
) -> dict[str, Any]:
    """Write configuration, weights, codes and card of a model into an empty folder; returns the card.

    `facts` are card values on how the model was made. Metrics and codes are of the first `limit` test images.
    """
    save_weights(model, folder, half)
    precision = "float16" if half else "float32"
    card = facts | {"precision": precision, "weights_sha256": sha256(folder / WEIGHTS)}
    card |= _measure(model, test, config, folder, limit)
    write_json(folder / CONFIG, config.to_json(), flush=False)
    write_json(folder / CARD, card, flush=False)
    return card


def publish(result: Path, run: Path) -> None:
    """Move the files of `write_result` into the run folder, the card last: if it exists, all others do."""
    for name in (WEIGHTS, CODES, CARD):
        sync(result / name)
        os.replace(result / name, run / name)
    sync(run)


def make_result_folder(run: Path) -> Path:
    """Create a temporary folder in the run for `write_result` and `publish`."""
    folder = temporary_sibling(run / "result")
    folder.mkdir()
    return folder


def training_facts(model: VAE, config: RunConfig, step: int, seconds: float, count: int) -> dict[str, Any]:
    """Return the card's values on how the model was made, from `count` training images."""
    weights, batch = next(model.parameters()), config.train.batch_size
    return {
        "seed": config.train.seed,
        "steps": step,
        "epochs": round(step * batch / count, 2),
        "seconds": round(seconds, 1),
        "images_per_second": round(step * batch / seconds) if seconds > 0 else 0,
        "device": device_name(weights.device),
        "threads": torch.get_num_threads(),
        **products.facts(),
        "parameters": parameter_count(config.model),
        "sigma": None if model.log_sigma is None else model.log_sigma.exp().item(),
        "versions": versions(),
    }


def _measure(
    model: VAE, test: data.ImageSet, config: RunConfig, folder: Path, limit: int | None = None
) -> dict[str, Any]:
    """Compute the card values on the test images: metrics and dimensions. Writes their codes into the folder."""
    device = next(model.parameters()).device
    x = evaluation_images(test, config, EVALUATION_SEED, device, limit)
    figures = evaluate(model, x, "elbo", 1, generator(EVALUATION_SEED, device))
    q = encode_all(model, x[:MOST_CODES])
    _save_codes(q, test.labels, folder / CODES)
    dims = dimensions(q)
    return {
        "data": {"name": test.name, "licence": test.licence, "source": test.source},
        "active_units": int(dims.active.sum()),
        "rate_per_dimension": [round(rate, 4) for rate in dims.rate.tolist()] if config.model.plain else None,
        "active": dims.active.tolist(),
        "marginal_kl_per_dimension": [round(kl, 4) for kl in marginal_kl_bound(q).tolist()],
        "test": with_conventions(figures, test, config, EVALUATION_SEED),
    }


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def _save_codes(q: DiagonalNormal, labels: np.ndarray | None, path: Path) -> None:
    mu, logvar = (part.cpu().numpy().astype(np.float16) for part in (q.mu, q.logvar))
    label = np.zeros(len(mu), np.uint8) if labels is None else labels[: len(mu)].astype(np.uint8)
    path.write_bytes(serialize({"mu": mu, "logvar": logvar, "label": label}))
