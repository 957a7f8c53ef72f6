"""Evaluate a run on a data set, with the conventions behind the figures."""

import math
from pathlib import Path
from typing import Any

import torch

from vae_core import data
from vae_core.device import choose_exact_device
from vae_core.estimators.marginal_likelihood import Progress
from vae_core.estimators.metrics import (
    Estimator,
    bits_per_dim,
    dequantized,
    evaluate,
    evaluation_images,
    generator,
    with_conventions,
)
from vae_core.io.atomic import write_json
from vae_core.runs.checkpoint import load
from vae_core.runs.run import CARD, open_run


def write_log_px(path: Path, figures: dict[str, Any]) -> None:
    """Keep an estimate of log p(x) on the run's card, beside the figures of its training."""
    card = open_run(path).card
    write_json(path / CARD, card | {"log_px": figures})


def evaluate_run(
    path: Path,
    name: str | None,
    split: str,
    limit: int | None,
    estimator: Estimator,
    samples: int | None,
    seed: int,
    *,
    dequantize: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Evaluate a run on a split of a data set (its own when `name` is None); returns metrics and conventions.

    `dequantize` adds uniform noise within each byte, and `bits_per_dim` with its standard error; `progress` is told how
    many images are done. Raises ValueError if
    the run or the data cannot be read, if their shapes differ, or if bytes of a Bernoulli are to be dequantised.
    """
    config = open_run(path).config
    device = choose_exact_device()
    model = load(path, device)
    images = data.load(name or config.data.name, split)
    x = evaluation_images(images, config, seed, device, limit)
    rng = generator(seed, device)
    if not dequantize:
        return with_conventions(evaluate(model, x, estimator, samples, rng, progress), images, config, seed)
    if config.model.likelihood != "gaussian":
        raise ValueError("this model is Bernoulli and gives probabilities already: only a Gaussian's x is dequantised")
    x = dequantized(torch.from_numpy(images.images[:limit]).to(device), rng)
    figures, pixels = evaluate(model, x, estimator, samples, rng, progress), config.model.pixels
    bits = {"bits_per_dim": bits_per_dim(figures.log_px, pixels)}
    bits["bits_per_dim_stderr"] = figures.stderr / (pixels * math.log(2))
    return with_conventions(figures, images, config, seed) | {"dequantized": "uniform"} | bits
