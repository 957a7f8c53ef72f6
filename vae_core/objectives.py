"""Objectives: free functions of a model and a batch, nats per example, higher is better.

`elbo` measures; the others are for training steps: x is known to be in the likelihood's support, and a sigma that is
"optimal" follows the batch. Where several processes share a minibatch, `batch_mean` is the mean over all of it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import Kl, TrainConfig
from vae_core.distributions.gaussian import LOG_2PI, DiagonalNormal, log_prior
from vae_core.distributions.likelihoods import Gaussian
from vae_core.distributions.posteriors import FullNormal, Posterior, with_tensors
from vae_core.distributions.priors import Prior, StandardNormal
from vae_core.models.vae import VAE, LatentModel

BatchMean = Callable[[Tensor], Tensor]  # [..., rows] -> [], the mean over the whole minibatch


@dataclass(frozen=True)
class Elbo:
    """The evidence lower bound of each example, [B], and its two parts: elbo = -distortion - rate, in nats."""

    rate: Tensor  # KL(q(z|x) || p(z)), exact where it has a closed form
    distortion: Tensor  # -E_q log p(x|z), by Monte Carlo

    @property
    def elbo(self) -> Tensor:
        """-distortion - rate, nats, [B]: higher is better, and in expectation at most log p(x)."""
        return -self.distortion - self.rate


@dataclass(frozen=True)
class Objective:
    """An objective of each example, [B], nats, with the rate and distortion of the same q and the same samples."""

    value: Tensor
    rate: Tensor
    distortion: Tensor
    rate_per_dimension: Tensor | None  # [D], the mean over the batch, where the rate has such parts


def elbo(model: LatentModel, x: Tensor, generator: torch.Generator | None = None, K: int = 1) -> Elbo:
    """ELBO(x) = E_q log p(x|z) - KL(q || p) with K samples of z (Kingma & Welling 2014, eq. 7).

    The KL is exact where it has a closed form, else by the same samples. x is [B, C, H, W]; the parts are [B], in nats.
    Raises ValueError if x lies outside the likelihood's support.
    """
    z, rate = _samples_and_rate(model.encode(x), model.prior(), generator, K, "analytic")
    return Elbo(rate=rate, distortion=-model.decode(z).log_prob(x).mean(0))


def beta_elbo(
    model: VAE,
    x: Tensor,
    generator: torch.Generator,
    K: int = 1,
    beta: float | Tensor = 1.0,
    kl: Kl = "analytic",
    batch_mean: BatchMean = torch.mean,
) -> Objective:
    """E_q log p(x|z) - beta KL(q || p): at beta = 1 the ELBO, else beta-VAE (Higgins et al. 2017, eq. 4).

    x is [B, C, H, W]; value, rate and distortion are [B], nats, with K samples of z for each image. `kl` "analytic"
    takes the KL in closed form where it has one, "sampled" always by the samples. `batch_mean` is the mean over the
    whole minibatch, where several processes share it. x must lie in the likelihood's support, which is not checked.

    Beta that rises from 0 during training is KL warm-up (Bowman et al. 2016; `kl_weight`). With a Gaussian likelihood
    whose sigma is "optimal" it is sigma-VAE: sigma is the best one for this batch, held constant in the gradient, which
    is the exact gradient of the bound maximised over sigma (Rybkin et al. 2021, section 3).
    """
    q = model.encode(x)
    z, rate = _samples_and_rate(q, model.prior(), generator, K, kl)
    distortion = -training_log_px_z(model, z, x, batch_mean).mean(0)
    return Objective(-distortion - beta * rate, rate, distortion, rate_per_dimension(model, q))


def free_bits(
    model: VAE,
    x: Tensor,
    generator: torch.Generator,
    floor: float,
    K: int = 1,
    batch_mean: BatchMean = torch.mean,
) -> Objective:
    """E_q log p(x|z) - sum_j max(floor, KL_j), KL_j averaged over the batch (Kingma et al. 2016).

    A dimension below `floor` nats costs the same whatever it says, so that it is not pressed out. For a diagonal q and
    the prior N(0, I).
    """
    q = model.encode(x)
    distortion = -training_log_px_z(model, q.rsample(generator, K), x, batch_mean).mean(0)
    per_dimension = q.kl_per_dimension()
    paid = per_dimension.mean(0).clamp_min(floor).sum()
    return Objective(-distortion - paid, per_dimension.sum(-1), distortion, per_dimension.detach().mean(0))


def autoencoder(model: VAE, x: Tensor, batch_mean: BatchMean = torch.mean) -> Objective:
    """log p(x|z) at z = the mean of q: no samples and no KL, so that nothing places or spreads the codes.

    `rate` is that of the q which the model states, and training leaves its variance as it happens to be: the ELBO of
    such a model is poor, and samples from the prior show why.
    """
    q = model.encode(x)
    distortion = -training_log_px_z(model, q.mu[None], x, batch_mean).mean(0)
    return Objective(-distortion, q.kl().detach(), distortion, rate_per_dimension(model, q))


def kl_weight(train: TrainConfig, step: int) -> float:
    """beta at `step`, counted from 1: it rises from 0 to its value over the first `warmup` steps, in a line."""
    return train.beta if step > train.warmup else train.beta * (step - 1) / train.warmup


def training_log_px_z(model: VAE, z: Tensor, x: Tensor, batch_mean: BatchMean = torch.mean) -> Tensor:
    """log p(x|z), nats, [K, B, D] -> [K, B]; a sigma that is "optimal" is first set to the best one for these z."""
    p = model.decode(z)
    if isinstance(p, Gaussian) and model.config.sigma == "optimal":
        squared_error = p.squared_error(x)  # [K, B]
        best = p.best_log_sigma(batch_mean(squared_error.detach()))
        model.log_sigma.copy_(best)
        return Gaussian(p.a, best).log_prob_of_squared_error(squared_error)
    return p.log_prob_unchecked(x)


def closed_kl(q: Posterior, prior: Prior) -> Tensor | None:
    """KL(q || p), nats, [B], where it has a closed form: q normal and p = N(0, I)."""
    normal = isinstance(q, DiagonalNormal | FullNormal) and isinstance(prior, StandardNormal)
    return q.kl() if normal else None


def rate_per_dimension(model: VAE, q: Posterior) -> Tensor | None:
    """KL(q_j || p_j) of each dimension, the mean over the batch, nats, [D]; None where q or p has no such parts."""
    return q.kl_per_dimension().detach().mean(0) if model.config.plain else None


def _samples_and_rate(
    q: Posterior, prior: Prior, generator: torch.Generator | None, K: int, kl: Kl
) -> tuple[Tensor, Tensor]:
    """K samples z ~ q, [K, B, D], and KL(q || p), [B]: in closed form, or the mean of log q - log p over them."""
    closed = closed_kl(q, prior) if kl == "analytic" else None
    if closed is not None:
        return q.rsample(generator, K), closed
    z, log_qz_x = q.draw(generator, K)
    return z, (log_qz_x - prior.log_prob(z)).mean(0)


# A share of the weight below this is no number that a sum of shares keeps, and its products are numbers so small that
# a processor takes a hundred times as long for them.
NEGLIGIBLE = 1e-16


def iwae(model: VAE, x: Tensor, generator: torch.Generator, K: int, batch_mean: BatchMean = torch.mean) -> Objective:
    """log of the mean of K weights, nats, [B]: a lower bound on log p(x) that grows with K (Burda et al. 2016, eq. 8).

    A weight is p(x|z) p(z) / q(z|x) with z ~ q(z|x). x is [B, C, H, W] in the likelihood's support, which is not
    checked. `rate` and `distortion` of the result are those of the ELBO of the same q. At K = 1 the value is an
    unbiased estimate of the ELBO.
    """
    q, prior = model.encode(x), model.prior()
    z, log_qz_x = q.draw(generator, K)  # [K, B, D] and [K, B]
    log_px_z, log_pz = training_log_px_z(model, z, x, batch_mean), prior.log_prob(z)
    log_w = log_px_z + log_pz - log_qz_x
    value = _log_mean(log_w)
    return _objective(model, q, prior, value, log_px_z, log_qz_x - log_pz)


def dreg(model: VAE, x: Tensor, generator: torch.Generator, K: int, batch_mean: BatchMean = torch.mean) -> Objective:
    """The bound of `iwae` with the doubly reparametrised gradient of the encoder (Tucker et al. 2019).

    Shapes, units and what is not checked are those of `iwae`; only the gradient is another one.

    IWAE's gradient in the encoder is the sum of w~_k d log w_k / d phi with w~ = w / sum of w. As K grows its noise
    falls, but its signal falls faster, so the ratio goes like 1 / sqrt(K) (Rainforth et al. 2018). The sum of
    w~_k^2 (d log w_k / dz)(dz / d phi) has the same mean and a ratio that grows like sqrt(K). The decoder's
    gradient is IWAE's.
    """
    q, prior = model.encode(x), model.prior()
    z = q.rsample(generator, K)  # [K, B, D]
    log_qz_x = with_tensors(q, Tensor.detach).log_prob(z)
    log_px_z, log_pz = training_log_px_z(model, z, x, batch_mean), prior.log_prob(z)
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


def beta_tcvae(
    model: VAE, x: Tensor, generator: torch.Generator, beta: float | Tensor, batch_mean: BatchMean = torch.mean
) -> Objective:
    """ELBO - (beta - 1) total correlation of q(z): only dependence between dimensions costs more (Chen et al. 2018)."""
    q = model.encode(x)
    z = q.rsample(generator)
    distortion = -training_log_px_z(model, z[None], x, batch_mean).mean(0)
    per_dimension = q.kl_per_dimension()
    rate = per_dimension.sum(-1)
    value = -distortion - rate - (beta - 1) * decompose(q, z).total_correlation
    return Objective(value, rate, distortion, per_dimension.detach().mean(0))


# model, x, generator, settings, weight of the KL, mean over the minibatch -> the objective that the settings name
ObjectiveOf = Callable[[VAE, Tensor, torch.Generator, TrainConfig, float | Tensor, BatchMean], Objective]

OBJECTIVES: dict[str, ObjectiveOf] = {
    "elbo": lambda model, x, rng, train, beta, mean: beta_elbo(model, x, rng, train.samples, beta, train.kl, mean),
    "beta": lambda model, x, rng, train, beta, mean: beta_elbo(model, x, rng, train.samples, beta, train.kl, mean),
    "free-bits": lambda model, x, rng, train, beta, mean: free_bits(
        model, x, rng, train.free_bits, train.samples, mean
    ),
    "iwae": lambda model, x, rng, train, beta, mean: iwae(model, x, rng, train.samples, mean),
    "dreg": lambda model, x, rng, train, beta, mean: dreg(model, x, rng, train.samples, mean),
    "beta-tcvae": lambda model, x, rng, train, beta, mean: beta_tcvae(model, x, rng, beta, mean),
    "autoencoder": lambda model, x, rng, train, beta, mean: autoencoder(model, x, mean),
}
