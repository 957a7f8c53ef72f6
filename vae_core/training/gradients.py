"""The gradient of an objective in every weight: by torch's tape, or written out where that is faster."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.config import TrainConfig
from vae_core.models.vae import VAE
from vae_core.objectives import OBJECTIVES, BatchMean, kl_weight
from vae_core.training import manual_backprop


@dataclass(frozen=True)
class Terms:
    """Means over one minibatch, nats per example, on the model's device, and the weight of the KL at this step."""

    loss: Tensor  # [], minus the objective
    rate: Tensor  # []
    distortion: Tensor  # []
    rate_per_dimension: Tensor | None  # [D], where the rate has such parts
    beta: float


# x [B, C, H, W] in the support, and the step, counted from 1; every parameter's gradient of the loss is set
Gradient = Callable[[Tensor, torch.Generator, int], Terms]


def gradient_of(model: VAE, train: TrainConfig, batch_mean: BatchMean = torch.mean) -> Gradient:
    """The faster of the two for this model and this objective, where the model is."""
    on_cpu = next(model.parameters()).device.type == "cpu"
    way = by_hand if on_cpu and manual_backprop.knows(model.config, train) else by_tape
    return way(model, train, batch_mean)


def by_tape(model: VAE, train: TrainConfig, batch_mean: BatchMean = torch.mean) -> Gradient:
    """The gradient of any model and objective, by automatic differentiation."""
    parameters = list(model.parameters())
    objective = OBJECTIVES[train.objective]
    device = parameters[0].device.type
    # bfloat16 pays on a GPU's tensor cores; on a CPU without them it is many times slower.
    mixed_precision = torch.autocast(device, torch.bfloat16, enabled=device == "cuda")

    def gradient(x: Tensor, generator: torch.Generator, step: int) -> Terms:
        beta = kl_weight(train, step)
        with mixed_precision:
            found = objective(model, x, generator, train, beta, batch_mean)
            loss = -found.value.mean()
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        for parameter in parameters:
            if parameter.grad is None:  # one that this objective does not use
                parameter.grad = torch.zeros_like(parameter)
        rate, distortion = found.rate.detach().mean(), found.distortion.detach().mean()
        return Terms(loss.detach(), rate, distortion, found.rate_per_dimension, beta)

    return gradient


def by_hand(model: VAE, train: TrainConfig, batch_mean: BatchMean = torch.mean) -> Gradient:
    """The gradient of a model that `written.knows`, with no tape."""
    way = (
        manual_backprop.many_samples
        if train.samples > 1 or train.objective in ("iwae", "dreg")
        else manual_backprop.one_sample
    )
    gradient = way(model, train, batch_mean)

    def terms(x: Tensor, generator: torch.Generator, step: int) -> Terms:
        beta = kl_weight(train, step)
        return Terms(*gradient(x, generator, beta), beta)

    return terms
