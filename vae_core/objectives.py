"""What training maximises: free functions of a model and a batch, nats per example, higher is better."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.likelihoods import Gaussian
from vae_core.models import VAE


@dataclass(frozen=True)
class Elbo:
    """The evidence lower bound of each example, [B], and its two parts: elbo = -distortion - rate, in nats."""

    rate: Tensor  # KL(q(z|x) || p(z)), exact
    distortion: Tensor  # -E_q log p(x|z), by Monte Carlo

    @property
    def elbo(self) -> Tensor:
        return -self.distortion - self.rate


def elbo(model: VAE, x: Tensor, generator: torch.Generator | None = None, K: int = 1) -> Elbo:
    """ELBO(x) = E_q log p(x|z) - KL(q || p) with K samples of z and the exact KL (Kingma & Welling 2014, eq. 7).

    x is [B, C, H, W]; the parts are [B]. Raises ValueError if x lies outside the likelihood's support.
    """
    q = model.encode(x)
    z = q.rsample(generator, K)  # [K, B, D]
    return Elbo(rate=q.kl(), distortion=-model.decode(z).log_prob(x).mean(0))


def training_elbo(model: VAE, x: Tensor, generator: torch.Generator) -> Elbo:
    """`elbo` with one sample for a training step: x is known to be in the support, and sigma may follow the batch.

    With sigma "optimal" the likelihood takes the sigma that is best for this batch, held constant in the gradient,
    which is the exact gradient of the bound maximised over sigma (Rybkin et al. 2021, section 3).
    """
    q = model.encode(x)
    p = model.decode(q.rsample(generator))
    if isinstance(p, Gaussian) and model.config.sigma == "optimal":
        squared_error = p.squared_error(x)  # [B]
        best = p.best_log_sigma(squared_error.detach().mean())
        model.log_sigma.copy_(best)
        return Elbo(rate=q.kl(), distortion=-Gaussian(p.a, best).log_prob_of_squared_error(squared_error))
    return Elbo(rate=q.kl(), distortion=-p.log_prob_unchecked(x))
