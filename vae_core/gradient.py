"""The gradient of an objective in every weight: by torch's tape, or written out where that is faster."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core import written
from vae_core.config import TrainConfig
from vae_core.iwae import dreg, iwae
from vae_core.models import VAE
from vae_core.objectives import Objective, autoencoder, beta_elbo, free_bits, kl_weight
from vae_core.total_correlation import beta_tcvae


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
ObjectiveOf = Callable[[VAE, Tensor, torch.Generator, TrainConfig, float | Tensor], Objective]

OBJECTIVES: dict[str, ObjectiveOf] = {
    "elbo": lambda model, x, rng, train, beta: beta_elbo(model, x, rng, train.samples, beta, train.kl),
    "beta": lambda model, x, rng, train, beta: beta_elbo(model, x, rng, train.samples, beta, train.kl),
    "free-bits": lambda model, x, rng, train, beta: free_bits(model, x, rng, train.free_bits, train.samples),
    "iwae": lambda model, x, rng, train, beta: iwae(model, x, rng, train.samples),
    "dreg": lambda model, x, rng, train, beta: dreg(model, x, rng, train.samples),
    "beta-tcvae": lambda model, x, rng, train, beta: beta_tcvae(model, x, rng, beta),
    "autoencoder": lambda model, x, rng, train, beta: autoencoder(model, x),
}


def gradient_of(model: VAE, train: TrainConfig) -> Gradient:
    """The faster of the two for this model and this objective, where the model is."""
    on_cpu = next(model.parameters()).device.type == "cpu"
    return by_hand(model, train) if on_cpu and written.knows(model.config, train) else by_tape(model, train)


def by_tape(model: VAE, train: TrainConfig) -> Gradient:
    """The gradient of any model and objective, by automatic differentiation."""
    parameters = list(model.parameters())
    objective = OBJECTIVES[train.objective]
    device = parameters[0].device.type
    # bfloat16 pays on a GPU's tensor cores; on a CPU without them it is many times slower.
    mixed_precision = torch.autocast(device, torch.bfloat16, enabled=device == "cuda")

    def gradient(x: Tensor, generator: torch.Generator, step: int) -> Terms:
        beta = kl_weight(train, step)
        with mixed_precision:
            found = objective(model, x, generator, train, beta)
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


def by_hand(model: VAE, train: TrainConfig) -> Gradient:
    """The gradient of a model that `written.knows`, with no tape."""
    way = written.many_samples if train.samples > 1 or train.objective in ("iwae", "dreg") else written.one_sample
    gradient = way(model, train)

    def terms(x: Tensor, generator: torch.Generator, step: int) -> Terms:
        beta = kl_weight(train, step)
        return Terms(*gradient(x, generator, beta), beta)

    return terms
