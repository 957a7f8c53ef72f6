"""pythae's own trainer on its own VAE, with an encoder and a decoder of our layers."""

import tempfile
from collections.abc import Callable

import torch
import torch.nn.functional as F
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import Tensor, nn

from benchmarks.loops import BATCH, HIDDEN, LATENT, LR, PIXELS


class Encoder(BaseEncoder):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(PIXELS, HIDDEN)
        self.mu = nn.Linear(HIDDEN, LATENT)
        self.logvar = nn.Linear(HIDDEN, LATENT)

    def forward(self, x: Tensor) -> ModelOutput:
        h = F.relu(self.hidden(x.reshape(-1, PIXELS)))
        return ModelOutput(embedding=self.mu(h), log_covariance=self.logvar(h))


class Decoder(BaseDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, PIXELS), nn.Sigmoid())

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.layers(z).reshape(-1, 1, 28, 28))


def prepare(images: Tensor) -> Callable[[], object]:
    """A turn is an epoch of its `train_step` over `images`, uint8 [N, 1, 28, 28]; no checkpoint, no evaluation."""
    config = VAEConfig(input_dim=(1, 28, 28), latent_dim=LATENT, reconstruction_loss="bce")
    training = BaseTrainerConfig(
        output_dir=tempfile.mkdtemp(prefix="pythae-"),
        num_epochs=1,
        learning_rate=LR,
        per_device_train_batch_size=BATCH,
        no_cuda=True,
    )
    pictures = BaseDataset(images.float() / 255, torch.zeros(len(images)))
    trainer = BaseTrainer(VAE(config, Encoder(), Decoder()), pictures, training_config=training)
    trainer.prepare_training()
    return lambda: trainer.train_step(1)
