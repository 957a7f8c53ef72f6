"""log p(x) by annealed importance sampling, and from both sides where an exact draw of p(z|x) is known.

Chains begin at a distribution s(z) and move to the posterior through s(z)^(1 - beta) (p(x|z) p(z))^beta, with beta from
0 to 1; each move is one of Hamiltonian Monte Carlo, which leaves its distribution unchanged (Neal 2001; Wu et al. 2017
for decoders). The mean of the weights has the expectation p(x) whatever the chains do. It shares no code with the
proposals of the other methods.

The estimate of log p(x) begins at the prior, so the one thing taken from the encoder is the scale of the steps, and any
scale is right. Where both ends are wanted the chains begin at a wider q(z|x), which brings the ends together with less
work. A mode that q misses shows there as a wide gap, since the way back begins at an exact draw of p(z|x).

Shapes: C chains, B images, D dimensions.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.distributions.priors import Prior
from vae_core.models.vae import LatentModel

TEMPERATURES = 2000
_LEAPFROGS = 2
_PILOTS = 8  # chains that set the length of the steps; their weights are not used
_ACCEPTED = 0.7  # the share of moves to be accepted
_FASTER = 1.05
_FIRST_STEP = 0.3  # in units of the scale
_BEND = 4.0  # of the sigmoid on which the temperatures lie: close together at both ends
_MOMENTS = 64
_NARROWEST = 1e-6
_WIDER = 1.5  # times the standard deviations of q(z|x), where the chains begin for both ends


@dataclass(frozen=True, eq=False)
class Bidirectional:
    """Both ends around log p(x) of pictures drawn from the model, nats, float64, [B] (Grosse et al. 2015).

    In expectation `lower` is below log p(x) and `upper` above it, so their gap bounds the error of both.
    """

    x: Tensor  # [B, ...]
    z: Tensor  # [B, D], from which x was drawn: an exact draw of p(z|x)
    lower: Tensor
    upper: Tensor


@dataclass(frozen=True, eq=False)
class _Path:
    """What the chains move through for x, [B, ...]: from a start, of the variance [B, D], to p(x|z) p(z)."""

    model: LatentModel
    x: Tensor
    start: Prior | DiagonalNormal
    start_variance: Tensor
    variance: Tensor  # of q(z|x), [B, D]

    def begin(self, chains: int, generator: torch.Generator) -> "_State":
        """Chains at draws of the start."""
        if isinstance(self.start, DiagonalNormal):
            return self.at(self.start.rsample(generator, chains))
        return self.at(self.start.sample(chains * len(self.x), generator).view(chains, len(self.x), -1))

    def at(self, z: Tensor) -> "_State":
        """Chains at z, [C, B, D]."""
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            log_start = self.start.log_prob(z)
            log_joint = self.model.decode(z).log_prob(self.x) + self.model.prior().log_prob(z)
            (start_slope,) = torch.autograd.grad(log_start.sum(), z)
            (joint_slope,) = torch.autograd.grad(log_joint.sum(), z)
        return _State(z.detach(), log_start.detach().double(), log_joint.detach().double(), start_slope, joint_slope)

    def scale(self, beta: Tensor) -> Tensor:
        """The standard deviations of the distribution at beta, if both ends are normal, [B, D]."""
        return (1 / self.start_variance + beta * (1 / self.variance - 1 / self.start_variance)).rsqrt()


@dataclass(frozen=True)
class _State:
    """Where the chains are, [C, B, D], with log s(z) and log p(x, z), [C, B], and the gradients of both in z."""

    z: Tensor
    log_start: Tensor
    log_joint: Tensor
    start_slope: Tensor
    joint_slope: Tensor

    def slope(self, beta: Tensor) -> Tensor:
        return self.start_slope + beta * (self.joint_slope - self.start_slope)

    def height(self, beta: Tensor) -> Tensor:
        return self.log_start + beta * self.gain

    @property
    def gain(self) -> Tensor:
        """log p(x, z) - log s(z): what a weight grows by for one unit of beta."""
        return self.log_joint - self.log_start


@torch.no_grad()
def annealed_log_weights(
    model: LatentModel, x: Tensor, chains: int, generator: torch.Generator, temperatures: int = TEMPERATURES
) -> Tensor:
    """log w of each chain, nats, float64, [C, B]: the mean of w estimates p(x), [B, ...].

    Raises ValueError if x lies outside the likelihood's support, or if a weight is not a number.
    """
    path = _from_prior(model, x, generator)
    return _forward(path, _steps(path, temperatures, generator), chains, generator)


@torch.no_grad()
def bidirectional(
    model: LatentModel,
    images: int,
    chains: int,
    generator: torch.Generator,
    temperatures: int = TEMPERATURES,
    gap: float = math.inf,
) -> Bidirectional:
    """Draw z from p(z) and x from p(x|z), then anneal from a wider q(z|x) to p(z|x), and from this z back.

    Where the ends lie further apart than `gap`, in nats, both ways are walked anew at twice as many temperatures, up to
    eight times as many.
    """
    z = model.prior().sample(images, generator)
    x = model.decode(z).sample(generator)
    lower, upper = _both_ends(model, x, z, chains, temperatures, generator)
    for more in (2, 4, 8):
        wide = (upper - lower).abs() > gap
        if wide.any():
            lower[wide], upper[wide] = _both_ends(model, x[wide], z[wide], chains, more * temperatures, generator)
    return Bidirectional(x, z, lower, upper)


def _both_ends(
    model: LatentModel, x: Tensor, z: Tensor, chains: int, temperatures: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The lower and the upper end around log p(x), [B] each, z being exact draws of p(z|x)."""
    path = _from_wider_q(model, x, generator)
    steps = _steps(path, temperatures, generator)
    forward = _forward(path, steps, chains, generator)
    back = _backward(path, steps, z.expand(chains, *z.shape), generator)
    return _log_mean_exp(forward), -_log_mean_exp(-back)


