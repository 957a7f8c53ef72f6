"""Training: steps of Adam on minibatches, whose whole state can be written down and taken up again bit by bit.

`fit` yields a record now and then; nothing here prints or writes a file. The images stay on the device, a step never
waits for the host, and a record costs one small copy.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_core.config import INACTIVE_RATE, Binarize, RunConfig
from vae_core.device import in_double
from vae_core.distributed import SINGLE_PROCESS, Group
from vae_core.models.vae import VAE
from vae_core.objectives import kl_weight
from vae_core.training.adam import Adam
from vae_core.training.gradients import LossTerms, gradient_of


class TrainingFailed(RuntimeError):
    """Training had to stop; the message is one sentence for the user."""


@dataclass(frozen=True)
class TrainRecord:
    """Means over the minibatches since the previous record, in nats per example."""

    step: int
    seconds: float  # spent in steps since training began
    images_per_second: float
    loss: float  # of the objective that is minimised
    elbo: float
    rate: float
    distortion: float
    rate_per_dimension: tuple[float, ...] | None  # None where the rate has no parts
    active_units: int | None  # dimensions with a rate above INACTIVE_RATE, 0.01 nats
    grad_norm: float  # of the last minibatch, over all weights
    lr: float
    beta: float  # weight of the KL in the last step


def require_usable(images: Tensor, binarize: Binarize) -> None:
    """Raises ValueError with one sentence unless images are uint8 [N, C, H, W], at least 2, that differ somewhere."""
    if images.dtype != torch.uint8 or images.ndim != 4:
        kind = f"{str(images.dtype).removeprefix('torch.')} {list(images.shape)}"
        raise ValueError(f"the training images are {kind}, expected uint8 [N, C, H, W] from 0 to 255")
    if len(images) < 2:
        raise ValueError(f"there are {len(images)} training images, expected at least 2")
    low, high = (extreme.item() for extreme in torch.aminmax(images))
    if low == high:
        raise ValueError(f"all values of the training images are {low}, expected pictures that differ")
    if binarize == "threshold" and (low >= 128 or high < 128):
        colour = "white" if low >= 128 else "black"
        raise ValueError(
            f"every pixel of the training images is {colour} at the threshold: choose dynamic binarisation"
        )


def fit(
    model: VAE, images: Tensor, config: RunConfig, generator: torch.Generator, every: int = 100
) -> Iterator[TrainRecord]:
    """Minimise the objective on `images`, uint8 [N, C, H, W] on the model's device; yields a record each `every` steps.

    The generator decides the order of the images, their binarisation and the samples of z; it lives on the same device.
    A record gives the ELBO, the rate and the distortion in nats per image, as means over `every` steps; the last one is
    that of the last step. The model is changed in place. Raises ValueError for images that cannot be used,
    TrainingFailed when the loss or the gradient is no longer finite.
    """
    training = Training(model, images, config, generator)
    while training.step < config.train.steps:
        training.advance(min((training.step // every + 1) * every, config.train.steps))
        yield training.record()


class Training:
    """A training between two steps: all that the next step depends on, and what was measured since the last record.

    Of several processes in a `group` each takes its rows of the same minibatch, with the same random numbers.
    """

    def __init__(
        self, model: VAE, images: Tensor, config: RunConfig, generator: torch.Generator, group: Group = SINGLE_PROCESS
    ) -> None:
        require_usable(images, config.data.binarize)
        self.model, self.config, self.generator, self.group = model, config, generator, group
        self.step, self.seconds = 0, 0.0
        self._count = len(images)
        self._optimizer = Adam(model.parameters(), config.train.lr)
        self._minibatch = loader(images, config.data.binarize, generator)
        self._gradient = gradient_of(model, config.train, group.batch_mean)
        self._order = torch.empty(0, dtype=torch.int64, device=generator.device)
        self._measured: list[Tensor] = []  # a row a step: loss, distortion, rate in all or of each dimension
        self._recorded = (0, 0.0)  # step and seconds of the last record

    def advance(self, to: int, seconds: float = math.inf) -> None:
        """Take steps up to step `to`, or for so many seconds."""
        began = time.perf_counter()
        end = began + seconds
        batch, group = self.config.train.batch_size, self.group
        rows = group.rows(batch)
        with group.shared_noise(batch):
            while self.step < to:
                x = self._minibatch(self._next_indices(batch))[rows]
                self.step += 1
                terms = self._gradient(x, self.generator, self.step)
                if group.size > 1:
                    group.average([parameter.grad for parameter in self._optimizer.parameters], batch)
                self._optimizer.step()
                self._measured.append(_row(terms))
                if time.perf_counter() > end:
                    break
        self.seconds += time.perf_counter() - began

    def record(self) -> TrainRecord:
        """Means of the steps since the last record. Raises TrainingFailed unless all numbers are finite."""
        began = time.perf_counter()
        train, (before, seconds_before) = self.config.train, self._recorded
        measured = self.group.mean(in_double(torch.stack(self._measured)).mean(0), train.batch_size)
        gradients = [parameter.grad for parameter in self._optimizer.parameters]
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        *means, grad_norm = torch.cat((measured, in_double(norm).view(1))).tolist()
        loss, distortion, *rates = means
        self._require_finite(loss + distortion + sum(rates), grad_norm)
        self._measured.clear()
        self.seconds += time.perf_counter() - began
        self._recorded = (self.step, self.seconds)
        taken, elapsed = self.step - before, self.seconds - seconds_before
        per_dimension = tuple(rates) if self.model.config.plain else None
        return TrainRecord(
            step=self.step,
            seconds=self.seconds,
            images_per_second=taken * train.batch_size / elapsed,
            loss=loss,
            elbo=-sum(rates) - distortion,
            rate=sum(rates),
            distortion=distortion,
            rate_per_dimension=per_dimension,
            active_units=None if per_dimension is None else informative(per_dimension),
            grad_norm=grad_norm,
            lr=train.lr,
            beta=kl_weight(train, self.step),
        )

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that the coming steps depend on beside the weights, as tensors and as plain values."""
        optimizer = self._optimizer
        tensors = {f"mean.{i}": tensor for i, tensor in enumerate(optimizer.means)}
        tensors |= {f"square.{i}": tensor for i, tensor in enumerate(optimizer.squares)}
        tensors |= {f"step.{i}": tensor for i, tensor in enumerate(optimizer.steps)}
        tensors |= {"order": self._order, "generator": self.generator.get_state()}
        if self._measured:
            tensors["measured"] = torch.stack(self._measured)
        return tensors, {"step": self.step, "seconds": self.seconds, "recorded": list(self._recorded)}

    def restore(self, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
        """Take up what `state` wrote down; the weights are the model's own. Raises ValueError if it does not fit."""
        optimizer = self._optimizer
        try:
            with torch.inference_mode():
                for kind, kept in (("mean", optimizer.means), ("square", optimizer.squares), ("step", optimizer.steps)):
                    for i, tensor in enumerate(kept):
                        tensor.copy_(tensors[f"{kind}.{i}"])
            self._order = tensors["order"].to(self.generator.device)
            self.generator.set_state(tensors["generator"])
            self._measured = list(tensors["measured"].to(self._order.device)) if "measured" in tensors else []
            self.step, self.seconds = int(values["step"]), float(values["seconds"])
            self._recorded = (int(values["recorded"][0]), float(values["recorded"][1]))
        except (KeyError, IndexError, RuntimeError, TypeError) as error:
            raise ValueError(f"the state of this training does not fit its model: {error}") from None

    @property
    def measured(self) -> bool:
        """Whether steps were taken since the last record."""
        return bool(self._measured)

    def _next_indices(self, batch: int) -> Tensor:
        """The images of the next minibatch, always full: one permutation after another, cut without a seam."""
        while len(self._order) < batch:
            device = self.generator.device
            self._order = torch.cat((self._order, torch.randperm(self._count, generator=self.generator, device=device)))
        indices, self._order = self._order[:batch], self._order[batch:]
        return indices

    def _require_finite(self, loss: float, grad_norm: float) -> None:
        if math.isfinite(loss) and math.isfinite(grad_norm):
            return
        what = "gradient" if math.isfinite(loss) else "loss"
        raise TrainingFailed(
            f"the {what} is no longer a finite number at step {self.step}: try a smaller learning rate, "
            "or a larger sigma if it is fixed"
        )


def informative(rates: Sequence[float]) -> int:
    """Count the active units of a record: dimensions with a rate above INACTIVE_RATE, in training and on test images.

    The model card counts them by the variance of the means, as `vae_core.latent.aggregate_posterior.dimensions` does.
    """
    return sum(rate > INACTIVE_RATE for rate in rates)


def _row(terms: LossTerms) -> Tensor:
    """Loss, distortion and rates of one minibatch in one tensor, [2 + D] or [3]."""
    rates = terms.rate.view(1) if terms.rate_per_dimension is None else terms.rate_per_dimension
    return torch.cat((terms.loss.view(1), terms.distortion.view(1), rates))


def loader(images: Tensor, binarize: Binarize, generator: torch.Generator) -> Callable[[Tensor], Tensor]:
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
