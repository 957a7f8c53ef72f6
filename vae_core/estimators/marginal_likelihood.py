"""log p(x), the log of the mean of w: by samples of the prior, of the encoder or of a proposal made for x.

From the prior w = p(x|z), z ~ p(z); from the encoder w = p(x|z) p(z) / q(z|x), z ~ q(z|x); from a mixture made for this
x the same with r(z) in place of q. Two others are at hand: quadrature, and annealed importance sampling. Shapes:
samples first, then batch, [K, B]. Weights stay in log space, so that none underflows.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from vae_core.distributions.posteriors import Posterior
from vae_core.estimators.annealed_importance_sampling import annealed_log_weights
from vae_core.estimators.likelihood_matrix import pictures, require_finite
from vae_core.estimators.mixture_proposal import images_together, weigh_each
from vae_core.estimators.pareto import khat_threshold, pareto_khat
from vae_core.estimators.quadrature import integrate_each
from vae_core.models.vae import LatentModel

Method = Literal["quadrature", "mixture", "importance", "prior", "ais"]
Progress = Callable[[int, int], None]  # images that are done, and all of them

_CHUNK = 2_000_000  # pixels decoded at once
_ANNEALED = 8_000_000  # pixels of the chains that move together
_WEIGHTS = 8_000_000  # log weights held at once
_LATENTS = 50_000_000  # numbers in the samples of z held at once
_MOST_EXAMPLES = 500  # encoded at once


@dataclass(frozen=True, eq=False)
class LogMarginal:
    """Estimates of log p(x) and how far to trust them, one for each example, [B], float64; None has no meaning.

    `log_px` is in nats; from samples it is a lower bound in expectation (Burda et al. 2016, theorem 1). `stderr` is its
    Monte Carlo standard error in nats, sd(w) / (mean(w) sqrt(K)) by the delta method; for quadrature its own error,
    what further halvings and the decoder's rounding may change. `ess` = (sum w)^2 / sum w^2. `khat` is the Pareto k
    of the largest weights: above 0.7 neither the estimate nor its standard error can be trusted (Vehtari et al.
    2024), and not even below where mass of p(z|x) is out of the reach of the samples: no weight tells of it.
    `modes` counts the modes of p(z|x) that the mixture was made of; `single` is the share of p(z|x) at modes that at
    most one of the searches met: where it is large, others were probably met by none.
    """

    log_px: Tensor
    stderr: Tensor | None
    ess: Tensor | None
    khat: Tensor | None
    method: Method
    samples: int | None
    modes: Tensor | None = None
    single: Tensor | None = None

    @property
    def doubtful(self) -> Tensor:
        """Whether neither the estimate nor its error should be trusted, [B]: k above the threshold for this K."""
        if self.khat is None:
            return torch.zeros_like(self.log_px, dtype=torch.bool)
        return ~(self.khat <= khat_threshold(self.samples))


def log_marginal(
    model: LatentModel,
    x: Tensor,
    method: Method,
    samples: int | None = None,
    generator: torch.Generator | None = None,
    *,
    chunk: int = _WEIGHTS,
    progress: Progress | None = None,
) -> LogMarginal:
    """log p(x) of each example in x, [B, ...], nats, by `method`; `samples` are drawn by all but quadrature.

    "quadrature" integrates over z, in one or two dimensions, to about 0.001 nats. "mixture" draws z from a proposal
    made for each x and is the one to use beyond two dimensions (docs/estimators.md). "importance" draws z from q(z|x)
    and "prior" from p(z), whose samples are shared by the examples. "ais" anneals `samples` chains from the prior to
    the posterior. All that draw are below log p(x) in expectation (Burda et al. 2016, theorem 1). At most about `chunk`
    weights are held at once; `progress` is told how many images are done. "mixture" and "ais" take gradients, so that
    they do not work within torch.inference_mode. Raises ValueError if x lies outside the
    likelihood's support, if samples is below 1 or missing, if there is no generator for "mixture" or "ais", and for
    quadrature if the model has more than 2 latent dimensions.
    """
    require_finite(x)
    if method == "quadrature":
        log_px, error = integrate_each(model, x)
        return LogMarginal(log_px, error, None, None, method, None)
    if method not in get_args(Method):
        raise ValueError(f"method is {method!r}, expected one of {', '.join(map(repr, get_args(Method)))}")
    if samples is None or samples < 1:
        raise ValueError(f"samples is {samples}, expected at least 1")
    if generator is None and method in ("mixture", "ais"):
        raise ValueError(f"there is no generator, expected one for {method!r}")
    return _by_samples(model, x, method, samples, generator, chunk, progress)


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


def _by_samples(
    model: LatentModel,
    x: Tensor,
    method: Method,
    K: int,
    generator: torch.Generator | None,
    chunk: int,
    progress: Progress | None,
) -> LogMarginal:
    """The estimates of a few examples after those of others, so that no more weights are held than needed."""
    together = min(_MOST_EXAMPLES, max(1, chunk // K), max(1, _LATENTS // (K * model.latent_dim)))
    if method == "mixture":
        together = min(together, images_together(K, model.latent_dim, math.prod(model.event_shape)))
    if method == "ais":
        together = min(together, max(1, _ANNEALED // (K * math.prod(model.event_shape))))
    parts, done = [], 0
    for part in x.split(together):
        log_w, more = _weights(model, part, method, K, generator)
        parts.append(_estimates(log_w.double()) | more)
        done += len(part)
        if progress is not None:
            progress(done, len(x))
    fields = {name: _joined([part[name] for part in parts]) for name in parts[0]}
    return LogMarginal(**fields, method=method, samples=K)


def _weights(
    model: LatentModel, x: Tensor, method: Method, K: int, generator: torch.Generator | None
) -> tuple[Tensor, dict[str, Tensor]]:
    """K log weights of each example, [K, B], and what else the method found."""
    match method:
        case "mixture":
            found = weigh_each(model, x, K, generator)
            modes, single = zip(*((len(each.modes), each.single) for each in found), strict=True)
            more = {
                "modes": torch.tensor(modes, device=x.device),
                "single": torch.tensor(single, dtype=torch.float64, device=x.device),
            }
            return torch.stack([each.log_w for each in found], 1), more
        case "ais":
            return annealed_log_weights(model, x, K, generator), {}
        case "importance":
            return encoder_log_weights(model, x, K, generator)[1], {}
        case _:
            return prior_log_weights(model, x, K, generator)[1], {}


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
