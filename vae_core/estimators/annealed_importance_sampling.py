"""log p(x) by annealed importance sampling, and from both sides where an exact draw of p(z|x) is known.

Chains begin at the prior and move to the posterior through p(z) p(x|z)^beta, with beta from 0 to 1; each move is one of
Hamiltonian Monte Carlo, which leaves its distribution unchanged (Neal 2001; Wu et al. 2017 for decoders). The mean of
the weights has the expectation p(x) whatever the chains do. It shares no code with the proposals of the other methods:
the one thing taken from the encoder is the scale of the steps, and any scale is right.

Shapes: C chains, B images, D dimensions.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.priors import Prior
from vae_core.models.vae import LatentModel

TEMPERATURES = 1000
_LEAPFROGS = 5
_PILOTS = 8  # chains that set the length of the steps; their weights are not used
_ACCEPTED = 0.7  # the share of moves to be accepted
_FASTER = 1.05
_FIRST_STEP = 0.3  # in units of the scale
_BEND = 4.0  # of the sigmoid on which the temperatures lie: close together at both ends
_MOMENTS = 64
_NARROWEST = 1e-6


@dataclass(frozen=True, eq=False)
class Bidirectional:
    """Both ends around log p(x) of pictures drawn from the model, nats, float64, [B] (Grosse et al. 2015).

    In expectation `lower` is below log p(x) and `upper` above it, so their gap bounds the error of both.
    """

    x: Tensor  # [B, ...]
    z: Tensor  # [B, D], from which x was drawn: an exact draw of p(z|x)
    lower: Tensor
    upper: Tensor


@dataclass(frozen=True)
class _State:
    """Where the chains are, [C, B, D], with log p(x|z) and log p(z), [C, B], and the gradients of both in z."""

    z: Tensor
    log_px_z: Tensor
    log_pz: Tensor
    likelihood_slope: Tensor
    prior_slope: Tensor

    def slope(self, beta: Tensor) -> Tensor:
        return self.prior_slope + beta * self.likelihood_slope

    def height(self, beta: Tensor) -> Tensor:
        return self.log_pz + beta * self.log_px_z


@torch.no_grad()
def annealed_log_weights(
    model: LatentModel, x: Tensor, chains: int, generator: torch.Generator, temperatures: int = TEMPERATURES
) -> Tensor:
    """log w of each chain, nats, float64, [C, B]: the mean of w estimates p(x), [B, ...].

    Raises ValueError if x lies outside the likelihood's support, or if a weight is not a number.
    """
    scale, steps = _steps(model, x, temperatures, generator)
    return _forward(model, x, chains, scale, steps, generator)


@torch.no_grad()
def bidirectional(
    model: LatentModel, images: int, chains: int, generator: torch.Generator, temperatures: int = TEMPERATURES
) -> Bidirectional:
    """Draw z from p(z) and x from p(x|z), then anneal from the prior to p(z|x), and from this z back to the prior."""
    z = model.prior().sample(images, generator)
    x = model.decode(z).sample(generator)
    scale, steps = _steps(model, x, temperatures, generator)
    forward = _forward(model, x, chains, scale, steps, generator)
    back = _backward(model, x, z.expand(chains, *z.shape), scale, steps, generator)
    return Bidirectional(x, z, _log_mean_exp(forward), -_log_mean_exp(-back))


def _forward(
    model: LatentModel, x: Tensor, chains: int, scale: Tensor, steps: Tensor, generator: torch.Generator
) -> Tensor:
    """The log weight of chains from the prior to the posterior, [C, B]."""
    prior, betas = model.prior(), _betas(len(steps), x)
    state = _evaluated(model, prior, x, prior.sample(chains * len(x), generator).view(chains, len(x), -1))
    log_w = torch.zeros_like(state.log_px_z)
    for before, beta, step in zip(betas[:-1], betas[1:], steps, strict=True):
        log_w += (beta - before) * state.log_px_z
        state, _ = _moved(model, prior, x, state, beta, step[:, None] * _scale_at(scale, beta), generator)
    return _checked(log_w)


def _backward(
    model: LatentModel, x: Tensor, z: Tensor, scale: Tensor, steps: Tensor, generator: torch.Generator
) -> Tensor:
    """The log weight of the same path walked from z, draws of p(z|x), [C, B, D], to the prior, [C, B]."""
    prior, betas = model.prior(), _betas(len(steps), x)
    state = _evaluated(model, prior, x, z)
    log_w = torch.zeros_like(state.log_px_z)
    for i in range(len(steps) - 1, -1, -1):
        step = steps[i][:, None] * _scale_at(scale, betas[i + 1])
        state, _ = _moved(model, prior, x, state, betas[i + 1], step, generator)
        log_w += (betas[i + 1] - betas[i]) * state.log_px_z
    return _checked(log_w)


def _steps(model: LatentModel, x: Tensor, temperatures: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """q's variance in each dimension, [B, D], and the length of a step at each temperature by pilot chains, [T, B]."""
    variance = model.encode(x).rsample(generator, _MOMENTS).var(0).clamp(_NARROWEST, 1)
    prior, betas = model.prior(), _betas(temperatures, x)
    state = _evaluated(model, prior, x, prior.sample(_PILOTS * len(x), generator).view(_PILOTS, len(x), -1))
    length, lengths = torch.full_like(variance[:, 0], _FIRST_STEP), []
    for beta in betas[1:]:
        lengths.append(length)
        state, accepted = _moved(model, prior, x, state, beta, length[:, None] * _scale_at(variance, beta), generator)
        length = torch.where(accepted.mean(0) > _ACCEPTED, length * _FASTER, length / _FASTER)
    return variance, torch.stack(lengths)


