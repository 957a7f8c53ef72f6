"""The Pareto k of importance weights: how heavy the tail is that the largest of them come from (Vehtari et al. 2024).

It speaks of the draws that were made. Of mass of p(z|x) that no draw came near it says nothing.
"""

import math

from torch import Tensor, zeros_like

_FEWEST_FOR_KHAT = 25  # below, the Pareto distribution would be fitted to fewer than five weights
_DEEPEST_TAIL = 300.0  # nats that exp can span
_ALIKE = 1e-9  # nats between weights that differ by rounding


def pareto_khat(log_w: Tensor) -> Tensor | None:
    """Pareto k of the largest of K weights, [K, B] -> [B], float64; None below 25 samples (Vehtari et al. 2024).

    A tail with index k to the power c has the index ck: weights too far apart for exp are fitted to a power of
    theirs. Weights that are all alike have no tail, and their k is 0; not a number where a weight is none or all
    are 0.
    """
    K = len(log_w)
    if K < _FEWEST_FOR_KHAT:
        return None
    from arviz_stats.base import array_stats

    below = log_w.double().cpu()
    below = below - below.max(0).values
    tail = int(min(K / 5, 3 * math.sqrt(K)))  # as many weights as PSIS fits
    top = below.topk(tail + 1, dim=0).values
    depth, lowest_quarter = -top[-1], top[tail - int(tail / 4 + 0.5)] - top[-1]
    power = (_DEEPEST_TAIL / depth).clamp_max(1)
    khat = zeros_like(power)
    for i in (lowest_quarter > _ALIKE).nonzero()[:, 0].tolist():
        khat[i] = float(array_stats.psislw((-power[i] * below[:, i]).numpy())[1]) / power[i]
    sound = (log_w.max(0).values.abs() < math.inf) & ~log_w.isnan().any(0)
    return khat.masked_fill(~sound.cpu(), math.nan).to(log_w.device)


def khat_threshold(K: int) -> float:
    """The Pareto k up to which K weights give an estimate to be trusted: min(1 - 1 / log10 K, 0.7).

    Vehtari et al. 2024, section 3.2.4: fewer weights need a lighter tail.
    """
    return min(1 - 1 / math.log10(max(K, 10)), 0.7)
