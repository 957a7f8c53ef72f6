"""pythae's own trainer on its own VAE, with an encoder and a decoder of our layers; no checkpoint, no evaluation."""

import tempfile
from collections.abc import Iterator

import torch
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import Tensor

from benchmarks.loops import BATCH, LR, tutorial
from vae_core.config import ModelConfig


class Encoder(BaseEncoder):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.encoder = tutorial.Encoder(config)

    def forward(self, x: Tensor) -> ModelOutput:
        mu, logvar = self.encoder(x)
        return ModelOutput(embedding=mu, log_covariance=logvar)


class Decoder(BaseDecoder):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.decoder = tutorial.decoder(config)

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.decoder(z))


def train(config: ModelConfig, images: Tensor, turns: Iterator[None]) -> None:
    model = VAEConfig(input_dim=config.image_shape, latent_dim=config.latent_dim, reconstruction_loss="bce")
    training = BaseTrainerConfig(
        output_dir=tempfile.mkdtemp(prefix="pythae-"),
        num_epochs=1,
        learning_rate=LR,
        per_device_train_batch_size=BATCH,
        no_cuda=True,
    )
    pictures = BaseDataset(images.float() / 255, torch.zeros(len(images)))
    trainer = BaseTrainer(VAE(model, Encoder(config), Decoder(config)), pictures, training_config=training)
    trainer.prepare_training()
    for _ in turns:
        trainer.train_step(1)
