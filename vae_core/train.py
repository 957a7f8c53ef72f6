"""Training: `fit` yields a record now and then; it prints nothing and writes no file.

The images stay on the device, a step never waits for the host, and a record costs one small copy.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.adam import Adam
from vae_core.config import Binarize, RunConfig, TrainConfig
from vae_core.gradient import gradient_of
from vae_core.models import VAE


class TrainingFailed(RuntimeError):
    """Training had to stop; the message is one sentence for the user."""


@dataclass(frozen=True)
class Step:
    """What happened since the record before: means over those minibatches, nats per example."""

    step: int
    elbo: float
    rate: float
    distortion: float
    seconds: float  # since training began
    images_per_second: float  # since training began


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name, or the best: CUDA, then Apple, then CPU. Raises ValueError if it is not here."""
    cuda, apple = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda" if cuda else "mps" if apple else "cpu")
    here = ["cpu", *["mps"] * apple, *(f"cuda:{i}" for i in range(torch.cuda.device_count())), *["cuda"] * cuda]
    if name not in here:
        raise ValueError(f"device is {name!r}, expected 'auto' or one that this machine has: {', '.join(here)}")
    return torch.device(name)


def fit(model: VAE, images: Tensor, config: RunConfig, generator: torch.Generator, every: int = 100) -> Iterator[Step]:
    """Maximise the ELBO of `images` (uint8 [N, C, H, W], on the model's device) with Adam; yields a Step now and then.

    The generator decides the order of the images, their binarisation and the samples of z; it lives on the same
    device. The last record is that of the last step. Raises TrainingFailed when the loss is no longer finite.
    """
    train = config.train
    optimizer = Adam(model.parameters(), train.lr)
    minibatch = _loader(images, config.data.binarize, generator)
    gradient = gradient_of(model)
    terms: list[tuple[Tensor, Tensor]] = []  # rates and distortions since the last record
    began = time.perf_counter()
    for step, indices in enumerate(_index_batches(len(images), train, generator), start=1):
        terms.append(gradient(minibatch(indices), generator))
        optimizer.step()
        if step % every == 0 or step == train.steps:
            mean_rate, mean_distortion = (torch.cat(each).mean().item() for each in zip(*terms, strict=True))
            _require_finite(mean_rate + mean_distortion, step)
            seconds = time.perf_counter() - began
            images_per_second = step * train.batch_size / seconds
            yield Step(step, -mean_rate - mean_distortion, mean_rate, mean_distortion, seconds, images_per_second)
            terms.clear()


def _index_batches(count: int, train: TrainConfig, generator: torch.Generator) -> Iterator[Tensor]:
    """Index batches, all full: one permutation of the images after another, cut without a seam."""
    order = torch.empty(0, dtype=torch.int64, device=generator.device)
    for _ in range(train.steps):
        while len(order) < train.batch_size:
            order = torch.cat((order, torch.randperm(count, generator=generator, device=generator.device)))
        yield order[: train.batch_size]
        order = order[train.batch_size :]


def _loader(images: Tensor, binarize: Binarize, generator: torch.Generator) -> Callable[[Tensor], Tensor]:
    """A function from indices to float pictures, drawn anew at each call when the binarisation is dynamic."""
    if binarize == "threshold":
        white = images >= 128
        return lambda indices: white.index_select(0, indices).float()

    def minibatch(indices: Tensor) -> Tensor:
        x = images.index_select(0, indices).to(torch.float32).mul_(1 / 255)
        if binarize == "dynamic":  # one and a half times as fast as torch.bernoulli
            return (torch.rand(x.shape, generator=generator, device=x.device) < x).float()
        return x

    return minibatch


def _require_finite(loss: float, step: int) -> None:
    if not math.isfinite(loss):
        raise TrainingFailed(
            f"the loss is no longer a finite number at step {step}: try a smaller learning rate, "
            "or a larger sigma if it is fixed"
        )