def _moved(
    model: LatentModel, prior: Prior, x: Tensor, state: _State, beta: Tensor, step: Tensor, generator: torch.Generator
) -> tuple[_State, Tensor]:
    """One move of every chain that leaves p(z) p(x|z)^beta unchanged, and the probability of each to be accepted.

    Leapfrog steps of the size `step`, [B, D], which is a diagonal mass matrix, then accepted or not (Neal 2011).
    """
    momentum = torch.randn(state.z.shape, generator=generator, dtype=state.z.dtype, device=state.z.device)
    there, p = state, momentum
    for _ in range(_LEAPFROGS):
        p = p + 0.5 * step * there.slope(beta)
        there = _evaluated(model, prior, x, there.z + step * p)
        p = p + 0.5 * step * there.slope(beta)
    energy = momentum.square().sum(-1) - p.square().sum(-1)
    probability = (there.height(beta) - state.height(beta) + 0.5 * energy).exp().clamp_max(1).nan_to_num(0)
    uniform = torch.rand(probability.shape, generator=generator, dtype=probability.dtype, device=probability.device)
    taken = uniform < probability
    return _State(
        torch.where(taken[..., None], there.z, state.z),
        torch.where(taken, there.log_px_z, state.log_px_z),
        torch.where(taken, there.log_pz, state.log_pz),
        torch.where(taken[..., None], there.likelihood_slope, state.likelihood_slope),
        torch.where(taken[..., None], there.prior_slope, state.prior_slope),
    ), probability


def _evaluated(model: LatentModel, prior: Prior, x: Tensor, z: Tensor) -> _State:
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        log_px_z, log_pz = model.decode(z).log_prob(x), prior.log_prob(z)
        (in_likelihood,) = torch.autograd.grad(log_px_z.sum(), z)
        (in_prior,) = torch.autograd.grad(log_pz.sum(), z)
    return _State(z.detach(), log_px_z.detach().double(), log_pz.detach().double(), in_likelihood, in_prior)


def _betas(temperatures: int, like: Tensor) -> Tensor:
    """beta from 0 to 1 on a sigmoid, [T + 1] (Grosse et al. 2015, section 6)."""
    t = torch.linspace(-_BEND, _BEND, temperatures + 1, dtype=torch.float64, device=like.device).sigmoid()
    return ((t - t[0]) / (t[-1] - t[0])).to(like.dtype)


def _scale_at(variance: Tensor, beta: Tensor) -> Tensor:
    """The standard deviation of p(z) p(x|z)^beta if p(z) is N(0, I) and the posterior has `variance`, [B, D]."""
    return (1 + beta * (1 / variance - 1)).rsqrt()


def _checked(log_w: Tensor) -> Tensor:
    if bool(log_w.isnan().any()):
        raise ValueError("log p(x|z) is not a finite number at some z: the weights or x are unusable")
    return log_w


def _log_mean_exp(log_w: Tensor) -> Tensor:
    return torch.logsumexp(log_w, 0) - torch.tensor(float(len(log_w))).log()
