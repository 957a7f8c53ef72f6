"""How good a model is on a data set: means over its images with their standard error, in nats per example."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from vae_core.gaussian import DiagonalNormal
from vae_core.marginal import importance_log_px
from vae_core.models import VAE
from vae_core.objectives import elbo

Estimator = Literal["elbo", "importance"]
_BATCH = 500


@dataclass(frozen=True)
class Figures:
    """Means over n examples, nats per example. `log_px` is the estimator's value, a lower bound in expectation.

    A standard error is that of the mean: the standard deviation over the examples / sqrt(n).
    """

    estimator: Estimator
    samples: int
    n: int
    log_px: float
    elbo: float
    rate: float
    distortion: float
    stderr: float  # of log_px
    rate_stderr: float
    distortion_stderr: float


@torch.inference_mode()
def evaluate(model: VAE, x: Tensor, estimator: Estimator, samples: int, generator: torch.Generator) -> Figures:
    """ELBO, rate and distortion of images x in the likelihood's support, [N, C, H, W], and an estimate of log p(x).

    `elbo` reports the bound with `samples` draws of z; `importance` the K-sample importance-weighted estimate
    (Burda et al. 2016, eq. 8). Raises ValueError for fewer than 2 images, samples below 1 or x outside the support.
    """
    if len(x) < 2:
        raise ValueError(f"there are {len(x)} images, expected at least 2 for a standard error")
    if samples < 1:
        raise ValueError(f"samples is {samples}, expected at least 1")
    rates, distortions, estimates = [], [], []
    for batch in batches(x):
        terms = elbo(model, batch, generator, K=samples if estimator == "elbo" else 1)
        importance = estimator == "importance"
        log_px = importance_log_px(model, batch, samples, generator) if importance else terms.elbo
        for total, part in zip((rates, distortions, estimates), (terms.rate, terms.distortion, log_px), strict=True):
            total.append(part.double())
    rate, distortion, log_px = torch.cat(rates), torch.cat(distortions), torch.cat(estimates)
    return Figures(
        estimator=estimator,
        samples=samples,
        n=len(x),
        log_px=log_px.mean().item(),
        elbo=-(rate + distortion).mean().item(),
        rate=rate.mean().item(),
        distortion=distortion.mean().item(),
        stderr=_stderr(log_px),
        rate_stderr=_stderr(rate),
        distortion_stderr=_stderr(distortion),
    )


def _stderr(values: Tensor) -> float:
    """Standard error of the mean."""
    return values.std().item() / math.sqrt(len(values))


@torch.inference_mode()
def encode_all(model: VAE, x: Tensor) -> DiagonalNormal:
    """q(z|x) of all images, [N, C, H, W] -> [N, D], in batches."""
    parts = [model.encode(batch) for batch in batches(x)]
    return DiagonalNormal(torch.cat([q.mu for q in parts]), torch.cat([q.logvar for q in parts]))


def batches(x: Tensor) -> Iterator[Tensor]:
    """The images in order, a few hundred at a time."""
    yield from x.split(_BATCH)
