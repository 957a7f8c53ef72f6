"""What training maximises: free functions of a model and a batch, nats per example, higher is better.

`elbo` measures; the others are for training steps: x is known to be in the likelihood's support, and a sigma that is
"optimal" follows the batch. More samples make better bounds in vae_core.iwae; vae_core.total_correlation has one more.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.config import Kl, TrainConfig
from vae_core.distributed import batch_mean
from vae_core.gaussian import DiagonalNormal
from vae_core.likelihoods import Gaussian
from vae_core.models import VAE, LatentModel
from vae_core.posteriors import FullNormal, Posterior
from vae_core.priors import Prior, StandardNormal


@dataclass(frozen=True)
class Elbo:
    """The evidence lower bound of each example, [B], and its two parts: elbo = -distortion - rate, in nats."""

    rate: Tensor  # KL(q(z|x) || p(z)), exact where it has a closed form
    distortion: Tensor  # -E_q log p(x|z), by Monte Carlo

    @property
    def elbo(self) -> Tensor:
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

    The KL is exact where it has a closed form, else by the same samples. x is [B, C, H, W]; the parts are [B].
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
) -> Objective:
    """E_q log p(x|z) - beta KL(q || p): at beta = 1 the ELBO, else beta-VAE (Higgins et al. 2017, eq. 4).

    Beta that rises from 0 during training is KL warm-up (Bowman et al. 2016; `kl_weight`). With a Gaussian likelihood
    whose sigma is "optimal" it is sigma-VAE: sigma is the best one for this batch, held constant in the gradient, which
    is the exact gradient of the bound maximised over sigma (Rybkin et al. 2021, section 3).
    """
    q = model.encode(x)
    z, rate = _samples_and_rate(q, model.prior(), generator, K, kl)
    distortion = -training_log_px_z(model, z, x).mean(0)
    return Objective(-distortion - beta * rate, rate, distortion, rate_per_dimension(model, q))


def free_bits(model: VAE, x: Tensor, generator: torch.Generator, floor: float, K: int = 1) -> Objective:
    """E_q log p(x|z) - sum_j max(floor, KL_j), KL_j averaged over the batch (Kingma et al. 2016).

    A dimension below `floor` nats costs the same whatever it says, so that it is not pressed out. For a diagonal q and
    the prior N(0, I).
    """
    q = model.encode(x)
    distortion = -training_log_px_z(model, q.rsample(generator, K), x).mean(0)
    per_dimension = q.kl_per_dimension()
    paid = per_dimension.mean(0).clamp_min(floor).sum()
    return Objective(-distortion - paid, per_dimension.sum(-1), distortion, per_dimension.detach().mean(0))


def autoencoder(model: VAE, x: Tensor) -> Objective:
    """log p(x|z) at z = the mean of q: no samples and no KL, so that nothing places or spreads the codes.

    `rate` is that of the q which the model states, and training leaves its variance as it happens to be: the ELBO of
    such a model is poor, and samples from the prior show why.
    """
    q = model.encode(x)
    distortion = -training_log_px_z(model, q.mu[None], x).mean(0)
    return Objective(-distortion, q.kl().detach(), distortion, rate_per_dimension(model, q))


def kl_weight(train: TrainConfig, step: int) -> float:
    """beta at `step`, counted from 1: it rises from 0 to its value over the first `warmup` steps, in a line."""
    return train.beta if step > train.warmup else train.beta * (step - 1) / train.warmup


def training_log_px_z(model: VAE, z: Tensor, x: Tensor) -> Tensor:
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
