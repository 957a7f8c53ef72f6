"""The VAE: an encoder that returns q(z|x) and a decoder that returns p(x|z), both distributions."""

import math
from typing import Protocol

import torch
from torch import Tensor, nn

from vae_core.architectures import Layer, layers
from vae_core.config import ModelConfig
from vae_core.gaussian import DiagonalNormal
from vae_core.likelihoods import Bernoulli, Gaussian, Likelihood, Observed

_INITIAL_SIGMA = 0.2


class LatentModel(Protocol):
    """What estimators ask of a model with prior N(0, I): `VAE` has it, and so has `LinearGaussian`."""

    @property
    def latent_dim(self) -> int: ...

    @property
    def event_shape(self) -> tuple[int, ...]: ...

    def encode(self, x: Tensor) -> DiagonalNormal: ...

    def decode(self, z: Tensor) -> Observed: ...


class VAE(nn.Module):
    """A variational autoencoder (Kingma & Welling 2014) with prior N(0, I) over `latent_dim` numbers.

    `log_sigma` is the log standard deviation of a Gaussian likelihood, None for a Bernoulli one. It is a parameter
    only when the configuration says "learned"; "optimal" is set by the trainer, a number stays fixed.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = _sequential(layers(config, "encoder"))
        self.decoder = _sequential(layers(config, "decoder"))
        self.log_sigma: Tensor | None = None
        if config.likelihood == "gaussian":
            fixed = isinstance(config.sigma, int | float)
            log_sigma = torch.tensor(math.log(config.sigma if fixed else _INITIAL_SIGMA))
            if config.sigma == "learned":
                self.log_sigma = nn.Parameter(log_sigma)
            else:
                del self.log_sigma
                self.register_buffer("log_sigma", log_sigma)

    @property
    def latent_dim(self) -> int:
        return self.config.latent_dim

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Channels, height and width of one picture."""
        return self.config.image_shape

    def encode(self, x: Tensor) -> DiagonalNormal:
        """q(z|x) for images in [0, 1], [B, C, H, W] -> mu and logvar [B, D].

        Raises ValueError if x has another shape than the model's images.
        """
        if x.ndim != 4 or tuple(x.shape[1:]) != self.config.image_shape:
            raise ValueError(
                f"x has the shape {list(x.shape)}, expected [batch, {', '.join(map(str, self.config.image_shape))}]"
            )
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        return DiagonalNormal(mu, logvar)

    def decode(self, z: Tensor) -> Likelihood:
        """p(x|z) for codes [..., D] -> pictures [..., C, H, W]. Raises ValueError if D is not the model's."""
        if z.ndim == 0 or z.shape[-1] != self.config.latent_dim:
            raise ValueError(f"z has the shape {list(z.shape)}, expected [..., {self.config.latent_dim}]")
        a = self.decoder(z.reshape(-1, z.shape[-1])).reshape(*z.shape[:-1], *self.config.image_shape)
        return Bernoulli(a) if self.log_sigma is None else Gaussian(a, self.log_sigma)


def build(config: ModelConfig, generator: torch.Generator) -> VAE:
    """A VAE with fresh weights: uniform with variance 1 / fan-in, biases zero (LeCun et al. 1998)."""
    model = VAE(config)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                bound = math.sqrt(3 / _fan_in(module))
                module.weight.uniform_(-bound, bound, generator=generator)
                module.bias.zero_()
    return model


def _fan_in(module: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> float:
    """Numbers that are added up in one output of the module."""
    if isinstance(module, nn.ConvTranspose2d):
        return module.weight[:, 0].numel() / math.prod(module.stride)
    return module.weight[0].numel()


def _sequential(program: list[Layer]) -> nn.Sequential:
    return nn.Sequential(*map(_module, program))


def _module(layer: Layer) -> nn.Module:
    match layer:
        case {"op": "linear", "in": inputs, "out": outputs}:
            return nn.Linear(inputs, outputs)
        case {"op": "conv", "in": inputs, "out": outputs, "kernel": k, "stride": s, "padding": p}:
            return nn.Conv2d(inputs, outputs, k, s, p)
        case {"op": "conv_transpose", "in": inputs, "out": outputs, "kernel": k, "stride": s, "padding": p}:
            return nn.ConvTranspose2d(inputs, outputs, k, s, p)
        case {"op": "flatten"}:
            return nn.Flatten()
        case {"op": "reshape", "shape": shape}:
            return nn.Unflatten(1, tuple(shape))
        case {"op": "elu" | "relu" | "silu" | "tanh" as name}:
            return {"elu": nn.ELU, "relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}[name]()
    raise ValueError(f"the layer {layer} has no known op")
