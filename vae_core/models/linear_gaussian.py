"""The linear-Gaussian model, x|z ~ N(Wz + b, sigma^2 I) with z ~ N(0, I): all that a VAE estimates, in closed form.

It has the interface of `VAE`, so every estimator can be checked against the truth. With s_i and u_i the singular values
and left singular vectors of W, below lambda_i = s_i^2 / sigma^2 and a_i = u_i^T (x - b) / sigma.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from vae_core.distributions.gaussian import LOG_2PI, DiagonalNormal
from vae_core.distributions.priors import StandardNormal


@dataclass(frozen=True, eq=False)
class IsotropicNormal:
    """N(x; mean, sigma^2 I) over the last dimension; `mean` is [..., P]."""

    mean: Tensor
    sigma: float

    @property
    def log_sigma(self) -> float:
        return math.log(self.sigma)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One x for each mean, [..., P]."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + self.sigma * noise

    def log_prob(self, x: Tensor) -> Tensor:
        """log N(x; mean, sigma^2 I), nats, [...]."""
        squared_error = (x - self.mean).square().sum(-1)
        constant = self.mean.shape[-1] * (self.log_sigma + 0.5 * LOG_2PI)
        return -0.5 * squared_error / self.sigma**2 - constant


@dataclass(frozen=True, eq=False)
class LinearGaussian:
    """x|z ~ N(Wz + b, sigma^2 I) with z ~ N(0, I) (Tipping & Bishop 1999): every quantity has a closed form.

    W is [P, d], b is [P], sigma a number; x are rows, [B, P]. Computes in the precision of W; all results are in nats.
    It takes the place of a `VAE` in `elbo`, `log_marginal` and `integrate`, so that these can be compared with the
    truth. Below, s_i and u_i are the singular values and left singular vectors of W, lambda_i = s_i^2 / sigma^2 and
    a_i = u_i^T (x - b) / sigma.

    Raises ValueError if the shapes do not fit, a number is not finite or sigma is not above 0.
    """

    W: Tensor
    b: Tensor
    sigma: float

    def __post_init__(self) -> None:
        if self.W.ndim != 2 or 0 in self.W.shape or self.b.shape != self.W.shape[:1]:
            raise ValueError(f"W is {list(self.W.shape)} and b is {list(self.b.shape)}, expected [P, d] and [P]")
        if not (self.W.isfinite().all() and self.b.isfinite().all()):
            raise ValueError("W or b holds numbers that are not finite")
        if not 0 < self.sigma < math.inf:
            raise ValueError(f"sigma is {self.sigma}, expected a number above 0")

    @property
    def latent_dim(self) -> int:
        """Numbers in z: d."""
        return self.W.shape[1]

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one x: (P,)."""
        return (self.W.shape[0],)

    def encode(self, x: Tensor) -> DiagonalNormal:
        """The diagonal normal nearest to p(z|x), mu and logvar [B, d]: the exact mean, one over the precisions.

        It minimises KL(q || p(z|x)); what is left is `gap()`.
        """
        mu = self._posterior_mean(x)
        return DiagonalNormal(mu, -self._precision.diagonal().log().expand_as(mu))

    def decode(self, z: Tensor) -> IsotropicNormal:
        """p(x|z) for codes [..., d]. Raises ValueError if d is not the model's."""
        if z.ndim == 0 or z.shape[-1] != self.latent_dim:
            raise ValueError(f"z has the shape {list(z.shape)}, expected [..., {self.latent_dim}]")
        return IsotropicNormal(z @ self.W.T + self.b, self.sigma)

    def prior(self) -> StandardNormal:
        """N(0, I)."""
        return StandardNormal(self.latent_dim, self.W.dtype, self.W.device)

    def sample(self, n: int, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """n draws of z from the prior and of x from p(x|z): [n, d] and [n, P]."""
        z = torch.randn((n, self.latent_dim), generator=generator, device=self.W.device, dtype=self.W.dtype)
        return z, self.decode(z).sample(generator)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x) = log N(x; b, W W^T + sigma^2 I), nats, [B]."""
        residual, lam = self._residual(x), self._lambda
        squared = residual.square().sum(-1) - (self._a(x).square() * lam / (1 + lam)).sum(-1)
        constant = len(self.b) * (math.log(self.sigma) + 0.5 * LOG_2PI) + 0.5 * lam.log1p().sum()
        return -0.5 * squared - constant

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """p(z|x): its mean [B, d] and its covariance [d, d], (I + W^T W / sigma^2)^-1, the same for every x."""
        return self._posterior_mean(x), torch.linalg.inv(self._precision)

    def kl_posterior_prior(self, x: Tensor) -> Tensor:
        """KL(p(z|x) || p(z)), nats, [B]: sum of half log(1 + lambda) - lambda/(1 + lambda) + (a/(1 + lambda))^2 lambda.

        Its mean over the model's own x is the sum of log(1 + lambda) / 2.
        """
        a, lam = self._a(x), self._lambda
        return 0.5 * (lam.log1p() - lam / (1 + lam) + a.square() * lam / (1 + lam).square()).sum(-1)

    def log_cost(self, x: Tensor) -> Tensor:
        """log R(x), R = E_p(z)[p(x|z)^2] / p(x)^2, [B]: n prior samples have the relative variance (R - 1) / n."""
        a, lam = self._a(x), self._lambda
        spread = lam.log1p() - 0.5 * (2 * lam).log1p()
        return (spread + a.square() * lam / ((1 + lam) * (1 + 2 * lam))).sum(-1)

    def gap(self) -> float:
        """log p(x) - ELBO of the best diagonal q, nats, the same for every x: (sum of log M_jj - log det M) / 2.

        M = W^T W + sigma^2 I; zero exactly when the columns of W are orthogonal.
        """
        return 0.5 * (self._precision.diagonal().log().sum() - self._lambda.log1p().sum()).item()

    def _residual(self, x: Tensor) -> Tensor:
        """(x - b) / sigma, [B, P]."""
        if x.ndim != 2 or x.shape[1:] != self.b.shape:
            raise ValueError(f"x has the shape {list(x.shape)}, expected [batch, {len(self.b)}]")
        return (x - self.b) / self.sigma

    def _a(self, x: Tensor) -> Tensor:
        """a_i = u_i^T (x - b) / sigma, [B, r]."""
        return self._residual(x) @ self._svd[0]

    def _posterior_mean(self, x: Tensor) -> Tensor:
        _, s, Vh = self._svd
        return (self._a(x) * s / (1 + self._lambda)) @ Vh

    @cached_property
    def _svd(self) -> tuple[Tensor, Tensor, Tensor]:
        """W / sigma: left singular vectors [P, r], singular values [r], right singular vectors [r, d]."""
        U, s, Vh = torch.linalg.svd(self.W, full_matrices=False)
        return U, s / self.sigma, Vh

    @property
    def _lambda(self) -> Tensor:
        """lambda_i = (s_i / sigma)^2, [r]."""
        return self._svd[1].square()

    @cached_property
    def _precision(self) -> Tensor:
        """M / sigma^2 = I + W^T W / sigma^2, [d, d]."""
        eye = torch.eye(self.latent_dim, dtype=self.W.dtype, device=self.W.device)
        return eye + self.W.T @ self.W / self.sigma**2
