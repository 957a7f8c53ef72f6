"""JAX: an epoch is one compiled program, a scan over its minibatches, on pictures that stay on the device.

Perceptrons only: XLA's gradient of a transposed convolution on a CPU takes many times as long as torch's.
"""

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import optax
import torch
from jax import Array, lax
from torch import Tensor, nn

from benchmarks.loops import BATCH, LR
from vae_core.config import ModelConfig
from vae_core.models.vae import build

Weights = list[tuple[Array, Array]]  # matrix [in, out] and bias of each linear layer


def train(config: ModelConfig, images: Tensor, turns: Iterator[None]) -> None:
    pictures = jnp.asarray(images.flatten(1).numpy() // 255)
    weights = _initial(config)
    optimizer = optax.adam(LR)
    state, key = optimizer.init(weights), jax.random.key(0)

    def step(carry: tuple, minibatch: tuple[Array, Array]) -> tuple[tuple, Array]:
        weights, state = carry
        indices, key = minibatch
        x = pictures[indices].astype(jnp.float32)
        loss, gradient = jax.value_and_grad(_loss)(weights, x, key)
        updates, state = optimizer.update(gradient, state)
        return (optax.apply_updates(weights, updates), state), loss

    @partial(jax.jit, donate_argnums=(0, 1))
    def epoch(weights: tuple[Weights, Weights], state: tuple, key: Array) -> tuple:
        key, shuffle, noise = jax.random.split(key, 3)
        order = jax.random.permutation(shuffle, len(pictures)).reshape(-1, BATCH)
        (weights, state), losses = lax.scan(step, (weights, state), (order, jax.random.split(noise, len(order))))
        return weights, state, key, losses.mean()

    for _ in turns:
        weights, state, key, loss = epoch(weights, state, key)
        loss.block_until_ready()


def _loss(weights: tuple[Weights, Weights], x: Array, key: Array) -> Array:
    """-ELBO, the mean over the minibatch."""
    encoder, decoder = weights
    mu, logvar = jnp.split(_perceptron(encoder, x), 2, axis=-1)
    z = mu + jnp.exp(0.5 * logvar) * jax.random.normal(key, mu.shape)
    distortion = optax.sigmoid_binary_cross_entropy(_perceptron(decoder, z), x).sum()
    rate = -0.5 * jnp.sum(1 + logvar - mu**2 - jnp.exp(logvar))
    return (distortion + rate) / len(x)


def _perceptron(weights: Weights, x: Array) -> Array:
    for k, (matrix, bias) in enumerate(weights):
        x = (jax.nn.relu(x) if k else x) @ matrix + bias
    return x


def _initial(config: ModelConfig) -> tuple[Weights, Weights]:
    """The weights that our own training begins with."""
    model = build(config, torch.Generator().manual_seed(0))

    def of(part: nn.Sequential) -> Weights:
        linear = [layer for layer in part if isinstance(layer, nn.Linear)]
        return [(jnp.array(each.weight.detach().T.numpy()), jnp.array(each.bias.detach().numpy())) for each in linear]

    return of(model.encoder), of(model.decoder)
