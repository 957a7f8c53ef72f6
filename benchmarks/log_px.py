"""log p(x) beyond two dimensions: what the proposal made for x finds, against everything that knows better.

    python -m benchmarks.log_px [--images N] [--model NAME ...] [--annealed N]

One thread. For every shipped model: time, errors and Pareto k of `mixture` on the first N test images; how far the
encoder's estimate with as many samples lies below it; where quadrature knows log p(x), how often it lies within 1.96
standard errors and the largest difference; on x drawn from the model, where an exact draw z of p(z|x) is known, the
mean and the largest log p(x, z) - log r(z) - log p(x), which is KL(p(z|x) || r) on average and huge at a mode that is
missed; with --annealed, annealed importance sampling on the first N images, and from both sides on as many x drawn from
the model, which takes minutes for one model and an hour for faces-16d.
"""

import argparse
import time
from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks import model_choice
from benchmarks.figures import Figure, at_least, at_most, table, told
from ui.runs.catalogue import Entry
from vae_core import data
from vae_core.estimators.annealed_importance_sampling import bidirectional
from vae_core.estimators.marginal_likelihood import log_marginal
from vae_core.estimators.mixture_proposal import weigh_each
from vae_core.models.vae import VAE
from vae_core.runs.checkpoint import load

SAMPLES = 5000
_IMAGES, _CHAINS, _TOGETHER = 12, 32, 25
_MANY = 300  # images from which on a share of them is held to its bar
_GAP = 0.1  # nats, within which both ends should lie
_SECONDS = {"conv": 2.0, "mlp": 1.0}


def measure(images: int = _IMAGES, models: list[str] | None = None, annealed: int = 0) -> Iterator[Figure]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for entry in model_choice.models():
            if models is None or entry.id in models:
                yield from _of(entry, images, annealed)
    finally:
        torch.set_num_threads(threads)


def _of(entry: Entry, images: int, annealed: int) -> Iterator[Figure]:
    config, model = entry.run.config, load(entry.run.path)
    test = data.load(config.data.name, "test").images[:images]
    x = torch.from_numpy(data.to_float(data.binarize(test, config.data.binarize, 0)))
    begun = time.perf_counter()
    found = log_marginal(model, x, "mixture", SAMPLES, _generator())
    seconds = (time.perf_counter() - begun) / len(x)
    yield at_most(
        f"mixture, {entry.id}, {len(x)} images, K = {SAMPLES}: one image", seconds, _SECONDS[config.model.arch], "s", 2
    )
    yield at_most("  standard error, median", found.stderr.median().item(), 0.02, "nats", 4)
    yield at_most("  standard error, 99th percentile", found.stderr.quantile(0.99).item(), 0.2, "nats", 4)
    yield at_most("  k above its threshold", 100 * found.doubtful.double().mean().item(), 1, "% of images", 1)
    yield told("  effective samples, smallest", f"{found.ess.min().item():.0f}")
    yield told("  modes, most", f"{found.modes.max().item():.0f}")
    encoder = log_marginal(model, x, "importance", SAMPLES, _generator())
    low = found.log_px - encoder.log_px
    yield told("  the encoder's estimate is low by, median", f"{low.median().item():.3f} nats")
    yield told("  the encoder's estimate is low by, most", f"{low.max().item():.2f} nats")
    unseen = ((low > 0.5) & ~encoder.doubtful).sum().item()
    yield told("  images on which it is 0.5 low and its k says nothing", f"{unseen:.0f}")
    if model.latent_dim <= 2:
        yield from _against_quadrature(model, x, found.log_px, found.stderr)
    yield from _own_draws(model, images)
    if annealed:
        yield from _annealed(model, x[:annealed])
        yield from _from_both_sides(model, annealed)


