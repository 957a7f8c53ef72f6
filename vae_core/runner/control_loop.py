"""The loop around a training: it records, pauses, takes single steps and stops as it is asked, alone or in a group."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vae_core.runner.cost_model import record_interval
from vae_core.runner.recorder import Desk
from vae_core.runner.stop_requests import Wishes
from vae_core.training.train import Training, TrainingFailed

_RUN, _PAUSE, _STOP, _LEAVE = range(4)
_NEVER = -1
_BREATH = 0.1  # seconds of steps between two looks at what is asked
_NAP = 0.05  # seconds between two looks in a pause


@dataclass(frozen=True)
class Ended:
    """How a session ended: at the last planned step, stopped, or paused for so long that it left."""

    state: Literal["done", "stopped", "paused"]
    reason: str | None = None


def go(
    training: Training,
    desk: Desk | None,
    wishes: Wishes,
    most_seconds: float = float("inf"),
    most_pause: float = float("inf"),
) -> Ended:
    """Train to the planned end, or until something else is asked or `most_seconds` of steps are used up.

    `desk` is None in the processes of a group that do not write. Raises TrainingFailed when the loss is lost.
    """
    train, group, device = training.config.train, training.group, training.generator.device
    every = record_interval(training.config)
    if group.agree(training.step, device=device) != (training.step,):
        raise TrainingFailed("the processes of the group found different checkpoints: is the run folder shared?")
    end = training.seconds + most_seconds
    asked = _asked(training, wishes, end, most_pause)
    if desk:
        desk.begin(training)
    while training.step < train.steps:
        want, until = group.agree(*next(asked), device=device)
        if want == _LEAVE:
            return Ended("paused")
        if want == _STOP:
            return Ended("stopped", _why(training, wishes, most_seconds, end))
        if want == _PAUSE and training.step >= until:
            _stand_still(training, desk)
            continue
        if desk:
            desk.paused(training, False)
        boundary = next_record(training.step, every, train.steps)
        target = min(boundary, until) if want == _PAUSE else boundary
        training.advance(target, _BREATH if group.size == 1 else float("inf"))
        if training.step == boundary:
            _record(training, desk)
        elif desk:
            desk.between(training)
    return Ended("done")


def next_record(step: int, every: int, steps: int) -> int:
    """The step of the next record: a power of two while these are close together, then each multiple of `every`."""
    power = 1 << step.bit_length()
    return min(power if power < every else (step // every + 1) * every, steps)


def _record(training: Training, desk: Desk | None) -> None:
    record = training.record()
    if desk:
        desk.recorded(training, record)


def _stand_still(training: Training, desk: Desk | None) -> None:
    """Wait a little, with everything measured so far on record."""
    if training.measured:
        _record(training, desk)
    if desk:
        desk.paused(training, True)
        time.sleep(_NAP)


def _asked(training: Training, wishes: Wishes, end: float, most_pause: float) -> Iterator[tuple[int, int]]:
    """What to do next and, for a pause, from which step on; each time anew."""
    paused_at = time.monotonic()
    while True:
        control = wishes.now()
        until = training.step if control.until is None else control.until
        if control.want != "pause" or until > training.step:
            paused_at = time.monotonic()
        if control.want == "stop" or training.seconds >= end:
            yield _STOP, _NEVER
        elif control.want == "pause" and time.monotonic() - paused_at > most_pause:
            yield _LEAVE, _NEVER
        elif control.want == "pause":
            yield _PAUSE, until
        else:
            yield _RUN, _NEVER


def _why(training: Training, wishes: Wishes, most_seconds: float, end: float) -> str:
    at = f"at step {training.step} of {training.config.train.steps}"
    if training.seconds >= end:
        return f"it has used its {most_seconds / 60:.4g} minutes of training, {at}"
    return f"stopped {'by a signal ' if wishes.signal else ''}{at}"
