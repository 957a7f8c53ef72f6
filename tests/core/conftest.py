"""Small models and explicit generators for the mathematical tests."""

import dataclasses

import pytest
import torch

from vae_core.config import ModelConfig
from vae_core.models.linear_gaussian import LinearGaussian
from vae_core.models.ppca import as_vae
from vae_core.models.vae import VAE, build

SMALL = {
    "mlp bernoulli": ModelConfig((1, 4, 4), latent_dim=2, hidden=(12, 7), likelihood="bernoulli"),
    "mlp gaussian": ModelConfig((1, 4, 4), latent_dim=3, hidden=(8,), activation="tanh", sigma=0.3),
    "conv grey": ModelConfig((1, 8, 8), latent_dim=2, arch="conv", hidden=(4, 6), likelihood="bernoulli"),
    "conv colour": ModelConfig((3, 8, 8), latent_dim=4, arch="conv", hidden=(5,), activation="silu", sigma="learned"),
}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(params=SMALL)
def model(request) -> VAE:
    """A freshly initialised model of each kind, in float64 so that identities hold to many digits."""
    return build(SMALL[request.param], generator()).double().eval().requires_grad_(False)


def pictures(model: VAE, count: int, seed: int = 1) -> torch.Tensor:
    """Random images in the likelihood's support, float64 [count, C, H, W]."""
    x = torch.rand((count, *model.config.image_shape), generator=generator(seed), dtype=torch.float64)
    return (x > 0.5).double() if model.config.likelihood == "bernoulli" else x


def linear_vae(linear: LinearGaussian, **settings) -> VAE:
    """A linear-Gaussian model as a VAE in float64, with its sigma fixed and its best diagonal q."""
    same = as_vae(linear, (1, 1, len(linear.b)))
    model = VAE(dataclasses.replace(same.config, sigma=linear.sigma, **settings)).double()
    model.load_state_dict(same.state_dict())
    return model
