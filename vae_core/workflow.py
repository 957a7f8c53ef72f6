"""Whole jobs from names to results: train a run folder, evaluate one. The command line and the pages call these."""

import dataclasses
import json
import math
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save as serialize
from torch import Tensor

import vae_core
from vae_core import data
from vae_core.architectures import parameter_count
from vae_core.checkpoint import load, round_to_half, save_weights
from vae_core.config import RunConfig
from vae_core.diagnostics import dimensions
from vae_core.durable import write_json
from vae_core.evaluate import Estimator, Figures, batches, encode_all, evaluate
from vae_core.gaussian import DiagonalNormal
from vae_core.models import VAE, build
from vae_core.run import CARD, CODES, CONFIG, METRICS, STATUS, WEIGHTS, new_run, open_run, sha256
from vae_core.train import Step, choose_device, fit

EVALUATION_SEED = 0  # of the binarisation and the samples behind the figures on a card
MOST_CODES = 10_000
_RECORD_EVERY = 100


def train_run(
    config: RunConfig,
    images: data.ImageSet,
    test: data.ImageSet,
    out: Path,
    *,
    title: str | None = None,
    command: str = "",
    half: bool = False,
    on_step: Callable[[Step], None] = lambda step: None,
) -> dict[str, Any]:
    """Train on `images`, measure on `test` and write the run folder `out`; returns the card.

    `half` rounds the weights to half precision before anything is measured. Raises ValueError for what cannot be
    trained, TrainingFailed when the loss is lost; in both cases nothing is left behind.
    """
    device = choose_device(config.train.device)
    with new_run(out) as folder:
        model, last = _train(config, torch.from_numpy(images.images), device, folder, on_step)
        if half:
            round_to_half(model)
        if config.model.sigma == "optimal":
            set_optimal_sigma(model, torch.from_numpy(images.images), generator(config.train.seed, device))
        model.eval().requires_grad_(False)
        save_weights(model, folder, half)
        card = {"name": out.name, "title": title or out.name, "command": command}
        card |= _facts(model, config, last, len(images)) | {"weights_sha256": sha256(folder / WEIGHTS)}
        card |= _describe(model, test, config, folder)
        write_json(folder / CONFIG, config.to_json())
        write_json(folder / CARD, card)
        write_json(folder / STATUS, {"state": "done", "step": last.step})
    return card


def evaluate_run(
    path: Path, name: str | None, split: str, limit: int | None, estimator: Estimator, samples: int | None, seed: int
) -> dict[str, Any]:
    """Figures of a run on a split of a data set (its own when `name` is None), with the conventions behind them.

    Raises ValueError if the run or the data cannot be read, or if their shapes differ.
    """
    config = open_run(path).config
    device = choose_device()
    model = load(path, device)
    images = data.load(name or config.data.name, split)
    x = _evaluation_images(images, config, seed, device, limit)
    figures = evaluate(model, x, estimator, samples, generator(seed, device))
    return _with_conventions(figures, images, config, seed)


def set_optimal_sigma(model: VAE, images: Tensor, rng: torch.Generator) -> None:
    """Set sigma to the root mean squared error of a pixel over the training images (Rybkin et al. 2021, eq. 5).

    One sample of z is drawn for each image; images are uint8, [N, C, H, W].
    """
    total = torch.zeros((), dtype=torch.float64, device=rng.device)
    with torch.inference_mode():
        for batch in batches(images):
            x = batch.to(rng.device).float() / 255
            p = model.decode(model.encode(x).rsample(rng))
            total += p.squared_error(x).double().sum()
        model.log_sigma.copy_(p.best_log_sigma(total / len(images)))


def generator(seed: int, device: torch.device) -> torch.Generator:
    return torch.Generator(device).manual_seed(seed)


def _train(
    config: RunConfig, images: Tensor, device: torch.device, folder: Path, on_step: Callable[[Step], None]
) -> tuple[VAE, Step]:
    """The trained model and the last record; every record is a line of the run's metrics.

    Channels-last memory makes convolutions several times faster and changes nothing for the other layers.
    """
    fresh = generator(config.train.seed, torch.device("cpu"))
    model = build(config.model, fresh).to(device, memory_format=torch.channels_last)
    rng = generator(int(torch.randint(2**62, (), generator=fresh)), device)
    with (folder / METRICS).open("w", encoding="utf-8") as metrics:
        for step in fit(model, images.to(device), config, rng, every=_RECORD_EVERY):
            metrics.write(json.dumps(dataclasses.asdict(step)) + "\n")
            on_step(step)
    return model, step


def _facts(model: VAE, config: RunConfig, last: Step, count: int) -> dict[str, Any]:
    """What the card says about how the model was made."""
    weights = next(model.parameters())
    halved = all(torch.equal(p, p.half().float()) for name, p in model.named_parameters() if name != "log_sigma")
    return {
        "seed": config.train.seed,
        "steps": last.step,
        "epochs": round(last.step * config.train.batch_size / count, 2),
        "seconds": round(last.seconds, 1),
        "images_per_second": round(last.images_per_second),
        "device": _device_name(weights.device),
        "threads": torch.get_num_threads(),
        "parameters": parameter_count(config.model),
        "precision": "float16" if halved else "float32",
        "sigma": None if model.log_sigma is None else model.log_sigma.exp().item(),
        "versions": {
            "vae_core": vae_core.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
    }


def _describe(model: VAE, test: data.ImageSet, config: RunConfig, folder: Path) -> dict[str, Any]:
    """Test figures and dimensions for the card; the codes go into the folder."""
    device = next(model.parameters()).device
    x = _evaluation_images(test, config, EVALUATION_SEED, device)
    figures = evaluate(model, x, "elbo", 1, generator(EVALUATION_SEED, device))
    q = encode_all(model, x[:MOST_CODES])
    _save_codes(q, test.labels, folder / CODES)
    dims = dimensions(q)
    return {
        "data": {"name": test.name, "licence": test.licence, "source": test.source},
        "active_units": int(dims.active.sum()),
        "rate_per_dimension": [round(rate, 4) for rate in dims.rate.tolist()],
        "active": dims.active.tolist(),
        "test": _with_conventions(figures, test, config, EVALUATION_SEED),
    }


def _evaluation_images(
    images: data.ImageSet, config: RunConfig, seed: int, device: torch.device, limit: int | None = None
) -> Tensor:
    """Float images in the likelihood's support, binarised once by the seed if the run binarises."""
    if images.shape != config.model.image_shape:
        raise ValueError(
            f"{images.name} has images of shape {list(images.shape)}, expected {list(config.model.image_shape)}"
        )
    chosen = data.binarize(images.images[:limit], config.data.binarize, seed)
    return torch.from_numpy(data.to_float(chosen)).to(device)


def _with_conventions(figures: Figures, images: data.ImageSet, config: RunConfig, seed: int) -> dict[str, Any]:
    values = dataclasses.asdict(figures)
    if not all(math.isfinite(value) for value in values.values() if isinstance(value, float)):
        raise ValueError(f"the figures of this model on {images.name} are not finite numbers: its weights are unusable")
    return values | {"data": images.name, "split": images.split, "binarize": config.data.binarize, "seed": seed}


def _save_codes(q: DiagonalNormal, labels: np.ndarray | None, path: Path) -> None:
    mu, logvar = (part.cpu().numpy().astype(np.float16) for part in (q.mu, q.logvar))
    label = np.zeros(len(mu), np.uint8) if labels is None else labels[: len(mu)].astype(np.uint8)
    path.write_bytes(serialize({"mu": mu, "logvar": logvar, "label": label}))


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
