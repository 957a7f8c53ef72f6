"""What a training costs, from its configuration alone: operations, seconds, bytes. Imports no torch."""

import math

from vae_core.architectures import layers, parameter_count
from vae_core.config import ModelConfig, RunConfig

_SPEED = 60e9  # operations a second of two ordinary cores in float32
_OVERHEAD = 300e-6  # seconds of a step besides the operations
_RECORDS_PER_SECOND = 3.0
_MOST_RECORDS = 20_000
_TORCH = 350e6  # bytes of a process that has done nothing yet


def operations_per_image(config: ModelConfig) -> float:
    """Multiplications and additions of one pass forward through encoder and decoder, for one sample of z."""
    total, side = 0.0, math.prod(config.image_shape[1:])
    for part in ("encoder", "decoder"):
        if part == "decoder" and config.arch == "conv":
            side = math.prod(config.image_shape[1:]) // 4 ** len(config.hidden)
        for layer in layers(config, part):
            if layer["op"] == "linear":
                total += 2.0 * layer["in"] * layer["out"]
            elif layer["op"] in ("conv", "conv_transpose"):
                places = side // 4 if layer["op"] == "conv" else side  # of the smaller map
                side = places if layer["op"] == "conv" else side * 4
                total += 2.0 * layer["in"] * layer["out"] * layer["kernel"] ** 2 * places
    return total


def seconds_per_step(config: RunConfig) -> float:
    """A rough guess for two ordinary cores; a step costs three passes."""
    train = config.train
    return _OVERHEAD + 3 * operations_per_image(config.model) * train.batch_size * train.samples / _SPEED


def record_interval(config: RunConfig) -> int:
    """Steps from one record to the next: about a third of a second, the same for the same configuration anywhere."""
    by_time = round(1 / (_RECORDS_PER_SECOND * seconds_per_step(config)))
    return max(1, by_time, math.ceil(config.train.steps / _MOST_RECORDS))


def bytes_needed(config: RunConfig, images: int) -> float:
    """A rough guess of the memory that a training takes: weights four times, images, what a minibatch leaves behind."""
    widths = sum(layer.get("out", 0) for part in ("encoder", "decoder") for layer in layers(config.model, part))
    if config.model.arch == "conv":
        widths *= config.model.pixels // 8
    batch = config.train.batch_size * config.train.samples * (3 * config.model.pixels + 2 * widths)
    return _TORCH + 4 * (4 * parameter_count(config.model) + batch) + images * config.model.pixels
