"""Train a model of another family on pictures, black or white, and measure its exact log p(x) on the test pictures."""

import itertools
import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae_core import data
from vae_core.families import autoregressive, dbm, rbm, weights_file
from vae_core.families.weights_file import Model
from vae_core.io.atomic import new_folder, write_json
from vae_core.runs.checkpoint import versions

WEIGHTS, CARD = "weights.safetensors", "card.json"
BATCH = 100
_BOLTZMANN_RATE, _MADE_RATE = 0.1, 1e-3  # of the first step; the Boltzmann machines' falls to zero
_HIDDEN, _MIDDLE, _TOP = 16, 12, 8  # units, so few that the sum over their states is exact
_MADE_HIDDEN, _ANY_ORDER_HIDDEN = 500, 400  # with the others' weights below 3 MB in half precision
_AT_ONCE = 1000  # test pictures


def train_family(
    family: str,
    name: str,
    steps: int,
    out: Path,
    seed: int = 0,
    command: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Train on the pictures of a data set, binarised at one half, and write weights and card; returns the card.

    Raises ValueError for another family, fewer than one step, data that cannot be read, a folder that is there, or a
    training that blows up.
    """
    if family not in _TRAININGS:
        raise ValueError(f"the family is {family!r}, expected one of {', '.join(_TRAININGS)}")
    if steps < 1:
        raise ValueError(f"there are {steps} steps, expected at least 1")
    if out.exists():
        raise ValueError(f"{out} exists already: name a folder that does not")
    images, test = (pictures(name, split) for split in ("train", "test"))
    generator = torch.Generator().manual_seed(seed)
    begun = time.perf_counter()
    training = _TRAININGS[family](images, steps, generator)
    for done, model in enumerate(itertools.islice(training, steps), 1):  # noqa: B007 the last one is kept
        progress(done, steps)
    seconds = time.perf_counter() - begun
    with new_folder(out) as folder:
        weights_file.save(model, folder / WEIGHTS)
        kept = weights_file.load(folder / WEIGHTS)
        log_px = torch.cat([kept.log_prob(rows.double()) for rows in test.flatten(1).split(_AT_ONCE)])
        card = {
            "family": family,
            "data": name,
            "binarize": "threshold",
            "steps": steps,
            "seed": seed,
            "command": command,
            "seconds": round(seconds, 1),
            "parameters": weights_file.parameter_count(kept),
            "log_px": log_px.mean().item(),
            "stderr": log_px.std().item() / math.sqrt(len(log_px)),
            "exact": True,
            "n": len(log_px),
            **({} if isinstance(kept, autoregressive.MADE) else {"log_partition": kept.log_partition()}),
            "versions": versions(),
        }
        write_json(folder / CARD, card)
    return card


def pictures(name: str, split: str) -> Tensor:
    """The pictures of a split as zeros and ones, float32 [N, H, W]. Raises ValueError if they cannot be read."""
    images = data.binarize(data.load(name, split, download=True).images, "threshold", 0)
    if len(images) < 2:
        raise ValueError(f"{name} has {len(images)} {split} pictures, expected at least 2")
    rows = (images > 0).reshape(len(images), -1, images.shape[-1])
    return torch.from_numpy(rows.astype(np.float32))


def _biases(rows: Tensor) -> Tensor:
    """The log-odds of each pixel, where a model without other weights would begin, float64 [D]."""
    on = (rows.sum(0).double() + 1) / (len(rows) + 2)
    return torch.logit(on)


def _minibatches(rows: Tensor, generator: torch.Generator) -> Iterator[Tensor]:
    while True:
        for chosen in torch.randperm(len(rows), generator=generator).split(BATCH):
            yield rows[chosen].double()


def _train_rbm(images: Tensor, steps: int, generator: torch.Generator) -> Iterator[Model]:
    """Persistent contrastive divergence, one sweep a step of BATCH chains that begin at data."""
    rows = images.flatten(1)
    model = rbm.RBM(rbm.initial(rows.shape[1], _HIDDEN, generator, 0.1).W, _biases(rows), torch.zeros(_HIDDEN).double())
    chains = rows[torch.randperm(len(rows), generator=generator)[:BATCH]].double()
    for step, batch in enumerate(_minibatches(rows, generator)):
        gradient, chains = model.divergence_gradient(batch, chains, 1, generator)
        model = model.moved(gradient, _BOLTZMANN_RATE * max(0.0, 1 - step / steps))
        yield model


def _train_dbm(images: Tensor, steps: int, generator: torch.Generator) -> Iterator[Model]:
    """The exact gradient of each minibatch."""
    rows = images.flatten(1)
    model = dbm.initial(rows.shape[1], _MIDDLE, _TOP, generator, 0.1)
    model = dbm.DBM(model.W, model.U, _biases(rows), model.b, model.c)
    for step, batch in enumerate(_minibatches(rows, generator)):
        model = model.moved(model.exact_gradient(batch), _BOLTZMANN_RATE * max(0.0, 1 - step / steps))
        yield model


def _train_autoregressive(images: Tensor, steps: int, generator: torch.Generator) -> Iterator[Model]:
    """The conditionals row by row."""
    first = autoregressive.initial(images[0].numel(), _MADE_HIDDEN, generator)
    for step in autoregressive.train(first, images.flatten(1), generator, _MADE_RATE, BATCH):
        yield step.model


def _train_any_order(images: Tensor, steps: int, generator: torch.Generator) -> Iterator[Model]:
    """The conditionals in orders of every kind, a new one for each minibatch."""
    first = autoregressive.initial(images[0].numel(), _ANY_ORDER_HIDDEN, generator)
    order = partial(autoregressive.draw_order, *images.shape[1:])
    for step in autoregressive.train(first, images.flatten(1), generator, _MADE_RATE, BATCH, order):
        yield step.model


_TRAININGS: dict[str, Callable[[Tensor, int, torch.Generator], Iterator[Model]]] = {
    "rbm": _train_rbm,
    "dbm": _train_dbm,
    "autoregressive": _train_autoregressive,
    "autoregressive-any-order": _train_any_order,
}
