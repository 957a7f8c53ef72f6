"""The diagonal normal distribution: the posterior q(z|x), and with zeros the prior p(z) = N(0, I)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class DiagonalNormal:
    """N(mu, diag(exp(logvar))) over the last dimension; `mu` and `logvar` are [..., D].

    `logvar` is the log of the variance, so that every real number is allowed. Raises ValueError if the two shapes
    differ.
    """

    mu: Tensor
    logvar: Tensor

    def __post_init__(self) -> None:
        if self.mu.shape != self.logvar.shape:
            raise ValueError(
                f"mu is {list(self.mu.shape)} and logvar is {list(self.logvar.shape)}, expected one shape for both"
            )

    @property
    def std(self) -> Tensor:
        """The standard deviation exp(logvar / 2), [..., D]."""
        return torch.exp(0.5 * self.logvar)

    def rsample(self, generator: torch.Generator | None = None, K: int | None = None) -> Tensor:
        """z = mu + std * eps with eps ~ N(0, I), differentiable in mu and logvar (Kingma & Welling 2014, section 2.4).

        Returns [..., D], or K samples first, [K, ..., D].
        """
        shape = self.mu.shape if K is None else (K, *self.mu.shape)
        eps = torch.randn(shape, generator=generator, device=self.mu.device, dtype=self.mu.dtype)
        return torch.addcmul(self.mu, self.std, eps)

    def draw(self, generator: torch.Generator | None, K: int) -> tuple[Tensor, Tensor]:
        """K samples, [K, ..., D], and log q of each, nats, [K, ...]."""
        z = self.rsample(generator, K)
        return z, self.log_prob(z)

    def diagonal(self) -> "DiagonalNormal":
        """Itself: the diagonal normal with the same mean and variances, which every posterior has."""
        return self

    def log_prob(self, z: Tensor) -> Tensor:
        """log N(z; mu, diag(exp(logvar))), nats, summed over D: [..., D] -> [...]."""
        squared = (z - self.mu).square() * torch.exp(-self.logvar)  # [..., D]
        return -0.5 * (squared + self.logvar + LOG_2PI).sum(-1)

    def kl_per_dimension(self) -> Tensor:
        """KL(q_j || N(0, 1)) of each dimension, nats, [..., D] (Kingma & Welling 2014, appendix B)."""
        return 0.5 * (self.mu.square() + self.logvar.exp() - 1 - self.logvar)

    def kl(self) -> Tensor:
        """KL(q || N(0, I)), nats, [...]: the rate."""
        return self.kl_per_dimension().sum(-1)


def log_prior(z: Tensor) -> Tensor:
    """log p(z) under N(0, I), nats, summed over D: [..., D] -> [...]."""
    return -0.5 * (z.square() + LOG_2PI).sum(-1)
