"""log p(x) by importance sampling from the encoder: log of the mean of w = p(x|z) p(z) / q(z|x)."""

import math

import torch
from torch import Tensor

from vae_core.gaussian import log_prior
from vae_core.models import VAE


def log_weights(model: VAE, x: Tensor, K: int, generator: torch.Generator | None = None) -> Tensor:
    """log w = log p(x|z) + log p(z) - log q(z|x) for K samples z ~ q(z|x), nats: [B, C, H, W] -> [K, B].

    Raises ValueError if x lies outside the likelihood's support.
    """
    q = model.encode(x)
    z = q.rsample(generator, K)  # [K, B, D]
    return model.decode(z).log_prob(x) + log_prior(z) - q.log_prob(z)


def log_mean_exp(log_w: Tensor) -> Tensor:
    """log of the mean of w over the samples, stable far below zero: [K, B] -> [B]."""
    return torch.logsumexp(log_w, dim=0) - math.log(len(log_w))


def importance_log_px(model: VAE, x: Tensor, K: int, generator: torch.Generator | None = None) -> Tensor:
    """K-sample importance-weighted estimate of log p(x), nats, [B]; in expectation a lower bound (Burda 2016, eq. 8).

    Samples are drawn in chunks, so that memory does not grow with K.
    """
    chunk = max(1, 2_000_000 // (len(x) * model.config.pixels))
    drawn = []
    for start in range(0, K, chunk):
        drawn.append(log_weights(model, x, min(chunk, K - start), generator))
    return log_mean_exp(torch.cat(drawn))
