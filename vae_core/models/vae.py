"""The VAE: encoder, decoder and prior all return distributions, q(z|x), p(x|z) and p(z)."""

import math
from typing import Protocol

import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.distributions.hierarchical import TwoLevelPosterior, TwoLevelPrior
from vae_core.distributions.likelihoods import Bernoulli, Gaussian, Likelihood, Observed
from vae_core.distributions.planar_flow import planar_flow
from vae_core.distributions.posteriors import Posterior, full_normal
from vae_core.distributions.priors import Prior, StandardNormal, VampPrior
from vae_core.layers import ACTIVATIONS
from vae_core.models.architectures import PSEUDO_INPUTS, Layer, layers, parts

_INITIAL_SIGMA = 0.2


class LatentModel(Protocol):
    """What estimators ask of a model: `VAE` has it, and so has `LinearGaussian`."""

    @property
    def latent_dim(self) -> int: ...

    @property
    def event_shape(self) -> tuple[int, ...]: ...

    def encode(self, x: Tensor) -> Posterior: ...

    def decode(self, z: Tensor) -> Observed: ...

    def prior(self) -> Prior: ...


class VAE(nn.Module):
    """A variational autoencoder (Kingma & Welling 2014); the configuration says which families q, p(x|z) and p(z) are.

    `log_sigma` is the log standard deviation of a Gaussian likelihood, None for a Bernoulli one. It is a parameter
    only when the configuration says "learned"; "optimal" is set by the trainer, a number stays fixed. With two levels z
    holds both, z1 first, and the decoder sees z1. A new model has random weights; `vae_core.load` reads trained ones.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        for part in parts(config):
            self.add_module(part, _sequential(layers(config, part)))
        self.log_sigma: Tensor | None = None
        if config.likelihood == "gaussian":
            fixed = isinstance(config.sigma, int | float)
            log_sigma = torch.tensor(math.log(config.sigma if fixed else _INITIAL_SIGMA))
            if config.sigma == "learned":
                self.log_sigma = nn.Parameter(log_sigma)
            else:
                del self.log_sigma
                self.register_buffer("log_sigma", log_sigma)
        if config.prior == "vamp":
            self.pseudo_inputs = nn.Parameter(torch.full((PSEUDO_INPUTS, *config.image_shape), 0.5))

    @property
    def latent_dim(self) -> int:
        """Numbers in z, of both levels where there are two."""
        return self.config.latent_dim + (self.config.top_dim or 0)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Channels, height and width of one picture."""
        return self.config.image_shape

    def encode(self, x: Tensor) -> Posterior:
        """q(z|x) for images in [0, 1], [B, C, H, W].

        Raises ValueError if x has another shape than the model's images.
        """
        if x.ndim != 4 or tuple(x.shape[1:]) != self.config.image_shape:
            raise ValueError(
                f"x has the shape {list(x.shape)}, expected [batch, {', '.join(map(str, self.config.image_shape))}]"
            )
        numbers, D = _precise(self.encoder(x)), self.config.latent_dim
        if self.config.posterior == "full":
            return full_normal(numbers, D)
        if self.config.posterior == "flow":
            return planar_flow(numbers, D)
        q = _diagonal(numbers)
        return q if self.config.top_dim is None else TwoLevelPosterior(q, self._q_above)

    def decode(self, z: Tensor) -> Likelihood:
        """p(x|z) for codes [..., D] -> pictures [..., C, H, W]. Raises ValueError if D is not the model's."""
        if z.ndim == 0 or z.shape[-1] != self.latent_dim:
            raise ValueError(f"z has the shape {list(z.shape)}, expected [..., {self.latent_dim}]")
        z = z[..., : self.config.latent_dim]
        a = _precise(self.decoder(z.reshape(-1, z.shape[-1]))).reshape(*z.shape[:-1], *self.config.image_shape)
        return Bernoulli(a) if self.log_sigma is None else Gaussian(a, self.log_sigma, self.config.mean)

    def prior(self) -> Prior:
        """p(z) over [..., D]: N(0, I), unless the configuration names a VampPrior or a second level."""
        weight = next(self.decoder.parameters())
        if self.config.prior == "vamp":
            return VampPrior(self.encode(self.pseudo_inputs.clamp(0, 1)))
        if self.config.top_dim is not None:
            return TwoLevelPrior(self._p_below, (self.config.latent_dim, self.config.top_dim), weight)
        return StandardNormal(self.config.latent_dim, weight.dtype, weight.device)

    def _q_above(self, z1: Tensor) -> DiagonalNormal:
        return _diagonal(_precise(self.top_encoder(z1)))

    def _p_below(self, z2: Tensor) -> DiagonalNormal:
        return _diagonal(_precise(self.top_decoder(z2)))


def build(config: ModelConfig, generator: torch.Generator) -> VAE:
    """A VAE with fresh weights: uniform with variance 1 / fan-in, biases zero (LeCun et al. 1998).

    The learned pictures of a VampPrior begin as noise, uniform on [0, 1].
    """
    model = VAE(config)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                bound = math.sqrt(3 / _fan_in(module))
                module.weight.uniform_(-bound, bound, generator=generator)
                module.bias.zero_()
        if config.prior == "vamp":
            model.pseudo_inputs.uniform_(generator=generator)
    return model


def _precise(numbers: Tensor) -> Tensor:
    """What a network gives in bfloat16 in single precision, for the densities made of it."""
    return numbers.float() if numbers.dtype == torch.bfloat16 else numbers


def _diagonal(numbers: Tensor) -> DiagonalNormal:
    return DiagonalNormal(*numbers.chunk(2, dim=-1))


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
        case {"op": name} if name in ACTIVATIONS:
            return getattr(nn, ACTIVATIONS[name].module)()
    raise ValueError(f"the layer {layer} has no known op")
