"""Gradients of an objective in all weights: by autograd, or by manual backpropagation where that is faster."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.config import TrainConfig
from vae_core.models.vae import VAE
from vae_core.objectives import OBJECTIVES, BatchMean, kl_weight
from vae_core.training import manual_backprop


@dataclass(frozen=True)
class LossTerms:
    """Means over one minibatch, nats per example, on the model's device, and the weight of the KL at this step."""

    loss: Tensor  # [], minus the objective
    rate: Tensor  # []
    distortion: Tensor  # []
    rate_per_dimension: Tensor | None  # [D], where the rate has such parts
    beta: float


# x [B, C, H, W] in the support, and the step, counted from 1; every parameter's gradient of the loss is set
Gradient = Callable[[Tensor, torch.Generator, int], LossTerms]


def gradient_of(model: VAE, train: TrainConfig, batch_mean: BatchMean = torch.mean) -> Gradient:
    """Choose the faster gradient for this model, on its device, and this objective."""
    on_cpu = next(model.parameters()).device.type == "cpu"
    way = manual if on_cpu and manual_backprop.supports(model.config, train) else autograd
    return way(model, train, batch_mean)


def autograd(model: VAE, train: TrainConfig, batch_mean: BatchMean = torch.mean) -> Gradient:
    """Build the gradient of any model and objective by automatic differentiation."""
    parameters = list(model.parameters())
    objective = OBJECTIVES[train.objective]
    device = parameters[0].device.type
    # bfloat16 pays on a GPU's tensor cores; on a CPU without them it is many times slower.
    mixed_precision = torch.autocast(device, torch.bfloat16, enabled=device == "cuda")

    def gradient(x: Tensor, generator: torch.Generator, step: int) -> LossTerms:
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
        return LossTerms(loss.detach(), rate, distortion, found.rate_per_dimension, beta)

    return gradient


def manual(model: VAE, train: TrainConfig, batch_mean: BatchMean = torch.mean) -> Gradient:
    """Build the gradient of a model that `manual_backprop.supports`, without autograd."""
    way = (
        manual_backprop.many_samples
        if train.samples > 1 or train.objective in ("iwae", "dreg")
        else manual_backprop.one_sample
    )
    gradient = way(model, train, batch_mean)

    def terms(x: Tensor, generator: torch.Generator, step: int) -> LossTerms:
        beta = kl_weight(train, step)
        return LossTerms(*gradient(x, generator, beta), beta)

    return terms
