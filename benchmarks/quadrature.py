"""Exact log p(x) of the shipped models with two latent dimensions, against dense grids and the matrix-product floor.

What is compared runs in turns; medians are shown. A model is warm when its coarsest nodes and the map's lattice are
decoded. The reference is a dense grid on a box around the mass that the quadrature found, with a margin.
"""

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from benchmarks import model_choice
from benchmarks.figures import Figure, NotMeasured, at_least, at_most, median, told
from ui.runs.catalogue import Entry
from vae_core import data
from vae_core.distributions.gaussian import log_prior
from vae_core.estimators.likelihood_matrix import pictures
from vae_core.estimators.quadrature import first_lattice, integrate, integrate_each
from vae_core.models.vae import LatentModel
from vae_core.runs.checkpoint import load

TURNS = 5
_CHECKED, _MANY = 3, 1000  # images
_BOX = (torch.tensor([-6.0, -6.0]), torch.tensor([6.0, 6.0]))
_MAP = (torch.tensor([-4.0, -4.0]), torch.tensor([4.0, 4.0]))


@torch.inference_mode()
def measure() -> Iterator[Figure]:
    entries = [entry for entry in model_choice.models() if entry.run.config.model.latent_dim == 2]
    if not entries:
        raise NotMeasured("there is no model of two latent dimensions in models/")
    for entry in entries:
        model, x = load(entry.run.path), _images(entry)
        yield from _one_image(entry.id, model, x)
        yield from _many_images(entry.id, model, x)


def _one_image(name: str, model: LatentModel, x: Tensor) -> Iterator[Figure]:
    first, map_ = first_lattice(model, x), pictures(model, _grid(*_MAP, 128))
    errors = [_error(model, x[i : i + 1]) for i in range(_CHECKED)]
    yield at_most(f"quadrature, {name}, {_CHECKED} images: error against 800 x 800", max(errors), 1e-3, "nats", 6)

    def ours(i: int) -> None:
        _ = integrate(model, x[i : i + 1], first=first).log_px

    def with_map(i: int) -> None:
        ours(i)
        map_.log_prob(x[i : i + 1])

    for i in range(_CHECKED):
        ours(i)
    jobs = {"ours": ours, "map": with_map, "dense": lambda i: _dense(model, x[i : i + 1], *_BOX, 400)}
    rounds = [{job: _seconds(run, _CHECKED + turn) for job, run in jobs.items()} for turn in range(TURNS)]
    ratio = median([each["dense"] / each["ours"] for each in rounds])
    dense = median([each["dense"] for each in rounds])
    yield at_least(f"  times as fast as the dense 400 x 400 grid ({dense:.1f} s)", ratio, 10, "x")
    took = 1000 * median([each["map"] for each in rounds])
    yield at_most("  one new x with its map of 128 x 128, model warm", took, 300, "ms", 0)


def _many_images(name: str, model: LatentModel, x: Tensor) -> Iterator[Figure]:
    nodes = torch.rand((8000, x[0].numel()))
    images = x.flatten(1).T.contiguous()

    def floor(_: int) -> None:
        for _ in range(20):
            nodes @ images

    floor(0)
    rounds = [(_seconds(floor, 0), _seconds(lambda _: integrate_each(model, x), 0)) for _ in range(TURNS)]
    least, ours = (median(list(each)) for each in zip(*rounds, strict=True))
    yield told(f"  {_MANY} images", f"{ours:.1f} s, the matrix product of a 400 x 400 grid with them {least:.1f} s")
    yield at_most("  times the floor", median([took / bare for bare, took in rounds]), 2, "x", digits=2)


def _error(model: LatentModel, x: Tensor) -> float:
    """|log p(x) - dense|: the box holds every node with more than e^-30 of the mass, and a margin."""
    found = integrate(model, x)
    held = found.z[found.log_posterior()[:, 0] > -30].float()
    low, high = held.min(0).values, held.max(0).values
    margin = 0.05 * (high - low) + 0.1
    return (found.log_px - _dense(model, x, low - margin, high + margin, 800)).abs().item()


def _dense(model: LatentModel, x: Tensor, low: Tensor, high: Tensor, side: int) -> Tensor:
    """log p(x) by the midpoint rule on side x side cells, [B]: what one writes first, in rows to bound the memory."""
    rows = [
        pictures(model, z).log_prob(x) + log_prior(z.double())[:, None] for z in _grid(low, high, side).split(16_000)
    ]
    area = ((high - low) / side).double().log().sum()
    return torch.logsumexp(torch.cat(rows), 0) + area


def _grid(low: Tensor, high: Tensor, side: int) -> Tensor:
    steps = (torch.arange(side) + 0.5) / side
    return torch.cartesian_prod(*[a + (b - a) * steps for a, b in zip(low, high, strict=True)])


def _images(entry: Entry) -> Tensor:
    """The first test images in the likelihood's support."""
    config = entry.run.config.data
    images = data.load(config.name, "test").images[:_MANY]
    return torch.from_numpy(data.to_float(data.binarize(images, config.binarize, 0)))


def _seconds(run: Callable[[int], object], i: int) -> float:
    begun = time.perf_counter()
    run(i)
    return time.perf_counter() - begun