def _from_prior(model: LatentModel, x: Tensor, generator: torch.Generator) -> _Path:
    _, variance = _moments(model, x, generator)
    return _Path(model, x, model.prior(), torch.ones_like(variance), variance)


def _from_wider_q(model: LatentModel, x: Tensor, generator: torch.Generator) -> _Path:
    mean, variance = _moments(model, x, generator)
    wider = _WIDER**2 * variance
    return _Path(model, x, DiagonalNormal(mean, wider.log()), wider, variance)


def _moments(model: LatentModel, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mean and variance of q(z|x) in each dimension, [B, D], by draws: q may have any form."""
    z = model.encode(x).rsample(generator, _MOMENTS)
    return z.mean(0), z.var(0).clamp(_NARROWEST, 1)


def _forward(path: _Path, steps: Tensor, chains: int, generator: torch.Generator) -> Tensor:
    """The log weight of chains from the start to the posterior, [C, B]."""
    betas, state = _betas(len(steps), path.x), path.begin(chains, generator)
    log_w = torch.zeros_like(state.log_joint)
    for before, beta, step in zip(betas[:-1], betas[1:], steps, strict=True):
        log_w += (beta - before) * state.gain
        state, _ = _moved(path, state, beta, step[:, None] * path.scale(beta), generator)
    return _checked(log_w)


def _backward(path: _Path, steps: Tensor, z: Tensor, generator: torch.Generator) -> Tensor:
    """The log weight of the same path walked from z, draws of p(z|x), [C, B, D], to the start, [C, B]."""
    betas, state = _betas(len(steps), path.x), path.at(z)
    log_w = torch.zeros_like(state.log_joint)
    for i in range(len(steps) - 1, -1, -1):
        state, _ = _moved(path, state, betas[i + 1], steps[i][:, None] * path.scale(betas[i + 1]), generator)
        log_w += (betas[i + 1] - betas[i]) * state.gain
    return _checked(log_w)


def _steps(path: _Path, temperatures: int, generator: torch.Generator) -> Tensor:
    """The length of a step at each temperature, by pilot chains, [T, B]."""
    betas, state = _betas(temperatures, path.x), path.begin(_PILOTS, generator)
    length, lengths = torch.full_like(path.variance[:, 0], _FIRST_STEP), []
    for beta in betas[1:]:
        lengths.append(length)
        state, accepted = _moved(path, state, beta, length[:, None] * path.scale(beta), generator)
        length = torch.where(accepted.mean(0) > _ACCEPTED, length * _FASTER, length / _FASTER)
    return torch.stack(lengths)


def _moved(path: _Path, state: _State, beta: Tensor, step: Tensor, generator: torch.Generator) -> tuple[_State, Tensor]:
    """One move of every chain that leaves the distribution at beta unchanged, and the chance of each to be accepted.

    Leapfrog steps of the size `step`, [B, D], which is a diagonal mass matrix, then accepted or not (Neal 2011).
    """
    momentum = torch.randn(state.z.shape, generator=generator, dtype=state.z.dtype, device=state.z.device)
    there, p = state, momentum
    for _ in range(_LEAPFROGS):
        p = p + 0.5 * step * there.slope(beta)
        there = path.at(there.z + step * p)
        p = p + 0.5 * step * there.slope(beta)
    energy = momentum.square().sum(-1) - p.square().sum(-1)
    probability = (there.height(beta) - state.height(beta) + 0.5 * energy).exp().clamp_max(1).nan_to_num(0)
    uniform = torch.rand(probability.shape, generator=generator, dtype=probability.dtype, device=probability.device)
    taken = uniform < probability
    return _State(
        torch.where(taken[..., None], there.z, state.z),
        torch.where(taken, there.log_start, state.log_start),
        torch.where(taken, there.log_joint, state.log_joint),
        torch.where(taken[..., None], there.start_slope, state.start_slope),
        torch.where(taken[..., None], there.joint_slope, state.joint_slope),
    ), probability


def _betas(temperatures: int, like: Tensor) -> Tensor:
    """beta from 0 to 1 on a sigmoid, [T + 1] (Grosse et al. 2015, section 6)."""
    t = torch.linspace(-_BEND, _BEND, temperatures + 1, dtype=torch.float64, device=like.device).sigmoid()
    return ((t - t[0]) / (t[-1] - t[0])).to(like.dtype)


def _checked(log_w: Tensor) -> Tensor:
    if bool(log_w.isnan().any()):
        raise ValueError("log p(x|z) is not a finite number at some z: the weights or x are unusable")
    return log_w


def _log_mean_exp(log_w: Tensor) -> Tensor:
    return torch.logsumexp(log_w, 0) - torch.tensor(float(len(log_w))).log()
