"""Our own loop: `vae_core.train.fit`."""

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.loops import BATCH, HIDDEN, LATENT, LR
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.models import build
from vae_core.train import fit

_STEPS = 1_000_000  # more than anyone waits for


def prepare(images: Tensor) -> Callable[[], object]:
    """A turn is an epoch over `images`, uint8 [N, 1, 28, 28]: `fit` gives a record at the end of each."""
    config = RunConfig(
        ModelConfig((1, 28, 28), LATENT, hidden=(HIDDEN,), activation="relu", likelihood="bernoulli"),
        DataConfig("fashion-mnist", "threshold"),
        TrainConfig(steps=_STEPS, batch_size=BATCH, lr=LR),
    )
    generator = torch.Generator().manual_seed(0)
    records = fit(build(config.model, generator), images, config, generator, every=len(images) // BATCH)
    return lambda: next(records)
