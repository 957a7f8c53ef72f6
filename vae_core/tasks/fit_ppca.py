"""Fit probabilistic PCA in closed form and write it as a run folder."""

import time
from pathlib import Path
from typing import Any

import torch

from vae_core import data
from vae_core.config import DataConfig, RunConfig, TrainConfig
from vae_core.io.atomic import write_json
from vae_core.models.architectures import parameter_count
from vae_core.models.ppca import as_vae, fit_linear, linear_config
from vae_core.runs.checkpoint import versions
from vae_core.runs.run import METRICS, STATUS, new_run
from vae_core.runs.write_result import write_result


def linear_run(name: str, latent_dim: int, out: Path, *, title: str | None = None, command: str = "") -> dict[str, Any]:
    """Fit `latent_dim` probabilistic principal components of a data set and write the run folder; returns the card.

    The closed form is one step on all of the images. Raises ValueError for what cannot be fitted.
    """
    images, test = (data.load(name, split, download=True) for split in ("train", "test"))
    begun = time.perf_counter()
    linear = fit_linear(torch.from_numpy(images.images), latent_dim)
    seconds = time.perf_counter() - begun
    train = TrainConfig(steps=1, batch_size=len(images))
    config = RunConfig(linear_config(images.shape, latent_dim), DataConfig(name), train)
    model = as_vae(linear, images.shape).eval().requires_grad_(False)
    facts = {
        "name": out.name,
        "title": title or out.name,
        "command": command,
        "fit": "closed form (probabilistic principal components)",
        "seconds": round(seconds, 1),
        "device": "cpu",
        "parameters": parameter_count(config.model),
        "sigma": linear.sigma,
        "versions": versions(),
    }
    with new_run(out) as folder:
        card = write_result(folder, model, config, test, facts, half=False)
        (folder / METRICS).touch()
        write_json(folder / STATUS, {"state": "done", "step": 1})
    return card
