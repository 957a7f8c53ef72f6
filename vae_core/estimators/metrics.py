"""How good a model is on a data set: means over its images with their standard errors, in nats per example."""

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from vae_core import data
from vae_core.config import RunConfig
from vae_core.device import in_double
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.estimators.marginal_likelihood import LogMarginal, Method, Progress, log_marginal
from vae_core.models.vae import VAE
from vae_core.objectives import elbo

Estimator = Literal["elbo", "mixture", "importance", "prior", "quadrature", "ais"]
ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)
DEFAULT_SAMPLES = {"elbo": 1, "mixture": 5000, "importance": 100, "prior": 10_000, "quadrature": None, "ais": 32}
LEVELS = 255  # steps from black to white
_BATCH = 500


@dataclass(frozen=True)
class Metrics:
    """Means over n examples, nats per example; None where a figure has no meaning for the estimator.

    `log_px` is the estimator's value, from samples a lower bound in expectation. `stderr` is its standard error as the
    mean over all images of this kind: the standard deviation over the examples / sqrt(n). `mc_stderr` is its standard
    error for just these images: what other samples would change, with the bias of the logarithm; for quadrature its
    numerical error. It is blind to mass of p(z|x) where no sample fell. `khat_high` is the share of images whose
    largest weights have a Pareto k above the threshold for so many samples (`pareto.khat_threshold`), whose estimates
    cannot be trusted; `ess` and `khat` are means over the images of (sum w)^2 / sum w^2 and of that k. For a mixture
    `modes` is the mean number of modes of p(z|x), and `single` the mean share of the weight at modes that only one
    search found.
    """

    estimator: Estimator
    samples: int | None
    n: int
    log_px: float
    elbo: float
    rate: float
    distortion: float
    stderr: float  # of log_px
    rate_stderr: float
    distortion_stderr: float
    mc_stderr: float | None = None
    ess: float | None = None
    khat: float | None = None
    khat_high: float | None = None
    modes: float | None = None
    single: float | None = None


def dequantized(images: Tensor, generator: torch.Generator) -> Tensor:
    """Bytes with uniform noise within each, float32, on the scale where white is 1: (byte + u - 1/2) / 255.

    Of a density p the mean log p of these, less P log 255, is at most the mean log of the probability that p gives to
    the bytes (Theis et al. 2016, section 3.1).
    """
    noise = torch.rand(images.shape, generator=generator, device=images.device)
    return (images.float() + noise - 0.5) / LEVELS


def bits_per_dim(log_px: float, pixels: int) -> float:
    """-log2 of the probability of a byte, a mean over the pixels, from log p of dequantised pictures, nats."""
    return (pixels * math.log(LEVELS) - log_px) / (pixels * math.log(2))


@torch.no_grad()
def evaluate(
    model: VAE,
    x: Tensor,
    estimator: Estimator,
    samples: int | None,
    generator: torch.Generator,
    progress: Progress | None = None,
) -> Metrics:
    """ELBO, rate and distortion of images x in the likelihood's support, [N, C, H, W], and an estimate of log p(x).

    All figures are means over the N images, nats per image. `elbo` reports the bound with `samples` draws of z; the
    other estimators are the methods of `log_marginal`, which tell `progress` how many images are done. Quadrature takes
    no samples. Raises ValueError for fewer than 2
    images, samples below 1 or x outside the support, and for quadrature with more than 2 latent dimensions.
    """
    if len(x) < 2:
        raise ValueError(f"there are {len(x)} images, expected at least 2 for a standard error")
    if samples is None:
        samples = DEFAULT_SAMPLES[estimator]
    if samples is not None and samples < 1:
        raise ValueError(f"samples is {samples}, expected at least 1")
    K = samples if estimator == "elbo" else 1
    terms = [elbo(model, batch, generator, K) for batch in batches(x)]
    rate = in_double(torch.cat([each.rate for each in terms]))
    distortion = in_double(torch.cat([each.distortion for each in terms]))
    if estimator == "elbo":
        log_px, reliability = -(rate + distortion), {}
    else:
        K = None if estimator == "quadrature" else samples
        found = log_marginal(model, x, estimator, K, generator, progress=progress)
        log_px, reliability = found.log_px, _reliability(found)
    return Metrics(
        estimator=estimator,
        samples=None if estimator == "quadrature" else samples,
        n=len(x),
        log_px=log_px.mean().item(),
        elbo=-(rate + distortion).mean().item(),
        rate=rate.mean().item(),
        distortion=distortion.mean().item(),
        stderr=_stderr(log_px),
        rate_stderr=_stderr(rate),
        distortion_stderr=_stderr(distortion),
        **reliability,
    )


def _reliability(found: LogMarginal) -> dict[str, float | None]:
    return {
        "mc_stderr": None if found.stderr is None else _monte_carlo_error(found.stderr, found.method),
        "khat_high": None if found.khat is None else found.doubtful.double().mean().item(),
        **{name: _mean(getattr(found, name)) for name in ("ess", "khat", "modes", "single")},
    }


def _mean(values: Tensor | None) -> float | None:
    return None if values is None else values.double().mean().item()


def _monte_carlo_error(stderr: Tensor, method: Method) -> float:
    """The error of the mean of log p(x) over these images, from the error of each, [N].

    Under `prior` all images share their samples, so the mean of the errors is the most that it can be; else they have
    samples of their own, and their errors average out. The logarithm of a mean of samples lies low by half its
    variance, in every image.
    """
    if method == "quadrature":
        return stderr.mean().item()
    spread = stderr.mean().item() if method == "prior" else stderr.norm().item() / len(stderr)
    return math.hypot(spread, 0.5 * stderr.square().mean().item())


def _stderr(values: Tensor) -> float:
    """Standard error of the mean."""
    return values.std().item() / math.sqrt(len(values))


@torch.inference_mode()
def encode_all(model: VAE, x: Tensor) -> DiagonalNormal:
    """q(z|x) of all images, [N, C, H, W] -> [N, D], in batches; others as the diagonal normal of their moments."""
    parts = [model.encode(batch).diagonal() for batch in batches(x)]
    return DiagonalNormal(torch.cat([q.mu for q in parts]), torch.cat([q.logvar for q in parts]))


def batches(x: Tensor) -> Iterator[Tensor]:
    """The images in order, a few hundred at a time."""
    yield from x.split(_BATCH)


def evaluation_images(
    images: data.ImageSet, config: RunConfig, seed: int, device: torch.device, limit: int | None = None
) -> Tensor:
    """Float images in the likelihood's support, binarised once by the seed if the run binarises."""
    if images.shape != config.model.image_shape:
        raise ValueError(
            f"{images.name} has images of shape {list(images.shape)}, expected {list(config.model.image_shape)}"
        )
    chosen = data.binarize(images.images[:limit], config.data.binarize, seed)
    return torch.from_numpy(data.to_float(chosen)).to(device)


def with_conventions(figures: Metrics, images: data.ImageSet, config: RunConfig, seed: int) -> dict[str, Any]:
    """Figures with the data and the conventions behind them. Raises ValueError if any is not a finite number."""
    values = dataclasses.asdict(figures)
    if not all(math.isfinite(value) for value in values.values() if isinstance(value, float)):
        raise ValueError(f"the figures of this model on {images.name} are not finite numbers: its weights are unusable")
    return values | {"data": images.name, "split": images.split, "binarize": config.data.binarize, "seed": seed}


def generator(seed: int, device: torch.device) -> torch.Generator:
    return torch.Generator(device).manual_seed(seed)
