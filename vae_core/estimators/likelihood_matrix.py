"""p(x|z) at many z, decoded once, against many x: log p(x|z) of all pairs is one matrix product.

Bernoulli: log p(x|z) = x . a - sum softplus(a). Gaussian: ||x - m||^2 = ||x||^2 - 2 x . m + ||m||^2, in float64, since
it is divided by sigma^2: at sigma = 0.05 an error of 1e-5 would be 2e-3 nats.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.distributions.gaussian import LOG_2PI
from vae_core.distributions.likelihoods import Bernoulli, require_binary
from vae_core.models.vae import LatentModel

_ROWS = 4_000_000  # pixels in float64 at once


@dataclass(frozen=True, eq=False)
class Pictures:
    """Decoded nodes z, [N, D]. `sigma` is the Gaussian's, None for a Bernoulli."""

    z: Tensor
    outputs: Tensor  # [N, P]: logits of a Bernoulli, means of a Gaussian
    offsets: Tensor  # [N], float64: sum of softplus(logits), or ||mean||^2
    sigma: float | None

    def scores(self, x: Tensor) -> Tensor:
        """What decides log p(x|z), float64, [B, ...] -> [N, B]: itself for a Bernoulli, ||x - m||^2 for a Gaussian.

        Raises ValueError if x lies outside the likelihood's support.
        """
        require_finite(x)
        if self.sigma is None:
            require_binary(x)
        flat = x.flatten(1).double()
        rows = self.outputs.split(max(1, _ROWS // flat.shape[1]))
        products = _joined([part.double() @ flat.T for part in rows])
        return scores_of_products(products, self.offsets[:, None], flat.square().sum(1), self.sigma)

    def log_prob(self, x: Tensor, sigma: float | None = None) -> Tensor:
        """log p(x|z), nats, float64, [B, ...] -> [N, B]; `sigma` in place of a Gaussian's own."""
        return log_prob_of_scores(self.scores(x), sigma or self.sigma, self.outputs.shape[1])


def pictures(model: LatentModel, z: Tensor) -> Pictures:
    """Decode z, [N, D], in chunks."""
    chunk = max(1, _ROWS // math.prod(model.event_shape))
    outputs, offsets, sigma = [], [], None
    for part in z.split(chunk):
        p = model.decode(part)
        if isinstance(p, Bernoulli):
            outputs.append(p.logits.flatten(1))
            offsets.append(F.softplus(outputs[-1]).sum(1, dtype=torch.float64))
        else:
            outputs.append(p.mean.flatten(1))
            offsets.append(torch.linalg.vector_norm(outputs[-1], dim=1, dtype=torch.float64).square_())
            sigma = math.exp(p.log_sigma)
    return Pictures(z, _joined(outputs), _joined(offsets), sigma)


def scores_of_products(products: Tensor, offsets: Tensor, squares: Tensor, sigma: float | None) -> Tensor:
    """`Pictures.scores` from x . outputs, which it overwrites, the pictures' offsets, and ||x||^2 for a Gaussian."""
    if sigma is None:
        return products.sub_(offsets)
    return products.mul_(-2).add_(offsets).add_(squares).clamp_min_(0)


def log_prob_of_scores(scores: Tensor, sigma: float | None, pixels: int) -> Tensor:
    """log p(x|z), nats, from `Pictures.scores`; `sigma` is None for a Bernoulli."""
    if sigma is None:
        return scores
    return scores * (-0.5 / sigma**2) - pixels * (math.log(sigma) + 0.5 * LOG_2PI)


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def require_finite(x: Tensor) -> None:
    """Raises ValueError if x holds what is no number."""
    if not bool(x.isfinite().all()):
        raise ValueError("x holds values that are not finite numbers, expected numbers only")


def require_finite_scores(scores: Tensor) -> Tensor:
    """The scores on the CPU. Raises ValueError if one of them is not a finite number."""
    if not bool(scores.isfinite().all()):
        raise ValueError("log p(x|z) is not a finite number at some z: the weights or x are unusable")
    return scores.cpu()
