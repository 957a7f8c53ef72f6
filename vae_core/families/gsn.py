"""A generative stochastic network on a line: corrupt x, then draw from the denoiser, again and again.

(Bengio et al. 2014.) With the exact denoiser p(x | x~) of the corruption x~ = x + noise the walk has the data's own law
as its stationary law, whatever the noise; how soon it gets there depends on the noise. Data are a mixture of normals,
for which all is in closed form.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.gaussian import LOG_2PI
from vae_core.families import chain, gan

Conditional = tuple[Tensor, Tensor, Tensor]  # normals of x given each x~: log weights, means, sds, each [N, K]
Denoiser = Callable[[Tensor], Conditional]  # of x~ [N]


@dataclass(frozen=True, eq=False)
class NormalMixture:
    """Normals with weights, means and standard deviations, each [M]. Raises ValueError if they do not fit together."""

    weights: Tensor
    means: Tensor
    sds: Tensor

    def __post_init__(self) -> None:
        parts = (self.weights, self.means, self.sds)
        if any(part.ndim != 1 or part.shape != self.means.shape or not part.isfinite().all() for part in parts):
            raise ValueError(f"a mixture got {[list(part.shape) for part in parts]}, expected three finite [M]")
        if not ((self.weights >= 0).all() and self.weights.sum() > 0 and (self.sds > 0).all()):
            raise ValueError(
                "a mixture has a weight below 0, no weight at all or a standard deviation that is not above 0"
            )

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x), nats, of the shape of x."""
        return self._log_parts(x, self.sds).logsumexp(-1)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n draws, [n]."""
        k = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        return self.means[k] + self.sds[k] * torch.randn(n, generator=generator, dtype=self.means.dtype)

    def denoise(self, noisy: Tensor, noise: float, generator: torch.Generator) -> Tensor:
        """One draw of p(x | x~) for each x~ = x + noise * N(0, 1), [N]: the exact denoiser."""
        log_weights, means, sds = self.posterior(noisy, noise)
        k = torch.multinomial(log_weights.exp(), 1, generator=generator)
        mean, sd = (part.gather(1, k)[:, 0] for part in (means, sds))
        return mean + sd * torch.randn(noisy.shape, generator=generator, dtype=noisy.dtype)

    def posterior(self, noisy: Tensor, noise: float) -> Conditional:
        """p(x | x~) for each x~ [N]: again a mixture of M normals.

        Given x~ the part k has weight w_k N(x~; m_k, s_k^2 + noise^2), and x in it is normal by conjugacy.
        """
        spread = (self.sds.square() + noise**2).sqrt()
        share = (self.sds / spread).square()
        means = self.means + share * (noisy[:, None] - self.means)
        return self._log_parts(noisy, spread).log_softmax(-1), means, (noise * share.sqrt()).expand_as(means)

    def _log_parts(self, x: Tensor, sds: Tensor) -> Tensor:
        shares = (self.weights / self.weights.sum()).log()
        return shares - 0.5 * ((x[..., None] - self.means) / sds).square() - sds.log() - 0.5 * LOG_2PI


def walk(data: NormalMixture, x: Tensor, noise: float, steps: int, generator: torch.Generator) -> Tensor:
    """`steps` steps of the chain from x [N]: corrupt, denoise; all places after the first, [steps, N].

    Raises ValueError for noise that is not above 0.
    """
    _require(noise)
    places = []
    for _ in range(steps):
        noisy = x + noise * torch.randn(x.shape, generator=generator, dtype=x.dtype)
        x = data.denoise(noisy, noise, generator)
        places.append(x)
    return torch.stack(places) if places else x.new_empty(0, len(x))


def log_joint(data: NormalMixture, noise: float, x: Tensor, noisy: Tensor) -> Tensor:
    """log p(x, x~) on two lattices, [A] and [B], as a table [A, B]; up to a constant for even ones."""
    _require(noise)
    return data.log_prob(x)[:, None] - 0.5 * ((noisy - x[:, None]) / noise).square()


def relaxation_time(data: NormalMixture, noise: float, cells: int = 1200) -> float:
    """The steps in which the walk forgets: see `chain.relaxation_time`; on a lattice of so many cells.

    The lattice reaches 8 standard deviations beyond the outer means. Raises ValueError for noise that is not above 0.
    """
    x, noisy = lattices(data, noise, cells)
    return chain.time_of(chain.squared_correlations_of_log(log_joint(data, noise, x, noisy)))


def network_denoiser(layers: list[gan.Layer], noise: float, scale: float) -> Denoiser:
    """The denoiser that a network of 1 input and 3 K outputs is: K normals for each x~ (Bishop 1994).

    Its input is x~ over `scale`, the standard deviation of x~; its outputs are K logits of the weights, how far each
    mean lies from x~ in units of the noise, and the log of each standard deviation in that unit.
    """

    def given(noisy: Tensor) -> Conditional:
        logits, ways, log_sds = gan.apply(layers, noisy[:, None] / scale).chunk(3, 1)
        return logits.log_softmax(1), noisy[:, None] + noise * ways, noise * log_sds.exp()

    return given


def log_density(given: Conditional, x: Tensor) -> Tensor:
    """log q(x | x~), nats: a row for each x~, a column for each x [A]."""
    log_weights, means, sds = (part[:, None] for part in given)
    return (log_weights - 0.5 * ((x[:, None] - means) / sds).square() - sds.log() - 0.5 * LOG_2PI).logsumexp(-1)


@dataclass(frozen=True)
class Walk:
    """The walk of a denoiser on a lattice: the places x [A], its stationary law there [A], its relaxation time."""

    x: Tensor
    law: Tensor
    relaxation_time: float


def walk_on_lattice(denoiser: Denoiser, noise: float, reach: float = 8.0, cells: int = 200) -> Walk:
    """The walk of any denoiser, learned or exact, on `cells` even places from -reach to reach.

    The noisy places reach 6 standard deviations further. What a step would carry beyond is spread over the lattice.
    The walk of a learned denoiser need not be reversible; its time is that of `chain.time_of_transition`. Raises
    ValueError for noise that is not above 0.
    """
    x, noisy = _places(noise, reach, cells)
    corruption = (-0.5 * ((noisy - x[:, None]) / noise).square()).softmax(1)
    step = corruption @ log_density(denoiser(noisy), x).softmax(1)
    return Walk(x, chain.stationary(step), chain.time_of_transition(step))


def step_error(data: NormalMixture, denoiser: Denoiser, noise: float, reach: float = 8.0, cells: int = 200) -> float:
    """The total variation of a denoiser q(x | x~) from the exact one, 0 to 1, in the mean over x~ of the data."""
    x, noisy = _places(noise, reach, cells)
    exact, learned = (log_density(given, x).softmax(1) for given in (data.posterior(noisy, noise), denoiser(noisy)))
    share = data._log_parts(noisy, (data.sds.square() + noise**2).sqrt()).logsumexp(1).softmax(0)
    return (0.5 * (exact - learned).abs().sum(1) @ share).item()


def _places(noise: float, reach: float, cells: int) -> tuple[Tensor, Tensor]:
    _require(noise)
    wide = reach + 6 * noise
    x, noisy = (torch.linspace(-end, end, cells, dtype=torch.float64) for end in (reach, wide))
    return x, noisy


def total_variation(p: Tensor, q: Tensor) -> float:
    """Half the sum of |p - q| of two laws on the same states: 0 to 1."""
    return 0.5 * (p - q).abs().sum().item()


def stationary(corruption: Tensor, denoiser: Tensor) -> Tensor:
    """The law that a denoiser leaves as it is, [A], where all is on a lattice.

    `corruption` is p(x~ | x), [A, B], and `denoiser` q(x | x~), [B, A], learned or exact; rows sum to 1.
    """
    return chain.stationary(corruption @ denoiser)


def lattices(data: NormalMixture, noise: float, cells: int) -> tuple[Tensor, Tensor]:
    """Even places for x and for x~, [cells] each, beyond which there is no mass to speak of."""
    _require(noise)

    def even(sds: Tensor) -> Tensor:
        low, high = (data.means - 8 * sds).min().item(), (data.means + 8 * sds).max().item()
        return torch.linspace(low, high, cells, dtype=torch.float64)

    return even(data.sds), even((data.sds.square() + noise**2).sqrt())


def _require(noise: float) -> None:
    if not 0 < noise < math.inf:
        raise ValueError(f"the corruption is {noise}, expected a standard deviation above 0")
