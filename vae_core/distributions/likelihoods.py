"""p(x|z), the distribution of a picture given its latent code: Bernoulli or Gaussian with one scalar sigma.

Both take the decoder's output `a`, one number a pixel, and have mean sigmoid(a), so a mean is always a picture; only a
Gaussian may have mean a, as linear models need.
`log_prob` is in nats, summed over channels and pixels, one number an example.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import Mean
from vae_core.distributions.gaussian import LOG_2PI

_IMAGE = (-3, -2, -1)  # channel, height, width
_SMALLEST_VARIANCE = 1e-6  # sigma is never below 0.001, the smallest that a configuration may name


@dataclass(frozen=True)
class Bernoulli:
    """Independent Bernoulli pixels: x is 0 or 1, p(x = 1) = sigmoid(logits); `logits` are [..., C, H, W].

    `log_prob` is the log of a probability, so it is never above 0.
    """

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """p(x = 1) of each pixel, [..., C, H, W]."""
        return torch.sigmoid(self.logits)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """A binary picture for each, [..., C, H, W]."""
        return torch.bernoulli(self.mean, generator=generator)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x|z) = sum of x a - softplus(a), nats, [...]. Raises ValueError unless x is binary."""
        require_binary(x)
        return self.log_prob_unchecked(x)

    def log_prob_unchecked(self, x: Tensor) -> Tensor:
        """`log_prob` for x that is known to be binary: the training loop checks its data once, not at each step."""
        x, logits = torch.broadcast_tensors(x, self.logits)
        return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(_IMAGE)


@dataclass(frozen=True)
class Gaussian:
    """N(x; sigmoid(a), sigma^2 I), a density on all of R^P; `a` is [..., C, H, W] and `log_sigma` one scalar.

    With `mean_map` "identity" the mean is a itself. `log_prob` may be positive; it is relative to the scale on which
    black is 0 and white is 1. Some of its mass lies outside of these, and bytes are not dequantised: for a code length
    see `evaluate.dequantized`.
    """

    a: Tensor
    log_sigma: Tensor
    mean_map: Mean = "sigmoid"

    @property
    def mean(self) -> Tensor:
        """The mean of each pixel, [..., C, H, W]: sigmoid(a), or a itself."""
        return torch.sigmoid(self.a) if self.mean_map == "sigmoid" else self.a

    @property
    def sigma(self) -> Tensor:
        """The standard deviation of every pixel, []: on the scale where black is 0 and white is 1."""
        return self.log_sigma.exp()

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """A noisy picture for each, [..., C, H, W]; values may leave [0, 1]."""
        noise = torch.randn(self.a.shape, generator=generator, device=self.a.device, dtype=self.a.dtype)
        return self.mean + self.sigma * noise

    def log_prob(self, x: Tensor) -> Tensor:
        """log N(x; mean, sigma^2 I), nats, [...]."""
        return self.log_prob_of_squared_error(self.squared_error(x))

    log_prob_unchecked = log_prob

    def squared_error(self, x: Tensor) -> Tensor:
        """||x - mean||^2 of each example, [...]."""
        return (x - self.mean).square().sum(_IMAGE)

    def log_prob_of_squared_error(self, squared_error: Tensor) -> Tensor:
        """log N(x; mean, sigma^2 I) from ||x - mean||^2, nats, [...] -> [...]."""
        return -0.5 * squared_error * torch.exp(-2 * self.log_sigma) - self.pixels * (self.log_sigma + 0.5 * LOG_2PI)

    def best_log_sigma(self, squared_error: Tensor) -> Tensor:
        """log of the likeliest sigma: sigma*^2 is the mean squared error of a pixel (Rybkin et al. 2021, eq. 5)."""
        return 0.5 * (squared_error / self.pixels).clamp_min(_SMALLEST_VARIANCE).log()

    @property
    def pixels(self) -> int:
        """Numbers in one picture, P = C x H x W."""
        return math.prod(self.a.shape[-3:])


Likelihood = Bernoulli | Gaussian


class Observed(Protocol):
    """p(x|z): its mean and a sample are x, its log_prob is one number an example, nats."""

    @property
    def mean(self) -> Tensor: ...

    def sample(self, generator: torch.Generator | None = None) -> Tensor: ...

    def log_prob(self, x: Tensor) -> Tensor: ...


def require_binary(x: Tensor) -> None:
    """Raises ValueError unless every value of x is 0 or 1."""
    if not bool(((x == 0) | (x == 1)).all()):
        raise ValueError(
            f"x has values from {x.min():.3g} to {x.max():.3g} that are not 0 or 1, expected binary images: "
            "grey values under a Bernoulli are no likelihood"
        )
