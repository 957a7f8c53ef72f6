"""The three parts of the rate, and the objective that weighs one of them: beta-TCVAE (Chen et al. 2018)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.gaussian import LOG_2PI, DiagonalNormal, log_prior
from vae_core.models import VAE
from vae_core.objectives import Objective, training_log_px_z


@dataclass(frozen=True)
class Decomposition:
    """log q(z|x) - log p(z) at one sample of z for each example in three parts, nats, [B].

    Over x and z their means are the parts of the mean KL(q(z|x) || p(z)) (Chen et al. 2018, eq. 2).
    """

    mutual_information: Tensor  # log q(z|x) - log q(z)
    total_correlation: Tensor  # log q(z) - sum of log q(z_j)
    dimension_wise: Tensor  # sum of log q(z_j) - log p(z_j)


def decompose(q: DiagonalNormal, z: Tensor) -> Decomposition:
    """The parts of the rate at z ~ q, [B, D], where q(z) is the mean of the minibatch's own q(z|x_m).

    Minibatch-weighted sampling (Chen et al. 2018) divides by the size of the data set instead, which moves the
    parts by constants: the gradients are the same, and these values are exact for data that are this minibatch.
    """
    log_each = -0.5 * (((z[:, None] - q.mu) / q.std).square() + q.logvar + LOG_2PI)  # [B, M, D]
    log_qz = torch.logsumexp(log_each.sum(-1), 1) - math.log(len(z))
    log_qz_product = (torch.logsumexp(log_each, 1) - math.log(len(z))).sum(-1)
    return Decomposition(q.log_prob(z) - log_qz, log_qz - log_qz_product, log_qz_product - log_prior(z))


def beta_tcvae(model: VAE, x: Tensor, generator: torch.Generator, beta: float | Tensor) -> Objective:
    """ELBO - (beta - 1) total correlation of q(z): only dependence between dimensions costs more (Chen et al. 2018)."""
    q = model.encode(x)
    z = q.rsample(generator)
    distortion = -training_log_px_z(model, z[None], x).mean(0)
    per_dimension = q.kl_per_dimension()
    rate = per_dimension.sum(-1)
    value = -distortion - rate - (beta - 1) * decompose(q, z).total_correlation
    return Objective(value, rate, distortion, per_dimension.detach().mean(0))
