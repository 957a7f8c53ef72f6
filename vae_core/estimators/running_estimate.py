"""A race to log p(x): how an estimate from weighted samples moves as samples come in, and how often it arrives."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.estimators.binomial import share_stderr

STEP_BY_STEP = 50  # every n is kept up to here, then about as many as a curve needs
FEWEST_EFFECTIVE = 10  # samples, below which a few weights decide and their spread says nothing of the error
_LATER = 200
_MOST_AT_ONCE = 1_000_000  # weights in memory


@dataclass(frozen=True)
class Running:
    """The estimate of log p(x) after n samples, for M growing n: `n` is an integer [M], all else float64 [M].

    `stderr` is that of the mean weight relative to the mean weight, which to first order is that of `log_px` in nats
    (the delta method). `low` and `high` are the logs of mean weight - and + one standard error, so the band is wider
    below. `low` is -inf where the standard error is as large as the mean. One sample has no standard error: there
    `stderr` is inf, `low` -inf and `high` inf.
    """

    n: Tensor
    log_px: Tensor  # log of the mean weight
    stderr: Tensor
    low: Tensor
    high: Tensor
    ess: Tensor  # (sum w)^2 / sum w^2, from 1 to n
    largest_share: Tensor  # of one weight in their sum


@dataclass(frozen=True)
class Success:
    """The share of races that reach at least half the truth after each n, [M], and its standard error, never zero."""

    n: Tensor
    share: Tensor
    stderr: Tensor
    races: int


def running(log_w: Tensor) -> Running:
    """The race of one sequence of log weights, nats, [K], at each n up to 50 and about 200 larger n up to K; O(K).

    Raises ValueError unless there is at least one weight and all log weights are finite.
    """
    if log_w.ndim != 1 or len(log_w) == 0:
        raise ValueError(f"log_w has the shape {list(log_w.shape)}, expected [K] with at least one weight")
    if not bool(log_w.isfinite().all()):
        raise ValueError("log_w holds values that are not finite numbers, expected log weights in nats")
    log_w = log_w.detach().double().cpu()
    n, top = milestones(len(log_w)), log_w.max()
    log_w = log_w - top  # sums near zero keep more digits
    log_sum, log_squares = (torch.logcumsumexp(k * log_w, 0)[n - 1] for k in (1, 2))
    largest = log_w.cummax(0).values[n - 1]
    log_px = top + log_sum - n.double().log()
    ess = torch.exp(2 * log_sum - log_squares).clamp(min=1).minimum(n)
    stderr = relative_stderr(ess, n)
    return Running(
        n=n,
        log_px=log_px,
        stderr=stderr,
        low=log_px + torch.log1p(-stderr.clamp(max=1)),
        high=log_px + torch.log1p(stderr),
        ess=ess,
        largest_share=torch.exp(largest - log_sum).clamp(max=1),
    )


def milestones(K: int) -> Tensor:
    """The n at which a race of K samples is shown: 1 to 50 one by one, then evenly in log n up to K, int64 [M]."""
    first = torch.arange(1, min(K, STEP_BY_STEP) + 1)
    if K <= STEP_BY_STEP:
        return first
    later = torch.logspace(math.log10(STEP_BY_STEP), math.log10(K), _LATER + 1, dtype=torch.float64)
    return torch.unique(torch.cat((first, later.round().long().clamp(max=K))))


def relative_stderr(ess: Tensor, n: Tensor) -> Tensor:
    """Standard error of the mean of n weights over that mean, from their effective sample size: inf for n = 1.

    The sample variance of the weights over their squared mean is (n / ess - 1) n / (n - 1).
    """
    spread = ((n / ess - 1).clamp(min=0) / (n - 1).clamp(min=1)).sqrt()
    return torch.where(n == 1, math.inf, spread)


def success(
    draw: Callable[[int, torch.Generator], Tensor],
    log_px: float,
    n: Sequence[int],
    races: int,
    generator: torch.Generator,
    *,
    chunk: int = _MOST_AT_ONCE,
) -> Success:
    """How often the mean of n independent weights is at least p(x) / 2, over repeated races.

    `draw(K, generator)` gives K independent log weights, [K]; at most about `chunk` are held at once. One race is read
    at every n, so the shares of different n come from the same draws. Raises ValueError for n or races below 1.
    """
    counts = sorted(set(n))
    if not counts or counts[0] < 1 or races < 1:
        raise ValueError(f"n is {list(n)} and races is {races}, expected whole numbers of at least 1")
    won = torch.zeros(len(counts), dtype=torch.float64)
    at_once = max(1, chunk // counts[-1])
    for start in range(0, races, at_once):
        here = min(at_once, races - start)
        log_sum = torch.full((here,), -math.inf, dtype=torch.float64)
        for i, (past, upto) in enumerate(zip([0, *counts], counts, strict=False)):
            for size in _pieces(upto - past, max(1, chunk // here)):
                log_w = draw(here * size, generator).double().reshape(here, size)
                log_sum = torch.logaddexp(log_sum, torch.logsumexp(log_w, 1))
            won[i] += int((log_sum - math.log(upto) >= log_px - math.log(2)).sum())
    share = won / races
    return Success(torch.tensor(counts), share, share_stderr(share, races), races)


def _pieces(total: int, most: int) -> list[int]:
    """`total` as a sum of parts of at most `most`."""
    return [min(most, total - done) for done in range(0, total, most)]
