"""Estimate the cost of a training from its configuration: operations, seconds, bytes. Imports no torch."""

import itertools
import math

from vae_core.config import ModelConfig, RunConfig
from vae_core.layers import shapes
from vae_core.models.architectures import layers, parameter_count

_SPEED = 60e9  # operations a second of two ordinary cores in float32
_OVERHEAD = 300e-6  # seconds of a step besides the operations
_RECORDS_PER_SECOND = 3.0
_MOST_RECORDS = 20_000
_TORCH = 350e6  # bytes of a process that has only imported torch


def operations_per_image(config: ModelConfig) -> float:
    """Count the multiplications and additions of one forward pass through encoder and decoder, with one sample of z."""
    total = 0.0
    for part, given in (("encoder", config.image_shape), ("decoder", (config.latent_dim,))):
        chain = layers(config, part)
        for layer, (before, after) in zip(chain, itertools.pairwise(shapes(chain, given)), strict=True):
            if layer["op"] == "linear":
                total += 2.0 * layer["in"] * layer["out"]
            elif layer["op"] in ("conv", "conv_transpose"):
                places = math.prod((after if layer["op"] == "conv" else before)[1:])
                total += 2.0 * layer["in"] * layer["out"] * layer["kernel"] ** 2 * places
    return total


def seconds_per_step(config: RunConfig) -> float:
    """Estimate the seconds of a step on two ordinary cores: three forward passes."""
    train = config.train
    return _OVERHEAD + 3 * operations_per_image(config.model) * train.batch_size * train.samples / _SPEED


def record_interval(config: RunConfig) -> int:
    """Return the steps between two records: about a third of a second, and the same on every machine."""
    by_time = round(1 / (_RECORDS_PER_SECOND * seconds_per_step(config)))
    return max(1, by_time, math.ceil(config.train.steps / _MOST_RECORDS))


def bytes_needed(config: RunConfig, images: int) -> float:
    """Estimate the memory of a training: four times the weights, the images, and the activations of a minibatch."""
    chain = [layer for part in ("encoder", "decoder") for layer in layers(config.model, part)]
    widths = sum(layer.get("out", 0) for layer in chain)
    if any("kernel" in layer for layer in chain):
        widths *= config.model.pixels // 8
    batch = config.train.batch_size * config.train.samples * (3 * config.model.pixels + 2 * widths)
    return _TORCH + 4 * (4 * parameter_count(config.model) + batch) + images * config.model.pixels
