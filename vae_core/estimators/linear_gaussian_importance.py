"""The race in the linear-Gaussian model with orthonormal W, for any number of samples, however many nobody could draw.

There the posterior is N(m, v I) with v = s^2 / (1 + s^2), where s is the likelihood's sigma. The log weight of a sample
follows a known law, so a race of n samples is a count of samples in each small interval of log w. The counts are
Poisson with mean n times the interval's probability: the sum of weights costs the same for n = e^5 as for n = e^150.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from scipy.special import chndtr, ndtr
from torch import Tensor

from vae_core.estimators.binomial import share_stderr
from vae_core.estimators.running_estimate import Success, success

DRAWN = 1000  # up to this n a race draws its samples one by one: there a Poisson count would blur n itself
_WIDTH = 0.1  # nats of log w in one interval
_CERTAIN = 1e7  # expected samples in an interval, above which their number is taken as its mean
_DEVIATIONS = 8


@dataclass(frozen=True)
class Proposal:
    """N(shift e, scale^2 I) in d dimensions, in the posterior's own units, in which the posterior is N(0, I).

    `scale` is at least 1; e is any unit vector.
    """

    d: int
    scale: float
    shift: float

    def __post_init__(self) -> None:
        if self.d < 1 or not 1 <= self.scale < math.inf or not math.isfinite(self.shift):
            raise ValueError(f"{self} is no proposal, expected d >= 1, scale >= 1 and a finite shift")

    @property
    def kl(self) -> float:
        """KL(posterior || proposal), nats: the log of the number of samples that the proposal needs."""
        return self.d * (math.log(self.scale) - 0.5) + (self.d + self.shift**2) / (2 * self.scale**2)

    @property
    def log_cost(self) -> float:
        """log R, R = E[w^2] / p(x)^2 under the proposal; a relative standard error e needs n = (R - 1) / e^2."""
        spread = 2 * self.scale**2 - 1
        return self.d * (2 * math.log(self.scale) - 0.5 * math.log(spread)) + self.shift**2 / spread


def prior_proposal(d: int, sigma: float, squared_norm: float) -> Proposal:
    """The prior N(0, I) seen from the posterior of an x whose posterior mean m has |m|^2 = `squared_norm`."""
    scale = math.sqrt(1 + 1 / sigma**2)
    return Proposal(d, scale, math.sqrt(squared_norm) * scale)


def encoder_proposal(d: int, error: float) -> Proposal:
    """An encoder with the right variance whose mean is off by `error` posterior sd in each dimension."""
    return Proposal(d, 1.0, error * math.sqrt(d))


def log_weight(proposal: Proposal, K: int, generator: torch.Generator) -> Tensor:
    """log w - log p(x) of K samples from the proposal, nats, float64 [K]."""
    eps = torch.randn((K, proposal.d), generator=generator, dtype=torch.float64)  # [K, D]
    squares = eps.square().sum(1)
    return (
        0.5 * (1 - proposal.scale**2) * squares
        - proposal.scale * proposal.shift * eps[:, 0]
        - 0.5 * proposal.shift**2
        + proposal.d * math.log(proposal.scale)
    )


def success_of(proposal: Proposal, log_n: Sequence[float], races: int, generator: torch.Generator) -> Success:
    """How often the mean of n weights reaches half the truth, for n = exp(log_n) rounded, as shares [M].

    Races of up to 1000 samples draw them; larger ones draw how many fall into each interval of log w. `n` is float64.
    """
    n = sorted({max(1.0, round(math.exp(value)) if value < 30 else math.exp(value)) for value in log_n})
    drawn = [int(value) for value in n if value <= DRAWN]
    parts = []
    if drawn:
        parts.append(success(lambda K, g: log_weight(proposal, K, g), 0.0, drawn, races, generator).share)
    if len(drawn) < len(n):
        log_w, mass = _law(proposal)
        later = n[len(drawn) :]
        parts.append(torch.stack([_share(log_w, mass, math.log(value), races, generator) for value in later]))
    share = torch.cat(parts)
    return Success(torch.tensor(n, dtype=torch.float64), share, share_stderr(share, races), races)


def _share(log_w: Tensor, mass: Tensor, log_n: float, races: int, generator: torch.Generator) -> Tensor:
    """Share of races in which sum of counts * w / n >= 1/2, with counts ~ Poisson(n * mass * exp(-log_w))."""
    rate = torch.exp(log_n + mass.log() - log_w)  # [I], expected samples in each interval
    certain = rate > _CERTAIN
    counts = torch.poisson(rate[~certain].expand(races, -1), generator=generator)  # [races, I]
    mean = (counts * torch.exp(log_w[~certain] - log_n)).sum(1) + mass[certain].sum()
    return (mean >= 0.5).double().mean()


def _law(proposal: Proposal) -> tuple[Tensor, Tensor]:
    """Centres of intervals of log w - log p(x), nats, and the posterior's probability of each, both [I].

    A sample from the posterior has log w - log p(x) = a X + b. With scale 1 that is normal; otherwise X follows a
    noncentral chi-squared law with d degrees of freedom.
    """
    d, scale, shift = proposal.d, proposal.scale, proposal.shift
    if scale == 1:
        mean, sd = 0.5 * shift**2, shift
    else:
        slope = 0.5 * (1 / scale**2 - 1)  # below zero: the weights are bounded
        noncentral = (shift / (scale**2 - 1)) ** 2
        top = d * math.log(scale) + 0.5 * shift**2 / (scale**2 - 1)
        mean, sd = top + slope * (d + noncentral), abs(slope) * math.sqrt(2 * (d + 2 * noncentral))
    half = _DEVIATIONS * sd + 2 * _DEVIATIONS  # the chi-squared law has a longer tail than the normal
    edges = torch.arange(mean - half, mean + half + _WIDTH, _WIDTH, dtype=torch.float64)
    if scale == 1:
        below = torch.from_numpy(ndtr(((edges - mean) / max(sd, 1e-9)).numpy()))
    else:
        below = 1 - torch.from_numpy(chndtr(((edges - top) / slope).clamp(min=0).numpy(), d, noncentral))
    mass = below.diff()
    kept = mass > 0
    return (0.5 * (edges[:-1] + edges[1:]))[kept], mass[kept]
