"""The control loop of a training: take steps and records, and pause or stop on a request (control.json or a signal)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vae_core.runs.write_progress import RunRecorder
from vae_core.training.train import Training, TrainingFailed
from vae_core.training_process.cost_model import record_interval
from vae_core.training_process.stop_requests import StopRequests

_RUN, _PAUSE, _STOP, _YIELD_SLOT = range(4)
_NEVER = -1
_CONTROL_SECONDS = 0.1  # seconds of steps between two reads of control.json
_PAUSE_POLL_SECONDS = 0.05  # between two reads of control.json in a pause


@dataclass(frozen=True)
class Ended:
    """How a training ended: "done" at the last planned step, "stopped" on request, "paused" longer than allowed."""

    state: Literal["done", "stopped", "paused"]
    reason: str | None = None


def run_until(
    training: Training,
    recorder: RunRecorder | None,
    stop_requests: StopRequests,
    most_seconds: float = float("inf"),
    most_pause: float = float("inf"),
) -> Ended:
    """Train until the planned end, a stop request, or the limits: `most_seconds` of steps, `most_pause` of one pause.

    `recorder` is None in the processes of a group that do not write. Raises TrainingFailed if the loss is not finite or
    the processes of the group found different checkpoints.
    """
    train, group, device = training.config.train, training.group, training.generator.device
    every = record_interval(training.config)
    if group.broadcast(training.step, device=device) != (training.step,):
        raise TrainingFailed("the processes of the group found different checkpoints: is the run folder shared?")
    end = training.seconds + most_seconds
    actions = _next_actions(training, stop_requests, end, most_pause)
    if recorder:
        recorder.record_start(training)
    while training.step < train.steps:
        want, until = group.broadcast(*next(actions), device=device)
        if want == _YIELD_SLOT:
            return Ended("paused")
        if want == _STOP:
            return Ended("stopped", _stop_reason(training, stop_requests, most_seconds, end))
        if want == _PAUSE and training.step >= until:
            _wait_paused(training, recorder)
            continue
        if recorder:
            recorder.set_paused(training, False)
        boundary = next_record(training.step, every, train.steps)
        target = min(boundary, until) if want == _PAUSE else boundary
        training.advance(target, _CONTROL_SECONDS if group.size == 1 else float("inf"))
        if training.step == boundary:
            _record(training, recorder)
        elif recorder:
            recorder.update_between_records(training)
    return Ended("done")


def next_record(step: int, every: int, steps: int) -> int:
    """Return the step of the next record: powers of two up to `every`, then multiples of `every`."""
    power = 1 << step.bit_length()
    return min(power if power < every else (step // every + 1) * every, steps)


def _record(training: Training, recorder: RunRecorder | None) -> None:
    record = training.record()
    if recorder:
        recorder.write_record(training, record)


def _wait_paused(training: Training, recorder: RunRecorder | None) -> None:
    """Wait for one poll interval, after a record of what has been measured."""
    if training.measured:
        _record(training, recorder)
    if recorder:
        recorder.set_paused(training, True)
        time.sleep(_PAUSE_POLL_SECONDS)


def _next_actions(
    training: Training, stop_requests: StopRequests, end: float, most_pause: float
) -> Iterator[tuple[int, int]]:
    """Yield the next action and, for a pause, its step, from the current requests."""
    paused_at = time.monotonic()
    while True:
        control = stop_requests.read()
        until = training.step if control.until is None else control.until
        if control.want != "pause" or until > training.step:
            paused_at = time.monotonic()
        if control.want == "stop" or training.seconds >= end:
            yield _STOP, _NEVER
        elif control.want == "pause" and time.monotonic() - paused_at > most_pause:
            yield _YIELD_SLOT, _NEVER
        elif control.want == "pause":
            yield _PAUSE, until
        else:
            yield _RUN, _NEVER


def _stop_reason(training: Training, stop_requests: StopRequests, most_seconds: float, end: float) -> str:
    at = f"at step {training.step} of {training.config.train.steps}"
    if training.seconds >= end:
        return f"it has used its {most_seconds / 60:.4g} minutes of training, {at}"
    return f"stopped {'by a signal ' if stop_requests.signal else ''}{at}"
