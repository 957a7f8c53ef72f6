"""A generative stochastic network on a line: corrupt x, then draw from the denoiser, again and again.

(Bengio et al. 2014.) With the exact denoiser p(x | x~) of the corruption x~ = x + noise the walk has the data's own law
as its stationary law, whatever the noise; how soon it gets there depends on the noise. Data are a mixture of normals,
for which all is in closed form.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.gaussian import LOG_2PI
from vae_core.families import chain


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
        """One draw of p(x | x~) for each x~ = x + noise * N(0, 1), [N]: the exact denoiser.

        Given x~ the part k has weight w_k N(x~; m_k, s_k^2 + noise^2), and x in it is normal by conjugacy.
        """
        spread = (self.sds.square() + noise**2).sqrt()
        k = torch.distributions.Categorical(logits=self._log_parts(noisy, spread)).probs
        k = torch.multinomial(k, 1, generator=generator)[:, 0]
        share = self.sds[k].square() / spread[k].square()
        mean = self.means[k] + share * (noisy - self.means[k])
        sd = noise * share.sqrt()
        return mean + sd * torch.randn(noisy.shape, generator=generator, dtype=noisy.dtype)

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
