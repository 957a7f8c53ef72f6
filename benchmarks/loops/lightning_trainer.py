"""Lightning's Trainer as it comes, on a DataLoader over tensors, without checkpoints."""

import tempfile
from collections.abc import Iterator
from typing import Any

import lightning
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.loops import BATCH, LR
from benchmarks.loops.tutorial import Tutorial, loss_of
from vae_core.config import ModelConfig


class Module(lightning.LightningModule):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.model = Tutorial(config)

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        loss = loss_of(self.model, batch[0]) / len(batch[0])
        self.log("loss", loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=LR)


class EpochATurn(lightning.Callback):
    def __init__(self, turns: Iterator[None]) -> None:
        self._turns = turns

    def on_train_epoch_start(self, *_: object) -> None:
        for _ in self._turns:
            return
        raise SystemExit


def train(config: ModelConfig, images: Tensor, turns: Iterator[None]) -> None:
    with tempfile.TemporaryDirectory(prefix="lightning-") as folder:
        fit(config, images, turns, enable_checkpointing=False, default_root_dir=folder)


def fit(config: ModelConfig, images: Tensor, turns: Iterator[None], **how: Any) -> None:
    """Epochs of a Trainer with these settings."""
    loader = DataLoader(TensorDataset(images.float() / 255), batch_size=BATCH, shuffle=True)
    trainer = lightning.Trainer(accelerator="cpu", max_epochs=-1, callbacks=[EpochATurn(turns)], **how)
    trainer.fit(Module(config), loader)
