"""JAX: an epoch is one compiled program, a scan over its minibatches, on pictures that stay on the device."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
import torch
from jax import Array, lax
from torch import Tensor

from benchmarks.loops import BATCH, LR
from vae_core.architectures import Layer, layers
from vae_core.config import ModelConfig
from vae_core.models import build

Weights = list[tuple[Array, Array] | None]  # of each layer, None where it has none

_PLACES = ("NHWC", "HWIO", "NHWC")  # of pictures, kernels and pictures: the order that XLA is fastest with
_ORDER = {"linear": (1, 0), "conv": (2, 3, 1, 0), "conv_transpose": (2, 3, 0, 1)}  # from torch's weights to JAX's


def train(config: ModelConfig, images: Tensor, turns: Iterator[None]) -> None:
    pictures = jnp.asarray(images.permute(0, 2, 3, 1).numpy() // 255)  # [N, H, W, C]
    weights = _initial(config)
    optimizer = optax.adam(LR)
    state, key = optimizer.init(weights), jax.random.key(0)

    def step(carry: tuple, minibatch: tuple[Array, Array]) -> tuple[tuple, Array]:
        weights, state = carry
        indices, key = minibatch
        x = pictures[indices].astype(jnp.float32)
        loss, gradient = jax.value_and_grad(partial(_loss, config))(weights, x, key)
        updates, state = optimizer.update(gradient, state)
        return (optax.apply_updates(weights, updates), state), loss

    @partial(jax.jit, donate_argnums=(0, 1))
    def epoch(weights: Any, state: Any, key: Array) -> tuple:
        key, shuffle, noise = jax.random.split(key, 3)
        order = jax.random.permutation(shuffle, len(pictures)).reshape(-1, BATCH)
        (weights, state), losses = lax.scan(step, (weights, state), (order, jax.random.split(noise, len(order))))
        return weights, state, key, losses.mean()

    for _ in turns:
        weights, state, key, loss = epoch(weights, state, key)
        loss.block_until_ready()


def _loss(config: ModelConfig, weights: dict[str, Weights], x: Array, key: Array) -> Array:
    """-ELBO, the mean over the minibatch."""
    mu, logvar = jnp.split(_apply(layers(config, "encoder"), weights["encoder"], x), 2, axis=-1)
    z = mu + jnp.exp(0.5 * logvar) * jax.random.normal(key, mu.shape)
    a = _apply(layers(config, "decoder"), weights["decoder"], z).reshape(x.shape)
    distortion = optax.sigmoid_binary_cross_entropy(a, x).sum()
    rate = -0.5 * jnp.sum(1 + logvar - mu**2 - jnp.exp(logvar))
    return (distortion + rate) / len(x)


def _apply(program: list[Layer], weights: Weights, x: Array) -> Array:
    for layer, own in zip(program, weights, strict=True):
        match layer:
            case {"op": "linear"}:
                x = x @ own[0] + own[1]
            case {"op": "conv", "stride": s}:
                x = lax.conv_general_dilated(x, own[0], (s, s), "SAME", dimension_numbers=_PLACES) + own[1]
            case {"op": "conv_transpose", "stride": s}:
                x = lax.conv_transpose(x, own[0], (s, s), "SAME", dimension_numbers=_PLACES) + own[1]
            case {"op": "relu"}:
                x = jax.nn.relu(x)
            case {"op": "flatten"}:
                x = x.reshape(len(x), -1)
            case {"op": "reshape", "shape": (channels, height, width)}:
                x = x.reshape(len(x), height, width, channels)
    return x


def _initial(config: ModelConfig) -> dict[str, Weights]:
    """The weights that our own training begins with."""
    model = build(config, torch.Generator().manual_seed(0))

    def own(layer: Layer, module: torch.nn.Module) -> tuple[Array, Array] | None:
        if layer["op"] not in _ORDER:
            return None
        weight, bias = module.weight.detach().permute(_ORDER[layer["op"]]), module.bias.detach()
        return jnp.array(weight.numpy()), jnp.array(bias.numpy())

    parts = {"encoder": model.encoder, "decoder": model.decoder}
    return {part: [*map(own, layers(config, part), modules)] for part, modules in parts.items()}
