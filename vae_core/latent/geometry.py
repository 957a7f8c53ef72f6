"""The decoder's own geometry: how far apart pictures are along a path of codes, and the shortest path between two.

The mean of p(x|z) maps codes to pictures, x = f(z). Its Jacobian J gives latent space the pull-back metric JᵀJ: a small
step dz changes the picture by ‖J dz‖ (Arvanitidis et al. 2018, eq. 3). Lengths are Euclidean distances of pictures.
A model is anything with `decode(z).mean`. Paths are [T, D], joined by straight lines.
"""

import functools
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import vmap

from vae_core.latent import interpolation
from vae_core.models.vae import LatentModel

# Gauss-Legendre nodes and weights on [0, 1], exact for polynomials up to degree 5.
_NODES = (0.5 - 0.15**0.5, 0.5, 0.5 + 0.15**0.5)
_WEIGHTS = (5 / 18, 8 / 18, 5 / 18)
_AT_ONCE = 20_000_000  # numbers in the Jacobians that are held at once
_MOST_STEPS = 100
_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-3, 1e-6, 1e6  # of a step, relative to the metric
_STRIDES = (0.25, 0.5, 1.0, 2.0, 4.0)  # shares of a step that are tried at once
_REFINED = 4  # points on a straight line for each frame, to find its speed

Mean = Callable[[Tensor], Tensor]  # [N, D] -> [N, P]


@dataclass(frozen=True, eq=False)
class Geodesic:
    """A shortest path among those near the one it began from, with how the search ended.

    `converged` says that another step could not lower the energy by more than the tolerance; `energies` are before the
    first step and after each, the sum of squared picture distances times the number of pieces, halved.
    """

    path: Tensor  # [T, D], at even distances between the pictures
    length: float
    straight_length: float  # of the straight line between the same codes
    energies: tuple[float, ...]
    converged: bool

    @property
    def steps(self) -> int:
        return len(self.energies) - 1


@functools.cache
def warm_up() -> None:
    """Load torch's forward-mode derivatives, about a second once in a process; otherwise the first path pays it."""
    zero = torch.zeros(1)
    with warnings.catch_warnings():  # torch loads them with its own torch.jit.script, which it has deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        vmap(lambda v: torch.func.jvp(torch.sin, (zero,), (v,))[1])(zero[None])


