"""p(x|z), the distribution of a picture given its latent code: Bernoulli or Gaussian with one scalar sigma.

Both take the decoder's output `a`, one number a pixel, and have mean sigmoid(a), so a mean is always a picture.
`log_prob` is in nats, summed over channels and pixels, one number an example.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_IMAGE = (-3, -2, -1)  # channel, height, width


@dataclass(frozen=True)
class Bernoulli:
    """Independent Bernoulli pixels: x is 0 or 1, p(x = 1) = sigmoid(logits); `logits` are [..., C, H, W]."""

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        return torch.sigmoid(self.logits)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """A binary picture for each, [..., C, H, W]."""
        return torch.bernoulli(self.mean, generator=generator)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x|z) = sum of x a - softplus(a), nats, [...]. Raises ValueError unless x is binary."""
        if not bool(((x == 0) | (x == 1)).all()):
            raise ValueError(
                f"x has values from {x.min():.3g} to {x.max():.3g} that are not 0 or 1, expected binary images: "
                "grey values under a Bernoulli are no likelihood"
            )
        return self.log_prob_unchecked(x)

    def log_prob_unchecked(self, x: Tensor) -> Tensor:
        """`log_prob` for x that is known to be binary: the training loop checks its data once, not at each step."""
        x, logits = torch.broadcast_tensors(x, self.logits)
        return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(_IMAGE)


@dataclass(frozen=True)
class Gaussian:
    """N(x; sigmoid(a), sigma^2 I) on values in [0, 1]; `a` is [..., C, H, W] and `log_sigma` one scalar.

    A density, so `log_prob` may be positive; it is relative to the scale on which white is 1.
    """

    a: Tensor
    log_sigma: Tensor

    @property
    def mean(self) -> Tensor:
        return torch.sigmoid(self.a)

    @property
    def sigma(self) -> Tensor:
        return self.log_sigma.exp()

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """A noisy picture for each, [..., C, H, W]; values may leave [0, 1]."""
        noise = torch.randn(self.a.shape, generator=generator, device=self.a.device, dtype=self.a.dtype)
        return self.mean + self.sigma * noise

    def log_prob(self, x: Tensor) -> Tensor:
        """log N(x; mean, sigma^2 I), nats, [...]."""
        return gaussian_log_prob((x - self.mean).square().sum(_IMAGE), self.log_sigma, math.prod(self.a.shape[-3:]))

    log_prob_unchecked = log_prob


def gaussian_log_prob(squared_error: Tensor, log_sigma: Tensor, pixels: int) -> Tensor:
    """log N(x; mean, sigma^2 I) from the squared error summed over `pixels` numbers, nats."""
    return -0.5 * squared_error * torch.exp(-2 * log_sigma) - pixels * (log_sigma + _HALF_LOG_2PI)


def optimal_log_sigma(mean_squared_error: Tensor) -> Tensor:
    """log of the sigma that makes the data likeliest: sigma*^2 is the mean squared error (Rybkin et al. 2021, eq. 5)."""
    return 0.5 * mean_squared_error.clamp_min(1e-8).log()


Likelihood = Bernoulli | Gaussian
LikelihoodKind = Literal["bernoulli", "gaussian"]
