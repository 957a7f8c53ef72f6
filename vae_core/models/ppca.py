"""Probabilistic principal components: the linear-Gaussian model fitted in closed form, and the same model as a VAE.

Its likeliest W has orthogonal columns, so p(z|x) is a diagonal normal with one covariance for every x: an encoder of
one linear layer gives it exactly, and the ELBO is log p(x).
"""

import math

import torch
from torch import Tensor

from vae_core.config import ModelConfig
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.models.linear_gaussian import LinearGaussian
from vae_core.models.vae import VAE

_ROWS = 4096  # images in float64 at once


def fit_linear(images: Tensor, latent_dim: int) -> LinearGaussian:
    """The likeliest linear-Gaussian model of images, uint8 [N, C, H, W] read as 0..1 (Tipping & Bishop 1999, eq. 7-8).

    b is the mean picture, W = U (Lambda - sigma^2 I)^1/2 from the largest eigenvalues of the pictures' covariance, and
    sigma^2 the mean of the others; float64. The sign of each column is the one with the larger sum. Raises ValueError
    if the images have no variance beyond `latent_dim` directions.
    """
    rows = images.flatten(1)
    N, P = rows.shape
    if not 1 <= latent_dim < min(N, P):
        raise ValueError(f"latent_dim is {latent_dim}, expected from 1 to {min(N, P) - 1} for {N} images of {P} pixels")
    total, products = torch.zeros(P, dtype=torch.float64), torch.zeros((P, P), dtype=torch.float64)
    for part in rows.split(_ROWS):
        x = part.double() / 255
        total += x.sum(0)
        products += x.T @ x
    b = total / N
    values, vectors = torch.linalg.eigh(products / N - torch.outer(b, b))  # ascending
    variance = values[: P - latent_dim].mean().item()
    if not variance > 1e-12:
        raise ValueError(
            f"the images have no variance beyond {latent_dim} directions, expected some to be left to sigma"
        )
    W = vectors[:, -latent_dim:].flip(1) * (values[-latent_dim:].flip(0) - variance).clamp_min(0).sqrt()
    return LinearGaussian(W * torch.where(W.sum(0) < 0, -1.0, 1.0).double(), b, math.sqrt(variance))


def linear_config(image_shape: tuple[int, int, int], latent_dim: int) -> ModelConfig:
    """One linear layer each way, and a mean that is the decoder's output itself."""
    return ModelConfig(image_shape, latent_dim, hidden=(), likelihood="gaussian", sigma="optimal", mean="identity")


def as_vae(linear: LinearGaussian, image_shape: tuple[int, int, int]) -> VAE:
    """The same model in layers, float32: q(z|x) is the diagonal normal nearest to p(z|x), `gap()` nats from it."""
    model = VAE(linear_config(image_shape, linear.latent_dim))
    zero = torch.zeros((1, len(linear.b)), dtype=linear.W.dtype)
    at_zero = linear.encode(zero)
    slope = linear.encode(torch.eye(len(linear.b), dtype=linear.W.dtype)).mu - at_zero.mu  # [P, D]
    with torch.no_grad():
        encoder, decoder = model.encoder[-1], model.decoder[0]
        encoder.weight.copy_(torch.cat((slope.T, torch.zeros_like(slope.T))))
        encoder.bias.copy_(torch.cat((at_zero.mu[0], at_zero.logvar[0])))
        decoder.weight.copy_(linear.W)
        decoder.bias.copy_(linear.b)
        model.log_sigma.fill_(math.log(linear.sigma))
    return model


def invariants(linear: LinearGaussian, x: Tensor) -> tuple[float, list[float], list[float]]:
    """What of log p(x) no sigma changes, for one x, [1, P]: ||x - b||^2, all s_i^2 and all (u_i^T (x - b))^2."""
    U, s, _ = torch.linalg.svd(linear.W, full_matrices=False)
    residual = (x - linear.b)[0]
    return residual.square().sum().item(), s.square().tolist(), (residual @ U).square().tolist()


def expected_energy(linear: LinearGaussian, x: Tensor, q: DiagonalNormal) -> float:
    """E_q ||x - Wz - b||^2 for one x, [1, P], and its q(z|x): what of E_q log p(x|z) no sigma changes."""
    mu, variance = q.mu.double(), q.logvar.double().exp()  # [1, D]
    at_mean = (x - mu @ linear.W.T - linear.b).square().sum()
    return (at_mean + (linear.W.square().sum(0) * variance).sum()).item()


def is_linear(config: ModelConfig) -> bool:
    """Whether p(x) has a closed form: one linear layer, a Gaussian around it, and z ~ N(0, I)."""
    return config.plain and config.arch == "mlp" and not config.hidden and config.mean == "identity"


def as_linear(model: VAE) -> LinearGaussian:
    """p(x|z) of a linear VAE, float64, whatever its encoder. Raises ValueError if its decoder is not linear."""
    if not is_linear(model.config):
        raise ValueError("this model is not linear-Gaussian, expected one linear layer with the mean 'identity'")
    layer = model.decoder[0]
    sigma = math.exp(model.log_sigma.item())
    return LinearGaussian(layer.weight.detach().double(), layer.bias.detach().double(), sigma)
