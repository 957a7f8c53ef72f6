"""What a training will cost, estimated before it starts: from its operations, and from earlier runs on this machine."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ui.pages.train.datasets import DataSet
from vae_core.config import RunConfig
from vae_core.training_process.cost_model import bytes_needed, seconds_per_step

_START = 4.0  # seconds until torch and the data are there


@dataclass(frozen=True)
class Cost:
    """Seconds and bytes of a training; `measured` when an earlier run on this machine has told its speed."""

    seconds: float
    memory: float
    measured: bool

    def words(self) -> str:
        basis = "the speed of an earlier run here" if self.measured else "the number of operations"
        return f"About {_time(self.seconds)} and {_bytes(self.memory)} of memory, estimated from {basis}."


def estimate(config: RunConfig, data: DataSet, speeds: Sequence[tuple[RunConfig, float]]) -> Cost:
    """The cost of a training; `speeds` are configurations and images per second of earlier runs, newest first.

    The run of the same network whose steps are most like these tells by how much the guess is wrong here.
    """
    guess = seconds_per_step(config)
    alike = [(other, speed) for other, speed in speeds if other.model.arch == config.model.arch]
    nearest = min(alike, key=lambda pair: abs(math.log(seconds_per_step(pair[0]) / guess)), default=None)
    factor = 1.0
    if nearest is not None:
        other, images_per_second = nearest
        factor = other.train.batch_size / images_per_second / seconds_per_step(other)
    seconds = _START + factor * guess * config.train.steps
    return Cost(seconds, bytes_needed(config, data.count), nearest is not None)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _bytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{50 * math.ceil(count / 50e6)} MB"
