"""The VAE that tutorials write, around the layers of `vae_core.models.architectures`: what the PyTorch peers train."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.models.vae import VAE


class Encoder(nn.Module):
    """Pictures [B, C, H, W] -> mean and log-variance of q(z|x), [B, D] each, by two linear layers beside each other."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        *body, last = VAE(config).encoder
        self.body = nn.Sequential(*body)
        self.mu = nn.Linear(last.in_features, config.latent_dim)
        self.logvar = nn.Linear(last.in_features, config.latent_dim)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(x)
        return self.mu(h), self.logvar(h)


def decoder(config: ModelConfig) -> nn.Sequential:
    """z [B, D] -> the mean of each pixel, [B, C, H, W]."""
    return nn.Sequential(*VAE(config).decoder, nn.Sigmoid())


class Tutorial(nn.Module):
    """Encoder, one sample of z, decoder."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(config), decoder(config)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logvar = self.encoder(x)
        std = torch.exp(0.5 * logvar)
        z = mu + torch.randn_like(std) * std
        return self.decoder(z), mu, logvar


def loss_of(model: Tutorial, x: Tensor) -> Tensor:
    """-ELBO, summed over the minibatch: binary cross entropy on means, plus the KL."""
    mean, mu, logvar = model(x)
    distortion = F.binary_cross_entropy(mean, x, reduction="sum")
    return distortion - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
