"""The modes of p(z|x): local maxima of log p(x|z) + log p(z), climbed to from many starts by BFGS.

Starts come from q(z|x) at twice its width and from the prior, so that modes which the encoder does not know are found
too. All searches of all images run together: one call of the decoder a step.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.distributions.priors import Prior
from vae_core.models.vae import LatentModel

MOST = 12  # modes kept for one image
_WIDER = 2.0  # times the width of q, for the quarter of the starts that begins near it
_MOMENTS = 64  # draws of q for its center and variance
_PRIOR_DRAWS = 500  # of the prior, for its scale
_WITHIN = 15.0  # nats below the mode of largest mass of its image
_LOOKED_AT = 24  # ends of searches whose curvature is computed, for one image
_SAME = 0.5  # standard deviations between two ends of searches that are one mode
_LEAST_PRECISION = 0.25  # in any direction, where the prior's is 1: no standard deviation above twice the prior's
_LEAST_VARIANCE = 1e-4  # of the prior's, at the start of a search, however sure of itself the encoder is
_ITERATIONS = 100
_RISE = 1e-3  # nats that a search may still gain when it ends
_ARMIJO = 1e-4  # the share of the rise that the slope promises, which a step must keep
_SHORTER, _SHORTEST = 0.3, 1e-6
_LONGEST = 3.0  # a step, in units of z
_FLAT = 1e-8


@dataclass(frozen=True, eq=False)
class Modes:
    """The modes of each of B images, the largest mass first; -inf in `log_height` where there are fewer than M."""

    z: Tensor  # [B, M, D], float64
    log_height: Tensor  # [B, M], log p(x, z), nats
    precision: Tensor  # [B, M, D, D], minus the Hessian of log p(x, z), made positive
    searches: Tensor  # [B, M], how many searches ended there, but for those begun at `also`
    cut: Tensor  # [B], the share of the mass of all modes that were found in those too many to be kept

    @property
    def there(self) -> Tensor:
        """Whether there is a mode, [B, M]."""
        return self.log_height > -math.inf

    def log_mass(self) -> Tensor:
        """Laplace's approximation of the log of the integral of p(x, z) around each mode, nats, [B, M]."""
        D = self.z.shape[-1]
        log_det = torch.linalg.slogdet(self.precision)[1]
        return self.log_height + 0.5 * D * math.log(2 * math.pi) - 0.5 * log_det


def log_joint(model: LatentModel, prior: Prior, x: Tensor, z: Tensor) -> Tensor:
    """log p(x|z) + log p(z), nats, for z [..., D] and x that broadcasts."""
    return model.decode(z).log_prob(x) + prior.log_prob(z)


