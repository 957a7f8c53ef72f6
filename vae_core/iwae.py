"""Bounds from K importance weights w = p(x|z) p(z) / q(z|x), z ~ q(z|x): tighter than the ELBO, which is K = 1."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.models import VAE
from vae_core.objectives import Objective, closed_kl, rate_per_dimension, training_log_px_z
from vae_core.posteriors import Posterior, with_tensors
from vae_core.priors import Prior

# A share of the weight below this is no number that a sum of shares keeps, and its products are numbers so small that
# a processor takes a hundred times as long for them.
NEGLIGIBLE = 1e-16


def iwae(model: VAE, x: Tensor, generator: torch.Generator, K: int) -> Objective:
    """log of the mean of K weights, [B]: a lower bound on log p(x) that grows with K (Burda et al. 2016, eq. 8)."""
    q, prior = model.encode(x), model.prior()
    z, log_qz_x = q.draw(generator, K)  # [K, B, D] and [K, B]
    log_px_z, log_pz = training_log_px_z(model, z, x), prior.log_prob(z)
    log_w = log_px_z + log_pz - log_qz_x
    value = _log_mean(log_w)
    return _objective(model, q, prior, value, log_px_z, log_qz_x - log_pz)


def dreg(model: VAE, x: Tensor, generator: torch.Generator, K: int) -> Objective:
    """The bound of `iwae` with the doubly reparametrised gradient of the encoder (Tucker et al. 2019).

    IWAE's gradient in the encoder is the sum of w~_k d log w_k / d phi with w~ = w / sum of w. As K grows its noise
    falls, but its signal falls faster, so the ratio goes like 1 / sqrt(K) (Rainforth et al. 2018). The sum of
    w~_k^2 (d log w_k / dz)(dz / d phi) has the same mean and a ratio that grows like sqrt(K). The decoder's
    gradient is IWAE's.
    """
    q, prior = model.encode(x), model.prior()
    z = q.rsample(generator, K)  # [K, B, D]
    log_qz_x = with_tensors(q, Tensor.detach).log_prob(z)
    log_px_z, log_pz = training_log_px_z(model, z, x), prior.log_prob(z)
    log_w = log_px_z + log_pz - log_qz_x
    value = _log_mean(log_w)  # its gradient in log_w is w~
    if z.requires_grad:
        share = F.threshold(log_w.detach().softmax(0), NEGLIGIBLE, 0.0)[..., None]
        z.register_hook(lambda slope: slope * share)
    return _objective(model, q, prior, value, log_px_z, log_qz_x - log_pz)


def _log_mean(log_w: Tensor) -> Tensor:
    """log of the mean of the weights, [K, B] -> [B]; those that are negligible have no gradient."""
    least = log_w.detach().amax(0) + math.log(NEGLIGIBLE)
    return torch.logsumexp(torch.where(log_w < least, -math.inf, log_w), 0) - math.log(len(log_w))


def _objective(model: VAE, q: Posterior, prior: Prior, value: Tensor, log_px_z: Tensor, log_ratio: Tensor) -> Objective:
    """With the rate and the distortion of the same q; `log_ratio` is log q(z|x) - log p(z), [K, B]."""
    closed = closed_kl(q, prior)
    rate = log_ratio.mean(0) if closed is None else closed
    return Objective(value, rate.detach(), -log_px_z.detach().mean(0), rate_per_dimension(model, q))
