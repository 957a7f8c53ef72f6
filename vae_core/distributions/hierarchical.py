"""A model with two levels of latent variables, z2 -> z1 -> x: p(z2) p(z1|z2) p(x|z1).

**Why one level is enough in principle.** p(z1|z2) is a normal with mean m(z2) and standard deviation s(z2), so
z1 = m(z2) + s(z2) * e with e ~ N(0, I). Put u = (z2, e): it is N(0, I), and z1 is a function of u. The two-level model
is therefore a one-level model with prior N(0, I) whose decoder is u -> z1 -> x (`standard` computes it), and anything
that it can say about x, one level with that decoder can say. This is the argument of Doersch (2016, section 2): normal
variables through a sufficiently complicated function have any distribution, so the extra level adds nothing to what
p(x) can be.

**What a second level buys in practice** is in the learning. As z2 and z1, the function comes apart into a part that
shapes the density of z1 and one that draws x, and the encoder may use both: q(z1|x) q(z2|z1). The rate of z1 is paid
against p(z1|z2), a prior that moves with z2, where a single normal would leave holes between the clusters of codes or
cost nats to fill them; and q, though normal at either level, is no longer normal as a whole. In Burda et al. 2016
(table 1, MNIST, k = 50) two levels gain 1.6 nats with the VAE's bound and 1.9 with theirs. The gain is smaller where
z2 goes unused, which is common: look at the rate of each level.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.gaussian import DiagonalNormal, log_prior

Conditional = Callable[[Tensor], DiagonalNormal]


@dataclass(frozen=True)
class TwoLevelPosterior:
    """q(z1|x) q(z2|z1), with z = (z1, z2) in the last dimension (Burda et al. 2016): `below` is q(z1|x)."""

    below: DiagonalNormal
    above: Conditional  # z1 [..., D1] -> q(z2|z1)

    def rsample(self, generator: torch.Generator | None = None, K: int | None = None) -> Tensor:
        """z1 from q(z1|x), then z2 from q(z2|z1): [B, D1 + D2], or K samples first."""
        z1 = self.below.rsample(generator, K)
        return torch.cat((z1, self.above(z1).rsample(generator)), dim=-1)

    def draw(self, generator: torch.Generator | None, K: int) -> tuple[Tensor, Tensor]:
        """K samples, [K, B, D1 + D2], and log q of each, nats, [K, B]."""
        z = self.rsample(generator, K)
        return z, self.log_prob(z)

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z1|x) + log q(z2|z1), nats, [..., B, D1 + D2] -> [..., B]."""
        z1, z2 = split(z, self.below.mu.shape[-1])
        return self.below.log_prob(z1) + self.above(z1).log_prob(z2)

    def diagonal(self) -> DiagonalNormal:
        """q(z1|x) alone: the level that the decoder sees."""
        return self.below


@dataclass(frozen=True)
class TwoLevelPrior:
    """p(z2) p(z1|z2) with p(z2) = N(0, I), z = (z1, z2) in the last dimension."""

    below: Conditional  # z2 [..., D2] -> p(z1|z2)
    dims: tuple[int, int]
    like: Tensor  # whose precision and device samples have

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z1|z2) + log p(z2), nats, [..., D1 + D2] -> [...]."""
        z1, z2 = split(z, self.dims[0])
        return self.below(z2).log_prob(z1) + log_prior(z2)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n draws, [n, D1 + D2]: z2 first."""
        shape = (n, sum(self.dims))
        return self.standard(torch.randn(shape, generator=generator, dtype=self.like.dtype, device=self.like.device))

    def standard(self, u: Tensor) -> Tensor:
        """z = (z1, z2) as a function of u = (e, z2) ~ N(0, I): the one-level model that this one is, [..., D1 + D2]."""
        e, z2 = split(u, self.dims[0])
        p = self.below(z2)
        return torch.cat((p.mu + p.std * e, z2), dim=-1)


def split(z: Tensor, first: int) -> tuple[Tensor, Tensor]:
    """z1, the first numbers of each row, and z2, the others."""
    return z[..., :first], z[..., first:]
