"""Gradients written out for models with a diagonal q and the prior N(0, I), on a CPU.

At the sizes of a VAE on small pictures a third of a step's time on a CPU goes into keeping the tape, not into matrix
products. Written out, the step does only what it needs, and convolutions go the faster of two ways. Both give the same
numbers up to rounding, from the same draws.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.distributed import batch_mean
from vae_core.gaussian import DiagonalNormal
from vae_core.iwae import NEGLIGIBLE
from vae_core.likelihoods import Gaussian
from vae_core.models import VAE
from vae_core.passes import Network

# p(x|z) of rows, [..., P], of logits or outputs `a`, which may be overwritten: -log p(x|z), [...], and a function from
# weights, [..., 1], to the derivative of their weighted sum in `a`
Likelihood = Callable[[VAE, Tensor, Tensor], tuple[Tensor, Callable[[Tensor | float], Tensor]]]

# x and beta -> loss, rate, distortion, [] each, and the rate by dimension, [D]; the gradients are set
Written = Callable[[Tensor, torch.Generator, float], tuple[Tensor, Tensor, Tensor, Tensor]]

_ROWS = 1000  # pictures decoded at once: what stays in the cache of a core


def knows(config: ModelConfig, train: TrainConfig) -> bool:
    """Whether the gradient of this objective for such a model is written out here."""
    objective = train.objective in ("elbo", "beta", "iwae", "dreg") and train.kl == "analytic"
    sigma = config.sigma != "learned" and (config.sigma != "optimal" or train.samples == 1)
    return objective and config.plain and sigma and config.arch != "given"


def one_sample(model: VAE, train: TrainConfig) -> Written:
    """-E_q log p(x|z) + beta KL with one sample of z (Kingma & Welling 2014, appendix B and section 2.4)."""
    encoder, decoder, likelihood = _parts(model)

    @torch.inference_mode()
    def gradient(x: Tensor, generator: torch.Generator, beta: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        batch = len(x)
        seen = encoder.forward(x)
        q = DiagonalNormal(*seen.out.chunk(2, dim=-1))
        std = q.std
        eps = torch.randn(std.shape, generator=generator, dtype=std.dtype)
        made = decoder.forward(torch.addcmul(q.mu, std, eps))
        distortions, slope = likelihood(model, made.out, x.flatten(1))
        d_z = decoder.backward(made, slope(1 / batch))  # [B, D]
        excess = std.square() - 1
        rates = (excess - q.logvar).addcmul_(q.mu, q.mu).sum(0).mul_(0.5 / batch)
        d_mu = torch.add(d_z, q.mu, alpha=beta / batch)
        d_logvar = torch.addcmul(excess.mul_(0.5 * beta / batch), d_z * eps, std, value=0.5)
        encoder.backward(seen, torch.cat((d_mu, d_logvar), dim=-1), to_input=False)
        rate, distortion = rates.sum(), distortions.mean()
        return torch.add(distortion, rate, alpha=beta), rate, distortion, rates

    return gradient


def many_samples(model: VAE, train: TrainConfig) -> Written:
    """K samples of z: -E_q log p(x|z) + beta KL by their mean, or minus IWAE's bound, with its gradient or DReG's.

    A few examples at a time with all their samples, so that the pictures stay in the cache. With w~ = w / sum of w the
    loss -log mean w has the slope -w~ in log p(x|z). IWAE: in z it has w~ (that of -log p(x|z) + z), in logvar -1/2,
    since log q(z|x) at z = mu + std eps depends on logvar alone (Burda et al. 2016). DReG holds q's numbers
    fixed in log q: in z it has w~^2 (that of -log p(x|z) + z - eps / std), and no more (Tucker et al. 2019).
    """
    encoder, decoder, likelihood = _parts(model)
    K, objective = train.samples, train.objective

    @torch.inference_mode()
    def gradient(x: Tensor, generator: torch.Generator, beta: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        batch, together = len(x), max(1, _ROWS // K)
        seen, x = encoder.forward(x), x.flatten(1)
        q = DiagonalNormal(*seen.out.chunk(2, dim=-1))
        std, excess = q.std, q.logvar.exp() - 1
        rates = (excess - q.logvar).addcmul_(q.mu, q.mu).sum(0).mul_(0.5 / batch)
        rate = rates.sum()
        eps = torch.randn((K, *std.shape), generator=generator, dtype=std.dtype)
        d_mu, d_logvar = torch.empty_like(std), torch.empty_like(std)
        distortion, loss = torch.zeros_like(rate), torch.zeros_like(rate)
        for start in range(0, batch, together):
            rows = slice(start, start + together)
            e, s = eps[:, rows], std[rows]  # [K, b, D]
            z = torch.addcmul(q.mu[rows], s, e)
            made = decoder.forward(z.flatten(0, 1))
            distortions, slope = likelihood(model, made.out.view(K, -1, x.shape[1]), x[rows])  # [K, b]
            distortion += distortions.sum()
            share = 1 / K
            if objective in ("iwae", "dreg"):
                log_w = (e.square() - z.square() + q.logvar[rows]).sum(-1).mul_(0.5).sub_(distortions)
                loss += math.log(K) * len(s) - torch.logsumexp(log_w, 0).sum()
                share = F.threshold(log_w.softmax(0), NEGLIGIBLE, 0.0)[..., None]  # w~, [K, b, 1]
            d_z = decoder.backward(made, slope(share / batch).flatten(0, 1), add=start > 0).view_as(z)
            if objective == "iwae":
                d_z += z * (share / batch)
            if objective == "dreg":
                d_z = (d_z + (z - e / s) * (share / batch)) * share
            d_mu[rows] = d_z.sum(0)
            d_logvar[rows] = (d_z * e).sum(0) * s * 0.5
        distortion /= K * batch
        if objective == "iwae":
            d_logvar -= 0.5 / batch
        if objective in ("elbo", "beta"):
            d_mu.add_(q.mu, alpha=beta / batch)
            d_logvar.add_(excess, alpha=0.5 * beta / batch)
            loss = torch.add(distortion, rate, alpha=beta)
        else:
            loss /= batch
        encoder.backward(seen, torch.cat((d_mu, d_logvar), dim=-1), to_input=False)
        return loss, rate, distortion, rates

    return gradient


def _parts(model: VAE) -> tuple[Network, Network, Likelihood]:
    encoder, decoder = (Network(part, model.config.activation) for part in (model.encoder, model.decoder))
    return encoder, decoder, _bernoulli if model.log_sigma is None else _gaussian


def _bernoulli(_: VAE, a: Tensor, x: Tensor) -> tuple[Tensor, Callable[[Tensor | float], Tensor]]:
    """In the logits `a` the derivative is mean - x."""
    distortion = F.softplus(a).sum(-1).sub_(torch.linalg.vecdot(x, a))
    return distortion, lambda weight: a.sigmoid_().sub_(x).mul_(weight)


def _gaussian(model: VAE, a: Tensor, x: Tensor) -> tuple[Tensor, Callable[[Tensor | float], Tensor]]:
    """In the outputs `a` the derivative is (mean - x) / sigma^2 times the mean's; an optimal sigma is set first."""
    squashed = model.config.mean == "sigmoid"
    mean = a.sigmoid() if squashed else a
    error = mean - x
    squared_error = torch.linalg.vecdot(error, error)
    p = Gaussian(a.unflatten(-1, model.event_shape), model.log_sigma)
    if model.config.sigma == "optimal":
        model.log_sigma.copy_(p.best_log_sigma(batch_mean(squared_error)))

    def slope(weight: Tensor | float) -> Tensor:
        if squashed:
            error.mul_(torch.addcmul(mean, mean, mean, value=-1))
        return error.mul_(torch.exp(-2 * model.log_sigma) * weight)

    return -p.log_prob_of_squared_error(squared_error), slope
