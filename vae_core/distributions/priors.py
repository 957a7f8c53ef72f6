"""Priors p(z): N(0, I), and a mixture of the encoder's posteriors of learned pictures (VampPrior)."""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from vae_core.distributions.gaussian import log_prior
from vae_core.distributions.posteriors import Posterior, with_tensors

_AT_ONCE = 20_000_000  # numbers: samples x components x dimensions


class Prior(Protocol):
    """p(z) over [..., D]."""

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z), nats, [..., D] -> [...]."""
        ...

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n draws, [n, D]."""
        ...


@dataclass(frozen=True)
class StandardNormal:
    """N(0, I) in `dim` dimensions."""

    dim: int
    dtype: torch.dtype
    device: torch.device

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z), nats, [..., D] -> [...]."""
        return log_prior(z)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n draws, [n, D]."""
        return torch.randn((n, self.dim), generator=generator, dtype=self.dtype, device=self.device)


@dataclass(frozen=True)
class VampPrior:
    """p(z) = the mean of q(z|u_m) over M learned pictures u_m (Tomczak & Welling 2018): `components` [M, D].

    The prior that is best for the ELBO is the aggregate posterior, the mean of q(z|x_n) over all images, and
    this is that mean over as few pictures as one can afford.
    """

    components: Posterior

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z), nats, [..., D] -> [...]."""
        M, D = self.components.mu.shape
        rows = z.reshape(-1, 1, D).split(max(1, _AT_ONCE // (M * D)))
        log_p = torch.cat([torch.logsumexp(self.components.log_prob(part), -1) for part in rows])
        return log_p.reshape(z.shape[:-1]) - math.log(M)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n draws, [n, D]: a component each, then z from it."""
        mu = self.components.mu
        chosen = torch.randint(len(mu), (n,), generator=generator, device=mu.device)
        return with_tensors(self.components, lambda tensor: tensor[chosen]).rsample(generator)
