"""Families of q(z|x) beside the diagonal normal: what they share, and the normal with a full covariance.

Each is a dataclass of tensors, and the encoder's last layer gives its numbers. Shapes: samples first, then batch.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from vae_core.distributions.gaussian import LOG_2PI, DiagonalNormal

_Q = TypeVar("_Q")


class Posterior(Protocol):
    """q(z|x) for a batch of x; `mu` is [B, D]."""

    def rsample(self, generator: torch.Generator | None = None, K: int | None = None) -> Tensor:
        """z ~ q, differentiable in q: [B, D], or K samples first, [K, B, D]."""
        ...

    def draw(self, generator: torch.Generator | None, K: int) -> tuple[Tensor, Tensor]:
        """K samples, [K, B, D], and log q of each, nats, [K, B]."""
        ...

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z|x), nats, [..., B, D] -> [..., B]."""
        ...

    def diagonal(self) -> DiagonalNormal:
        """The diagonal normal with the same mean and variances, for what can show no other."""
        ...


def with_tensors(q: _Q, change: Callable[[Tensor], Tensor]) -> _Q:
    """The posterior whose tensors are all changed alike: detached, moved, or some rows of them."""
    return dataclasses.replace(q, **{field.name: change(getattr(q, field.name)) for field in dataclasses.fields(q)})


@dataclass(frozen=True)
class FullNormal:
    """N(mu, L L^T): `mu` is [..., D], `L` [..., D, D] is lower triangular with a positive diagonal."""

    mu: Tensor
    L: Tensor

    def rsample(self, generator: torch.Generator | None = None, K: int | None = None) -> Tensor:
        """z = mu + L eps with eps ~ N(0, I): [..., D], or K samples first, [K, ..., D]."""
        shape = self.mu.shape if K is None else (K, *self.mu.shape)
        eps = torch.randn(shape, generator=generator, device=self.mu.device, dtype=self.mu.dtype)
        return self.mu + _times(self.L, eps)

    def draw(self, generator: torch.Generator | None, K: int) -> tuple[Tensor, Tensor]:
        """K samples, [K, ..., D], and log q of each, nats, [K, ...]."""
        z = self.rsample(generator, K)
        return z, self.log_prob(z)

    def log_prob(self, z: Tensor) -> Tensor:
        """log N(z; mu, L L^T), nats, [..., D] -> [...]."""
        eye = torch.eye(self.mu.shape[-1], dtype=self.mu.dtype, device=self.mu.device)
        inverse = torch.linalg.solve_triangular(self.L, eye.expand_as(self.L), upper=False)
        eps = _times(inverse, z - self.mu)
        return -0.5 * (eps.square() + LOG_2PI).sum(-1) - self._log_diagonal.sum(-1)

    def kl(self) -> Tensor:
        """KL(q || N(0, I)) = (trace(L L^T) + |mu|^2 - D - log det(L L^T)) / 2, nats, [...]."""
        squares = self.L.square().sum((-2, -1)) + self.mu.square().sum(-1)
        return 0.5 * (squares - self.mu.shape[-1]) - self._log_diagonal.sum(-1)

    def diagonal(self) -> DiagonalNormal:
        """The diagonal normal with the same mean and variances."""
        return DiagonalNormal(self.mu, self.L.square().sum(-1).log())

    @property
    def _log_diagonal(self) -> Tensor:
        return self.L.diagonal(dim1=-2, dim2=-1).log()


def _times(L: Tensor, vectors: Tensor) -> Tensor:
    """L v, [..., D, D] and [..., D] or [K, ..., D] -> as the vectors; L is not repeated for each of K."""
    return torch.einsum("...ij,...j->...i", L, vectors)


def full_normal(numbers: Tensor, D: int) -> FullNormal:
    """mu, the log squares of L's diagonal and what is below it, row by row: [B, 2D + D(D-1)/2]."""
    mu, log_squares, below = numbers.split((D, D, D * (D - 1) // 2), dim=-1)
    L = torch.diag_embed(torch.exp(0.5 * log_squares))
    rows, columns = torch.tril_indices(D, D, offset=-1, device=numbers.device)
    L[..., rows, columns] = below
    return FullNormal(mu, L)