@torch.no_grad()
def find_modes(
    model: LatentModel, x: Tensor, starts: int, generator: torch.Generator, also: Tensor | None = None
) -> Modes:
    """The modes within 15 nats of the one of largest mass, at most 12, for images x, [B, ...].

    `also` are more starts, [n, B, D]. A mode is missed if no search began in its basin: `Modes.searches` says how many
    reached each. Raises ValueError if x lies outside the likelihood's support, or if for some image no search ends
    where log p(x, z) is a finite number.
    """
    prior, B = model.prior(), len(x)
    draws = model.encode(x).rsample(generator, max(_MOMENTS, starts // 4))  # [n, B, D]
    center, variance = draws.mean(0), draws.var(0)
    near = center + _WIDER * (draws[: starts // 4] - center)
    far = prior.sample((starts - len(near)) * B, generator).view(starts - len(near), B, -1)
    z = torch.cat((near, far) if also is None else (near, far, also.to(near)))
    scale = prior.sample(_PRIOR_DRAWS, generator).std(0)  # [D]
    variance = torch.clamp(variance, _LEAST_VARIANCE * scale**2, scale**2)
    ends, heights = _climb(model, prior, x, z, variance)
    if not bool((heights > -math.inf).any(0).all()):
        raise ValueError("log p(x|z) is not a finite number at any z that was tried: the weights or x are unusable")
    return _kept(_distinct(model, prior, x, ends, heights, starts, scale))


def _climb(model: LatentModel, prior: Prior, x: Tensor, z: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
    """Uphill from each z, [n, B, D], by BFGS that begins with q's variance, [B, D]: the ends and log p(x, z), [n, B].

    A step that does not rise enough is not taken and the next is shorter. Searches that have ended cost nothing.
    """
    n, B, D = z.shape
    ends, heights = z.reshape(-1, D).clone(), torch.full((n * B,), -math.inf, dtype=z.dtype, device=z.device)
    row = torch.arange(n * B, device=z.device)
    at, inverse = ends.clone(), torch.diag_embed(variance).repeat(n, 1, 1)  # [N, D], [N, D, D]
    height, slope = _height_and_slope(model, prior, x[row % B], at)
    length = torch.ones_like(height)
    for _ in range(_ITERATIONS):
        step = _times(inverse, slope)
        promised = (step * slope).sum(-1)
        scale = length * (_LONGEST / step.norm(dim=-1).clamp_min(_FLAT)).clamp_max(1)
        step = step * scale[:, None]
        tried, slope_there = _height_and_slope(model, prior, x[row % B], at + step)
        up = (tried >= height + _ARMIJO * scale * promised) & slope_there.isfinite().all(-1)
        inverse = _updated(inverse, step, torch.where(up[:, None], slope - slope_there, 0), up)
        at, slope = (torch.where(up[:, None], new, old) for new, old in ((at + step, at), (slope_there, slope)))
        height = torch.where(up, tried, height)
        length = torch.where(up, (2 * length).clamp_max(1), _SHORTER * length)
        ends[row], heights[row] = at, height
        going = (promised > 2 * _RISE) & (length > _SHORTEST)
        if not bool(going.any()):
            break
        row, at, height, slope, inverse, length = (part[going] for part in (row, at, height, slope, inverse, length))
    return ends.view(n, B, D), heights.nan_to_num(-math.inf, -math.inf).view(n, B)


def _height_and_slope(model: LatentModel, prior: Prior, x: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """log p(x, z), [N], and its gradient in z, [N, D]."""
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        height = log_joint(model, prior, x, z)
        (slope,) = torch.autograd.grad(height.sum(), z)
    return height.detach(), slope


def _updated(inverse: Tensor, step: Tensor, bend: Tensor, up: Tensor) -> Tensor:
    """The inverse of minus the Hessian after steps that were taken, by BFGS; as it was where the slope did not bend."""
    curvature = (step * bend).sum(-1)  # [N]
    used = up & (curvature > _FLAT * step.norm(dim=-1) * bend.norm(dim=-1))
    one = torch.where(used, 1 / curvature, 0)[:, None, None]
    turned = _times(inverse, bend)
    stretch = 1 + one[:, 0] * (bend * turned).sum(-1, keepdim=True)  # [N, 1]
    cross = step[:, :, None] * turned[:, None]
    return inverse + one * (stretch[..., None] * step[:, :, None] * step[:, None] - cross - cross.mT)


def _kept(found: Modes) -> Modes:
    """The modes of largest mass."""
    log_mass = found.log_mass()
    near = log_mass >= log_mass.amax(1, keepdim=True) - _WITHIN
    log_mass = torch.where(near, log_mass, -math.inf)
    top = log_mass.topk(min(MOST, int(near.sum(1).max())), 1)
    there = top.values > -math.inf
    row = torch.arange(len(log_mass), device=log_mass.device)[:, None]
    return Modes(
        found.z[row, top.indices],
        found.log_height[row, top.indices].masked_fill(~there, -math.inf),
        found.precision[row, top.indices],
        found.searches[row, top.indices].masked_fill(~there, 0),
        (1 - torch.exp(torch.logsumexp(top.values, 1) - torch.logsumexp(log_mass, 1))).clamp_min(0),
    )


def _distinct(
    model: LatentModel, prior: Prior, x: Tensor, ends: Tensor, heights: Tensor, starts: int, scale: Tensor
) -> Modes:
    """The ends of searches, [n, B, D], as modes: the highest, then the highest that lies apart from it, and so on.

    A lower mode may hold more mass, so that ends are looked at as long as the least precision would make them count.
    """
    images, searches = (torch.arange(size, device=x.device) for size in (len(x), len(ends)))
    half = 0.5 * ends.shape[-1]
    most = half * math.log(2 * math.pi / _LEAST_PRECISION) + scale.double().log().sum()
    left, largest = heights > -math.inf, torch.full((len(x),), -math.inf, dtype=torch.float64, device=x.device)
    found: list[tuple[Tensor, ...]] = []
    while len(found) < _LOOKED_AT:
        left = left & (heights.double() + most >= largest - _WITHIN)
        if not bool(left.any()):
            break
        highest = torch.where(left, heights, -math.inf).argmax(0)
        z, there = ends[highest, images], left.any(0)
        height = torch.where(there, heights[highest, images].double(), -math.inf)
        precision = _precision(model, prior, x, z, scale)
        log_mass = height + half * math.log(2 * math.pi) - 0.5 * torch.linalg.slogdet(precision)[1]
        away = torch.linalg.vector_norm(_times(torch.linalg.cholesky(precision).mT, (ends - z).double()), dim=-1)
        same = left & ((away < _SAME) | (searches[:, None] == highest))
        largest = torch.maximum(largest, log_mass)
        found.append((z.double(), height, precision, same[:starts].sum(0)))
        left = left & ~same
    return Modes(*(torch.stack(part, 1) for part in zip(*found, strict=True)), cut=torch.zeros_like(largest))


def _precision(model: LatentModel, prior: Prior, x: Tensor, z: Tensor, scale: Tensor) -> Tensor:
    """Minus the Hessian of log p(x, z) at z, [B, D] -> [B, D, D], float64, with no eigenvalue below the least.

    Eigenvalues are those in units of the prior's `scale`, [D].
    """
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        (slope,) = torch.autograd.grad(log_joint(model, prior, x, z).sum(), z, create_graph=True)
        rows = [torch.autograd.grad(slope[:, j].sum(), z, retain_graph=True)[0] for j in range(z.shape[1])]
    unit = scale.double()[:, None] * scale.double()
    hessian = torch.stack(rows, 1).double() * unit
    values, vectors = torch.linalg.eigh(-(hessian + hessian.mT).nan_to_num(0, 0, 0) / 2)
    return vectors * values.clamp_min(_LEAST_PRECISION)[:, None] @ vectors.mT / unit


def _times(matrix: Tensor, vectors: Tensor) -> Tensor:
    """A v, [B, D, D] and [..., B, D] -> [..., B, D]."""
    return torch.einsum("bij,...bj->...bi", matrix, vectors)
