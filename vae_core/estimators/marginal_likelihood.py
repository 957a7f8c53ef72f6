"""log p(x), the log of the mean of w: by samples from the prior, by samples from the encoder, or by quadrature.

From the prior w = p(x|z), z ~ p(z); from the encoder w = p(x|z) p(z) / q(z|x), z ~ q(z|x). Shapes: samples first,
then batch, [K, B]. Weights stay in log space, so that none underflows.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from vae_core.distributions.posteriors import Posterior
from vae_core.estimators.likelihood_matrix import pictures, require_finite
from vae_core.estimators.quadrature import integrate_each
from vae_core.models.vae import LatentModel

Method = Literal["quadrature", "importance", "prior"]

_CHUNK = 2_000_000  # pixels decoded at once
_WEIGHTS = 8_000_000  # log weights held at once
_LATENTS = 50_000_000  # numbers in the samples of z held at once
_MOST_EXAMPLES = 500  # encoded at once
_FEWEST_FOR_KHAT = 25  # below, the Pareto distribution would be fitted to fewer than five weights
_DEEPEST_TAIL = 300.0  # nats that exp can span
_ALIKE = 1e-9  # nats between weights that differ by rounding


@dataclass(frozen=True, eq=False)
class LogMarginal:
    """Estimates of log p(x) and how far to trust them, one for each example, [B], float64; None has no meaning.

    `log_px` is in nats; from samples it is a lower bound in expectation (Burda et al. 2016, theorem 1). `stderr` is its
    Monte Carlo standard error in nats, sd(w) / (mean(w) sqrt(K)) by the delta method; for quadrature its own error,
    what further halvings and the decoder's rounding may change. `ess` = (sum w)^2 / sum w^2. `khat` is the Pareto k
    of the largest weights: above 0.7 neither the estimate nor its standard error can be trusted (Vehtari et al.
    2024).
    """

    log_px: Tensor
    stderr: Tensor | None
    ess: Tensor | None
    khat: Tensor | None
    method: Method
    samples: int | None


def log_marginal(
    model: LatentModel,
    x: Tensor,
    method: Method,
    samples: int | None = None,
    generator: torch.Generator | None = None,
    *,
    chunk: int = _WEIGHTS,
) -> LogMarginal:
    """log p(x) of each example in x, [B, ...], nats, by `method`; `samples` are drawn for "importance" and "prior".

    "quadrature" integrates over z, in one or two dimensions, to about 0.001 nats. "importance" draws z from q(z|x) and
    "prior" from p(z): both are below log p(x) in expectation (Burda et al. 2016, theorem 1). The prior's samples are
    shared by the examples. At most about `chunk` weights are held at once. Raises ValueError if x lies outside the
    likelihood's support, if samples is below 1, and for quadrature if the model has more than 2 latent dimensions.
    """
    require_finite(x)
    if method == "quadrature":
        log_px, error = integrate_each(model, x)
        return LogMarginal(log_px, error, None, None, method, None)
    if method not in ("importance", "prior"):
        raise ValueError(f"method is {method!r}, expected 'quadrature', 'importance' or 'prior'")
    if samples is None or samples < 1:
        raise ValueError(f"samples is {samples}, expected at least 1")
    return _by_samples(model, x, method, samples, generator, chunk)


def log_weights(model: LatentModel, x: Tensor, K: int, generator: torch.Generator | None = None) -> Tensor:
    """log w = log p(x|z) + log p(z) - log q(z|x) for K samples z ~ q(z|x), nats: [B, ...] -> [K, B].

    Raises ValueError if x lies outside the likelihood's support.
    """
    return encoder_log_weights(model, x, K, generator)[1]


def encoder_log_weights(
    model: LatentModel,
    x: Tensor,
    K: int,
    generator: torch.Generator | None = None,
    q: Posterior | None = None,
) -> tuple[Tensor, Tensor]:
    """K samples z ~ q(z|x), [K, B, D], and their log w, nats, [K, B]; pictures are decoded in chunks.

    `q` takes the place of the encoder's. Raises ValueError if x lies outside the likelihood's support.
    """
    q = model.encode(x) if q is None else q
    z, log_qz_x = q.draw(generator, K)
    chunk = max(1, _CHUNK // x.numel())
    log_px_z = torch.cat([model.decode(part).log_prob(x) for part in z.split(chunk)])
    return z, log_px_z + model.prior().log_prob(z) - log_qz_x


def prior_log_weights(
    model: LatentModel, x: Tensor, K: int, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """K samples z ~ p(z), [K, 1, D], shared by all x, and log w = log p(x|z), nats, float64, [K, B].

    Raises ValueError if x lies outside the likelihood's support.
    """
    z = model.prior().sample(K, generator)
    chunk = max(1, _CHUNK // math.prod(model.event_shape))
    return z[:, None], torch.cat([pictures(model, part).log_prob(x) for part in z.split(chunk)])


def log_mean_exp(log_w: Tensor) -> Tensor:
    """log of the mean of w over the samples, stable far below zero: [K, B] -> [B]."""
    return torch.logsumexp(log_w, dim=0) - math.log(len(log_w))


def importance_log_px(model: LatentModel, x: Tensor, K: int, generator: torch.Generator | None = None) -> Tensor:
    """K-sample importance-weighted estimate of log p(x), nats, [B]: in expectation a lower bound (Burda 2016, 8)."""
    return log_mean_exp(log_weights(model, x, K, generator))


def pareto_khat(log_w: Tensor) -> Tensor | None:
    """Pareto k of the largest of K weights, [K, B] -> [B], float64; None below 25 samples (Vehtari et al. 2024).

    A tail with index k to the power c has the index ck: weights too far apart for exp are fitted to a power of
    theirs. Weights that are all alike have no tail, and their k is 0.
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
    khat = torch.zeros_like(power)
    for i in (lowest_quarter > _ALIKE).nonzero()[:, 0].tolist():
        khat[i] = float(array_stats.psislw((-power[i] * below[:, i]).numpy())[1]) / power[i]
    return khat.to(log_w.device)


def _by_samples(
    model: LatentModel, x: Tensor, method: Method, K: int, generator: torch.Generator | None, chunk: int
) -> LogMarginal:
    """The estimates of a few examples after those of others, so that no more weights are held than needed."""
    draw = encoder_log_weights if method == "importance" else prior_log_weights
    together = min(_MOST_EXAMPLES, max(1, chunk // K), max(1, _LATENTS // (K * model.latent_dim)))
    parts = [_estimates(draw(model, part, K, generator)[1].double()) for part in x.split(together)]
    fields = {name: _joined([part[name] for part in parts]) for name in parts[0]}
    return LogMarginal(**fields, method=method, samples=K)


def _estimates(log_w: Tensor) -> dict[str, Tensor | None]:
    K = len(log_w)
    log_px = log_mean_exp(log_w)
    w = (log_w - log_px).exp()  # their mean is one
    return {
        "log_px": log_px,
        "stderr": w.std(0) / math.sqrt(K) if K > 1 else None,
        "ess": K**2 / w.square().sum(0),
        "khat": pareto_khat(log_w),
    }


def _joined(parts: list[Tensor | None]) -> Tensor | None:
    return None if parts[0] is None else torch.cat(parts)
