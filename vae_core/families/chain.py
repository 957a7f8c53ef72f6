"""Chains of two strokes, a -> b -> a, on a joint law p(a, b): how fast they forget where they began, exactly.

Gibbs sampling of an RBM (visible, hidden) and of a DBM (odd layers, even layers), the walk of a GSN (data, corrupted
data) and the walk z -> x -> z of a VAE with its exact posterior are such chains: first b from p(b|a), then a from
p(a|b). Each is reversible. Its eigenvalues are rho_i^2, the squared singular values of p(a, b) / sqrt(p(a) p(b)). The
first is 1; the second, the squared maximal correlation of a and b, says how fast the slowest part of the memory fades
(Liu, Wong and Kong 1994, section 3).
"""

import math

import torch
from torch import Tensor

from vae_core.models.linear_gaussian import LinearGaussian


def squared_correlations(joint: Tensor) -> Tensor:
    """The eigenvalues of the chain on a table p(a, b) [A, B], falling from 1, [min(A, B)].

    The table need not sum to 1. Raises ValueError if it has a number below 0 or not finite, or holds no mass.
    """
    if joint.ndim != 2 or not (joint.isfinite().all() and (joint >= 0).all() and joint.sum() > 0):
        raise ValueError(
            f"the joint law is {list(joint.shape)}, expected [A, B] of finite numbers from 0 with some mass"
        )
    return squared_correlations_of_log(joint.double().log())


def squared_correlations_of_log(log_joint: Tensor) -> Tensor:
    """The same of log p(a, b), whose states may be too rare for their probability to be a number above 0."""
    log_a, log_b = log_joint.logsumexp(1), log_joint.logsumexp(0)
    there_a, there_b = log_a > -math.inf, log_b > -math.inf
    halves = 0.5 * log_a[there_a, None] + 0.5 * log_b[there_b]
    scaled = (log_joint[there_a][:, there_b] - halves).exp()
    tall = scaled if scaled.shape[0] >= scaled.shape[1] else scaled.T
    return torch.linalg.eigvalsh(tall.T @ tall).flip(0).clamp(0, 1)


def relaxation_time(joint: Tensor) -> float:
    """The sweeps a -> b -> a in which the slowest part of the memory fades by about e: 1 / (1 - rho^2), at least 1.

    Infinite where the chain never leaves a part of its states. Raises ValueError as `squared_correlations` does.
    """
    return time_of(squared_correlations(joint))


def time_of(squared: Tensor) -> float:
    """The relaxation time of a chain with these eigenvalues, which fall from 1."""
    slowest = squared[1].item() if len(squared) > 1 else 0.0
    return math.inf if slowest > 1 - 1e-14 else 1 / (1 - slowest)


def slowest_part(features: Tensor) -> tuple[float, float]:
    """The steps 1 / (1 - r) in which the slowest linear function seen in a chain's walks forgets, with its error.

    `features` [S, C, F] are F numbers of the state at S steps of C walks that begin at the chain's own law. Of all
    linear functions of them the one with the largest autocorrelation r after one step is found on half of the walks and
    measured on the others; the error is the standard error over these. Where the chain is reversible r is at most the
    second eigenvalue, so its relaxation time is at least this (Noe and Nueske 2013, the variational principle). Walks
    that are stuck in different places give numbers as large as their error, or infinite ones. Raises ValueError for
    fewer than 2 steps or 4 walks.
    """
    steps, walks, _ = features.shape
    if steps < 2 or walks < 4:
        raise ValueError(f"there are {steps} steps of {walks} walks, expected at least 2 of 4")
    centred = features.double() - features.double().mean((0, 1))
    half = walks // 2
    sought, measured = centred[:, :half], centred[:, half:]
    now, later = sought[:-1].flatten(0, 1), sought[1:].flatten(0, 1)
    here, lagged = now.T @ now + later.T @ later, now.T @ later
    sizes, axes = torch.linalg.eigh(here)
    there = sizes > 1e-9 * sizes[-1]
    if not there.any():
        return 1.0, 0.0
    white = axes[:, there] / sizes[there].sqrt()
    weights = white @ torch.linalg.eigh(white.T @ (lagged + lagged.T) @ white).eigenvectors[:, -1]
    values = measured @ weights
    products = (values[:-1] * values[1:]).sum(0)
    squares = 0.5 * (values[:-1].square() + values[1:].square()).sum(0)
    correlation = (products.sum() / squares.sum()).item()
    off = (products - correlation * squares) / squares.mean()
    error = (off.std() / math.sqrt(len(off))).item()
    if correlation >= 1:
        return math.inf, math.inf
    slowness = 1 / (1 - max(0.0, correlation))
    return slowness, error * slowness**2


def transition(joint: Tensor) -> Tensor:
    """P[a, a'] of one sweep a -> b -> a', [A, A], rows summing to 1; every a needs some mass."""
    b_given_a = joint / joint.sum(1, keepdim=True)
    a_given_b = (joint / joint.sum(0).clamp(min=torch.finfo(joint.dtype).tiny)).T
    return b_given_a @ a_given_b


def stationary(matrix: Tensor) -> Tensor:
    """The law that a transition matrix P[a, a'] leaves as it is, [A]: pi P = pi, summing to 1.

    By elimination without subtraction, so that small probabilities are exact too (Grassmann, Taksar and Heyman 1985).
    The states that are entered most are kept to the last. Raises ValueError if the chain has no single law.
    """
    order = matrix.sum(0).argsort(descending=True)
    P = matrix[order][:, order]
    for n in range(len(P) - 1, 0, -1):
        back = P[n, :n].sum()
        if not back > 0:
            raise ValueError(f"the chain does not come back from state {order[n]} to others: it has no single law")
        P[:n, n] /= back
        P[:n, :n] += P[:n, n, None] * P[n, :n]
    law = torch.zeros_like(P[0])
    law[0] = 1
    for n in range(1, len(P)):
        law[n] = law[:n] @ P[:n, n]
    return torch.empty_like(law).index_copy(0, order, law / law.sum())


def time_of_transition(matrix: Tensor) -> float:
    """The relaxation time of any chain P[a, a'], reversible or not: 1 / (1 - |second eigenvalue|), at least 1."""
    sizes = torch.linalg.eigvals(matrix).abs().sort(descending=True).values
    return time_of(sizes.clamp(max=1))


def linear_vae_relaxation_time(model: LinearGaussian) -> float:
    """The walk z -> x -> z of a linear-Gaussian model with its exact posterior: 1 + s^2 / sigma^2 sweeps.

    s is the largest singular value of W, since rho^2 = s^2 / (s^2 + sigma^2): the sharper the decoder, the slower.
    """
    s = torch.linalg.svdvals(model.W.double())[0].item()
    return 1 + (s / model.sigma) ** 2