def _against_quadrature(model: VAE, x: Tensor, log_px: Tensor, stderr: Tensor) -> Iterator[Figure]:
    exact = log_marginal(model, x, "quadrature")
    off = log_px - exact.log_px
    within = (off.abs() <= 1.96 * torch.hypot(stderr, exact.stderr)).double().mean().item()
    what = "  within 1.96 standard errors of quadrature"
    yield at_least(what, 100 * within, 93, "%", 1) if len(x) >= _MANY else told(what, f"{100 * within:.1f} %")
    yield at_most("  largest difference from quadrature", off.abs().max().item(), 0.5, "nats", 4)


def _own_draws(model: VAE, images: int) -> Iterator[Figure]:
    """log p(x, z) - log r(z) - log p(x) at the exact posterior draw z."""
    generator, excess = _generator(), []
    z = model.prior().sample(images, generator)
    x = model.decode(z).sample(generator)
    log_joint = (model.decode(z).log_prob(x) + model.prior().log_prob(z)).double()
    for first in range(0, images, _TOGETHER):
        part = slice(first, first + _TOGETHER)
        for draws, z0, joint in zip(
            weigh_each(model, x[part], SAMPLES, generator), z[part], log_joint[part], strict=True
        ):
            log_r = draws.proposal.log_prob(z0.double()[None, None])[0, 0]
            excess.append((joint - log_r).item() - draws.log_px()[0])
    values = torch.tensor(excess)
    yield at_most(f"  {images} own x: mean excess at the exact draw", values.mean().item(), 0.7, "nats", 3)
    yield at_most("  own x: largest excess", values.max().item(), 5, "nats", 2)


def _annealed(model: VAE, x: Tensor) -> Iterator[Figure]:
    """Beyond 3 joint errors lie 27 of 10,000 by chance: as many as that and three standard deviations are allowed."""
    generator = _generator()
    parts = [log_marginal(model, part, "ais", _CHAINS, generator) for part in x.split(_TOGETHER)]
    mixture = log_marginal(model, x, "mixture", SAMPLES, _generator())
    log_px, stderr = (torch.cat([getattr(part, name) for part in parts]) for name in ("log_px", "stderr"))
    apart = ((log_px - mixture.log_px) / torch.hypot(stderr, mixture.stderr)).abs()
    chance = 0.0027 * len(x)
    beyond = (apart > 3).sum().item()
    yield at_most(f"  annealing, {len(x)} images: beyond 3 joint errors", beyond, chance + 3 * chance**0.5, "images", 0)
    yield told("  annealing: furthest from mixture", f"{apart.max().item():.1f} joint errors")
    yield told("  annealing: standard error, median", f"{stderr.median().item():.3f} nats")


def _from_both_sides(model: VAE, images: int) -> Iterator[Figure]:
    generator = _generator()
    sizes = [min(_TOGETHER, images - first) for first in range(0, images, _TOGETHER)]
    parts = [bidirectional(model, size, _CHAINS, generator, gap=_GAP) for size in sizes]
    x, lower, upper = (torch.cat([getattr(part, name) for part in parts]) for name in ("x", "lower", "upper"))
    own = log_marginal(model, x, "mixture", SAMPLES, _generator())
    gap = (upper - lower).abs()
    close = 100 * (gap <= _GAP).double().mean().item()
    yield at_least(f"  annealing from both sides, {images} own x: gap of at most {_GAP:g} nats", close, 95, "%", 0)
    yield told("  gap, median and largest", f"{gap.median().item():.3f}, {gap.max().item():.3f} nats")
    outside = torch.maximum(lower - own.log_px, own.log_px - upper)
    yield told("  mixture outside of the two ends by, most", f"{outside.max().item():.3f} nats")


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.log_px")
    parser.add_argument("--images", type=int, default=_IMAGES)
    parser.add_argument("--model", action="append")
    parser.add_argument("--annealed", type=int, default=0)
    options = parser.parse_args()
    print(table(list(measure(options.images, options.model, options.annealed))))


if __name__ == "__main__":
    main()
