"""Lightning's Trainer with all that it can leave out: its own mode for measuring speed."""

from collections.abc import Iterator

from torch import Tensor

from benchmarks.loops import lightning_trainer
from vae_core.config import ModelConfig


def train(config: ModelConfig, images: Tensor, turns: Iterator[None]) -> None:
    lightning_trainer.fit(config, images, turns, barebones=True)
