"""E_q of the scores of x for a diagonal normal q in few dimensions: a lattice over q, halved until it is steady."""

import math

import torch
from torch import Tensor

from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.estimators.likelihood_matrix import pictures
from vae_core.estimators.quadrature.rounding import rounding
from vae_core.models.vae import LatentModel

_STEPS = (0.5, 0.25, 0.125, 0.0625)  # standard deviations of q between nodes
_REACH = 8.0  # standard deviations: beyond is less than 1e-13 of q
_SMOOTH = 1e-9  # of the score: a change that says that there was nothing left to find
_ENOUGH = 1e-4  # of the unit in which the score counts: half of its own sigma^2, or one nat
_MEASURED = 64  # nodes at which the decoder's rounding is measured


@torch.no_grad()
def expected_score(model: LatentModel, x: Tensor, q: DiagonalNormal) -> tuple[float, float]:
    """E_q of `Pictures.scores` of one x, [1, ...], and its own error, for q [1, D] of one or two dimensions.

    The trapezoid rule on a lattice in units of q. For a smooth score it is exact at once; for one that bends within a
    step it gains four times with each halving, and the error is the larger of its last change and a quarter of the one
    before. A Gauss-Hermite rule does not, since a network with kinks is no polynomial. The decoder's rounding is in
    the error too.
    """
    expected, last, error = math.nan, math.inf, math.inf
    for step in _STEPS:
        z, share, sigma, score = _on_lattice(model, x, q, step)
        before, expected = expected, (share * score).sum().item()
        change = abs(expected - before) if math.isfinite(before) else math.inf
        at_once = change < _SMOOTH * abs(expected)
        error, last = change if at_once else max(change, last / 4), change
        if at_once or error < _ENOUGH * (1.0 if sigma is None else 2 * sigma**2):
            break
    return expected, error + _rounding(model, x, z)


def _on_lattice(
    model: LatentModel, x: Tensor, q: DiagonalNormal, step: float
) -> tuple[Tensor, Tensor, float | None, Tensor]:
    """Nodes, [N, D], their shares of q, the model's sigma and the scores there, [N]."""
    last = int(_REACH / step)
    side = step * torch.arange(-last, last + 1, dtype=torch.float64)
    eps = torch.cartesian_prod(*[side] * q.mu.shape[1]).reshape(-1, q.mu.shape[1])
    squares = eps.square().sum(1)
    eps, squares = eps[squares <= _REACH**2], squares[squares <= _REACH**2]
    share = torch.exp(-0.5 * squares)
    z = (q.mu.double().cpu() + q.std.double().cpu() * eps).to(x)
    decoded = pictures(model, z)
    return z, share / share.sum(), decoded.sigma, decoded.scores(x)[:, 0].cpu()


def _rounding(model: LatentModel, x: Tensor, z: Tensor) -> float:
    """That of a score at nodes from all over q; the mean over q can be off by no more than the largest."""
    some = z[:: max(1, len(z) // _MEASURED)]
    return rounding(model, x, some[None]).item()
