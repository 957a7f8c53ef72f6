"""What a training will cost, estimated before it starts from its operations and from earlier runs on this machine."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ui.training.sets import DataSet
from vae_core.architectures import Layer, layers, parameter_count
from vae_core.config import RunConfig

_PASSES = 3  # forward, and backward to the inputs and to the weights
_OPERATIONS_PER_SECOND = {"mlp": 2.5e10, "conv": 1.5e10}  # of one thread of a common processor, where nothing is known
_OVERHEAD = 3e-4  # seconds a step that do not depend on its size
_START = 4.0  # seconds until torch and the data are there
_PROCESS = 400e6  # bytes of a trainer before it has any data
_COPIES = 4 * 4  # bytes a parameter: itself, its gradient and Adam's two means


@dataclass(frozen=True)
class Cost:
    """Seconds and bytes of a training; `measured` when the speed is that of an earlier run on this machine."""

    seconds: float
    memory: float
    measured: bool

    def words(self) -> str:
        basis = "from the speed of earlier runs here" if self.measured else "from its operations alone"
        return f"About {_time(self.seconds)} and {_bytes(self.memory)} of memory: an estimate {basis}."


def estimate(config: RunConfig, data: DataSet, speeds: Sequence[tuple[RunConfig, float]]) -> Cost:
    """The cost of a training; `speeds` are configurations and images per second of earlier runs, newest first."""
    train, work = config.train, operations(config)
    alike = [(other, speed) for other, speed in speeds if other.model.arch == config.model.arch]
    # the run that is nearest in work says most about this one
    best = min(alike, key=lambda pair: abs(math.log(operations(pair[0]) / work)), default=None)
    if best is None:
        rate = _OPERATIONS_PER_SECOND[config.model.arch]
    else:
        other, speed = best
        rate = operations(other) / max(1 / speed - _OVERHEAD / other.train.batch_size, 0.2 / speed)
    seconds = _START + train.steps * (_OVERHEAD + train.batch_size * work / rate)
    return Cost(seconds, _memory(config, data), best is not None)


def operations(config: RunConfig) -> float:
    """Multiplications and additions of one step, for each image of the batch."""
    encoder, decoder = (_forward(config, part)[0] for part in ("encoder", "decoder"))
    return _PASSES * (encoder + config.train.samples * decoder)


def _memory(config: RunConfig, data: DataSet) -> float:
    train = config.train
    kept = sum(_forward(config, part)[1] for part in ("encoder", "decoder"))
    activations = 2 * 4 * kept * train.batch_size * train.samples
    return _PROCESS + data.count * config.model.pixels + _COPIES * parameter_count(config.model) + activations


def _forward(config: RunConfig, part: str) -> tuple[float, int]:
    """Operations of one picture through a part, and the numbers that are kept for the way back."""
    _, height, width = config.model.image_shape
    side = (
        [height, width]
        if part == "encoder"
        else [height >> len(config.model.hidden), width >> len(config.model.hidden)]
    )
    total, kept = 0.0, 0
    for layer in layers(config.model, part):
        work, numbers = _of_layer(layer, side)
        total, kept = total + work, kept + numbers
    return total, kept


def _of_layer(layer: Layer, side: list[int]) -> tuple[float, int]:
    """Operations of a layer, and the numbers it gives; a convolution changes `side`, the picture's height and width."""
    match layer["op"]:
        case "linear":
            return 2.0 * layer["in"] * layer["out"], layer["out"]
        case "conv":
            side[:] = [length // layer["stride"] for length in side]
            places = side[0] * side[1]
        case "conv_transpose":
            places = side[0] * side[1]
            side[:] = [length * layer["stride"] for length in side]
        case _:
            return 0.0, 0
    return 2.0 * layer["in"] * layer["out"] * layer["kernel"] ** 2 * places, layer["out"] * side[0] * side[1]


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _bytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{50 * math.ceil(count / 50e6)} MB"