@torch.no_grad()
def metric(model: LatentModel, z: Tensor, *, chunk: int | None = None) -> Tensor:
    """JᵀJ of the decoder's mean at codes [..., D], `chunk` at a time: [..., D, D]. Raises ValueError as `decode`."""
    D = z.shape[-1]
    pixels = _mean(model)(z.reshape(-1, D)[:1]).shape[1]
    parts = z.reshape(-1, D).split(chunk or max(1, _AT_ONCE // (pixels * D)))
    return torch.cat([J.mT @ J for J in (_jacobian(_mean(model), part) for part in parts)]).reshape(*z.shape, D)


def log_volume(model: LatentModel, z: Tensor) -> Tensor:
    """log √det JᵀJ at codes [..., D], float64 [...]: how much the decoder stretches there, -inf where it is flat."""
    return 0.5 * torch.linalg.slogdet(metric(model, z).double()).logabsdet


@torch.no_grad()
def step_lengths(model: LatentModel, path: Tensor) -> Tensor:
    """∫‖J dz‖ along each piece of a path [T, D], float64 [T - 1]: how much the picture changes on the way."""
    return _speeds(model, path).sqrt() @ path.new_tensor(_WEIGHTS, dtype=torch.float64)


def curve_length(model: LatentModel, path: Tensor) -> float:
    """Length of a path [T, D] in the decoder's metric. Raises ValueError for fewer than 2 frames."""
    return step_lengths(model, path).sum().item()


@torch.no_grad()
def curve_energy(model: LatentModel, path: Tensor) -> float:
    """½ ∫‖J dz/dt‖² dt of a path [T, D] run in unit time, each piece as long: at least length² / 2, equal when even."""
    pieces = _speeds(model, path) @ path.new_tensor(_WEIGHTS, dtype=torch.float64)
    return 0.5 * len(pieces) * pieces.sum().item()


@torch.no_grad()
def geodesic(
    model: LatentModel, a: Tensor, b: Tensor, frames: int, tolerance: float = 1e-5, most_steps: int = _MOST_STEPS
) -> Geodesic:
    """The path of least energy between two codes [D] in the decoder's metric (Shao et al. 2018, algorithm 1).

    The energy of a curve of `frames` points is ½ (T-1) Σ‖f(z_{i+1}) - f(z_i)‖². Its inner points move from the straight
    line at even speed by damped Gauss-Newton steps, each as far as it helps, until the next one promises less than
    `tolerance` of the energy, or after `most_steps`. It is a local minimum, never longer than the straight line. Raises
    ValueError as `latent.linear` does, and where the decoder gives pictures that are not finite.
    """
    f, straight = _mean(model), interpolation.linear(a, b, frames)
    fine = interpolation.linear(a, b, _REFINED * (frames - 1) + 1)
    steps = step_lengths(model, fine)
    straight_length = steps.sum().item()
    path = interpolation.at_distances(fine, steps, frames) if straight_length > 0 else straight
    if not bool(f(path).isfinite().all()):
        raise ValueError("the decoder's pictures between these codes are not finite, expected another pair of codes")
    path, energies, converged = _relaxed(f, path, tolerance, most_steps)
    length = curve_length(model, path)
    if length > straight_length:  # by rounding, where the straight line is the shortest
        path, length = straight, straight_length
    return Geodesic(path, length, straight_length, tuple(energies), converged)


def _relaxed(f: Mean, path: Tensor, tolerance: float, most_steps: int) -> tuple[Tensor, list[float], bool]:
    """The path with its inner points moved to the least energy; the energies on the way; whether that converged."""
    energies, damping = [_energy(f, path[None]).item()], _DAMPING
    while len(energies) <= most_steps and len(path) > 2 and energies[-1] > 0:
        J, pull = _jacobian(f, path[1:-1]), -f(path).diff(n=2, dim=0)  # [T - 2, P, D], [T - 2, P]
        gradient = (J.mT @ pull[..., None])[..., 0].double()
        own, next_ = 2 * (J.mT @ J).double(), -(J[:-1].mT @ J[1:]).double()
        while damping <= _MOST_DAMPING:
            step = _solve(own, next_, gradient, damping)
            if 0.5 * (len(path) - 1) * (gradient * step).sum().item() <= tolerance * energies[-1]:
                return path, energies, damping <= _DAMPING
            tried = path.repeat(len(_STRIDES), 1, 1)
            tried[:, 1:-1] -= (path.new_tensor(_STRIDES, dtype=torch.float64)[:, None, None] * step).to(path)
            found = _energy(f, tried).nan_to_num(math.inf)
            if found.min().item() < energies[-1]:
                break
            damping *= 10
        else:
            return path, energies, False
        path, damping = tried[found.argmin()], max(damping / 10, _LEAST_DAMPING)
        energies.append(found.min().item())
    return path, energies, len(energies) <= most_steps


def _solve(own: Tensor, next_: Tensor, gradient: Tensor, damping: float) -> Tensor:
    """The step [n, D] from the block tridiagonal system, own [n, D, D] and next_ [n - 1, D, D], by block elimination.

    The damping stretches all directions of the metric a little, so that it slows short and long waves alike and holds
    still what the decoder does not see.
    """
    n, D = gradient.shape
    identity = torch.eye(D, dtype=own.dtype, device=own.device)
    scale = damping * own.diagonal(dim1=1, dim2=2).mean() / 2
    own, next_ = own + 2 * scale * identity, next_ - scale * identity
    factors, ahead, right = [], [], []
    for i in range(n):
        block, known = own[i], gradient[i]
        if i:
            block = block - next_[i - 1].mT @ ahead[-1]
            known = known - next_[i - 1].mT @ right[-1]
        factor = torch.linalg.cholesky_ex(block).L
        factors.append(factor)
        right.append(torch.cholesky_solve(known[:, None], factor)[:, 0])
        if i < n - 1:
            ahead.append(torch.cholesky_solve(next_[i], factor))
    step = [right[-1]]
    for i in range(n - 2, -1, -1):
        step.append(right[i] - ahead[i] @ step[-1])
    return torch.stack(step[::-1])


def _energy(f: Mean, paths: Tensor) -> Tensor:
    """½ (T-1) Σ‖f(z_{i+1}) - f(z_i)‖² of each path, [S, T, D] -> float64 [S]."""
    S, T, _ = paths.shape
    x = f(paths.flatten(0, 1)).reshape(S, T, -1)
    return 0.5 * (T - 1) * x.diff(dim=1).square().sum((1, 2), dtype=torch.float64)


def _speeds(model: LatentModel, path: Tensor) -> Tensor:
    """‖J dz‖² at the nodes of each piece, dz the whole piece: float64 [T - 1, 3]."""
    if path.ndim != 2 or len(path) < 2:
        raise ValueError(f"the path is {list(path.shape)}, expected [T, D] with at least 2 frames")
    t = path.new_tensor(_NODES)[:, None]
    way = path.diff(dim=0)[:, None]  # [T - 1, 1, D]
    z, v = path[:-1, None] + t * way, way.expand(-1, len(_NODES), -1)
    change = _along(_mean(model), z.flatten(0, 1), v.flatten(0, 1))
    return change.square().sum(1, dtype=torch.float64).reshape(-1, len(_NODES))


def _jacobian(f: Mean, z: Tensor) -> Tensor:
    """J of each row, [N, D] -> [N, P, D]: one forward pass for each dimension."""
    along = torch.eye(z.shape[1], dtype=z.dtype, device=z.device)[:, None].expand(-1, *z.shape)  # [D, N, D]
    return vmap(lambda v: _along(f, z, v), out_dims=-1)(along)


def _along(f: Mean, z: Tensor, v: Tensor) -> Tensor:
    """J v, by forward-mode derivatives: [N, D] -> [N, P]."""
    warm_up()
    return torch.func.jvp(f, (z,), (v,))[1]


def _mean(model: LatentModel) -> Mean:
    return lambda z: model.decode(z).mean.flatten(1)
