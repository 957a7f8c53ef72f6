"""Our own loop: `vae_core.training.train.fit`, with memory and products as `restore_training` has them."""

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.loops import BATCH, LR
from vae_core import products
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.models.vae import build
from vae_core.training.train import fit

_STEPS = 1_000_000  # more than anyone waits for


def train(config: ModelConfig, images: Tensor, turns: Iterator[None]) -> None:
    training = TrainConfig(steps=_STEPS, batch_size=BATCH, lr=LR)
    run = RunConfig(config, DataConfig("fashion-mnist", "threshold"), training)
    model = build(config, torch.Generator().manual_seed(0)).to(images.device, memory_format=torch.channels_last)
    generator = torch.Generator(images.device).manual_seed(0)
    if not images.is_cuda:
        products.choose()
    records = fit(model, images, run, generator, every=len(images) // BATCH)
    for _ in turns:
        next(records)
