"""How far log p(x|z) is off by the precision that a decoder computes in: against the same weights in float64."""

import copy

import torch
from torch import Tensor, nn

from vae_core.estimators.likelihood_matrix import Pictures, pictures, scores_of_products
from vae_core.models.vae import LatentModel


@torch.no_grad()
def rounding(model: LatentModel, x: Tensor, z: Tensor) -> Tensor:
    """The largest difference of `Pictures.scores` among the z of each x, [B, ...] and [B, K, D] -> float64 [B].

    Of a Gaussian it is one of squared errors: divided by 2 sigma^2 it is in nats, and grows as sigma shrinks. Zero for
    a model that computes in double precision, or that cannot be copied into it.
    """
    if x.dtype == torch.float64 or not isinstance(model, nn.Module):
        return torch.zeros(len(x), dtype=torch.float64)
    exact = copy.deepcopy(model).cpu().double()
    places = z.to(x).flatten(0, 1)  # [BK, D]
    rows = x.flatten(1).double().cpu().repeat_interleave(z.shape[1], 0)  # [BK, P]
    found = [_score_of_each(part, rows) for part in (pictures(model, places), pictures(exact, places.cpu().double()))]
    return (found[0] - found[1]).abs().view(len(x), -1).amax(1)


def _score_of_each(decoded: Pictures, rows: Tensor) -> Tensor:
    """The score of each x at its own node, [N]."""
    products = (decoded.outputs.cpu().double() * rows).sum(1)
    return scores_of_products(products, decoded.offsets.cpu(), rows.square().sum(1), decoded.sigma)
