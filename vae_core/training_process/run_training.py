"""Train a run folder from its first step or its last checkpoint up to its result, for the command line."""

import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from vae_core import data
from vae_core.config import RunConfig
from vae_core.device import choose_device
from vae_core.distributed import SINGLE_PROCESS, Group, require_sum
from vae_core.estimators.metrics import generator
from vae_core.runs.checkpoint import keep_newest, round_to_half
from vae_core.runs.job_spec import JobSpec, make_run, read_job_spec
from vae_core.runs.run import open_config, open_run
from vae_core.runs.status import Heartbeat, Status, acquire_run
from vae_core.runs.tensorboard import Events, require_tensorboard
from vae_core.runs.training_log import read_training_log
from vae_core.runs.write_progress import CHECKPOINT_SECONDS, SNAPSHOT_IMAGES, RunRecorder
from vae_core.runs.write_result import make_result_folder, publish, write_result
from vae_core.training.optimal_sigma import set_optimal_sigma
from vae_core.training.train import Training, TrainingFailed, TrainRecord, require_usable
from vae_core.training_process.control_loop import Ended, run_until
from vae_core.training_process.errors import explain, lost_peer
from vae_core.training_process.resume import restore_training, truncate_after
from vae_core.training_process.stop_requests import StopRequests

_MOST_PAUSE = 600.0  # seconds that a job may pause before it frees its slot for another job


def train_run(
    config: RunConfig,
    images: data.ImageSet,
    test: data.ImageSet,
    out: Path,
    *,
    spec: JobSpec | None = None,
    on_step: Callable[[TrainRecord], None] = lambda step: None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    group: Group = SINGLE_PROCESS,
    device: str | None = None,
    again: bool = False,
) -> dict[str, Any]:
    """Train on `images`, measure on `test` and write the run folder `out`; returns the card with how it ended.

    The folder exists from the first step on; with `again` it exists already and is resumed. In a group, `device` is the
    device of this process. Raises ValueError for what cannot be trained, and then leaves no folder; TrainingFailed if
    the training failed: then status.json holds the reason, and the last checkpoint is kept.
    """
    spec = spec or JobSpec()
    where = choose_device(device or config.train.device)
    require_trainable(config, images, test, spec, group.size)
    if group.rank == 0 and not again:
        make_run(out, config, spec, Status("starting", steps=config.train.steps, heartbeat=time.time()))
    group.wait()
    if group.rank > 0:
        return _train_folder(out, images, test, where, None, on_step, checkpoint_seconds, group)
    with acquire_run(out) as heartbeat:
        return _train_folder(out, images, test, where, heartbeat, on_step, checkpoint_seconds, group)


def resume_run(
    run: Path,
    heartbeat: Heartbeat | None,
    *,
    on_step: Callable[[TrainRecord], None] = lambda step: None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    group: Group = SINGLE_PROCESS,
    device: str | None = None,
) -> dict[str, Any]:
    """Continue a run to its planned end from its last checkpoint, or from the beginning when it has none.

    On the same machine, with the same versions and threads, every number is that of a run which was never interrupted.
    In a group only rank 0 has a `heartbeat`. Returns and raises as `train_run` does.
    """
    config, spec = open_config(run), read_job_spec(run)
    try:
        images, test = (data.load(config.data.name, split, download=True) for split in ("train", "test"))
        where = choose_device(device or config.train.device)
        require_trainable(config, images, test, spec, group.size)
    except ValueError as error:
        if heartbeat:
            heartbeat.update(state="failed", reason=str(error), pid=None)
        raise
    return _train_folder(run, images, test, where, heartbeat, on_step, checkpoint_seconds, group)


def require_trainable(
    config: RunConfig, images: data.ImageSet, test: data.ImageSet, spec: JobSpec, processes: int = 1
) -> None:
    """Check the data, objective, batch size and packages before the first step. Raises ValueError."""
    for each in (images, test):
        if each.shape != config.model.image_shape:
            raise ValueError(
                f"{each.name} has images of shape {list(each.shape)}, expected {list(config.model.image_shape)}"
            )
    require_usable(torch.from_numpy(images.images), config.data.binarize)
    require_sum(config.train.objective, processes)
    if config.train.batch_size < processes:
        raise ValueError(f"batch_size is {config.train.batch_size}, expected at least one for each of {processes}")
    if spec.tensorboard:
        require_tensorboard()


def read_result(run: Path) -> dict[str, Any]:
    """Return the card of a finished run, as `train_run` returned it."""
    return open_run(run).card | {"state": "done", "reason": None, "signal": None, "final_loss": _final_loss(run)}


def _train_folder(
    run: Path,
    images: data.ImageSet,
    test: data.ImageSet,
    device: torch.device,
    heartbeat: Heartbeat | None,
    on_step: Callable[[TrainRecord], None],
    checkpoint_seconds: float,
    group: Group,
) -> dict[str, Any]:
    """Train a run folder from its last checkpoint; in a group only rank 0, which has the `heartbeat`, writes."""
    config, spec = open_config(run), read_job_spec(run)
    training = recorder = events = None
    try:
        with StopRequests(run) as stop_requests:
            training = restore_training(run, config, images, device, heartbeat, group)
            if heartbeat:
                truncate_after(run, training.step)
                events = Events(run, training.step) if spec.tensorboard else None
                named = {"name": run.name, "title": spec.title or run.name, "command": spec.command}
                named |= {"parent": spec.parent} if spec.parent else {}
                recorder = RunRecorder(run, config, named, test, images, heartbeat, events, on_step, checkpoint_seconds)
            most = spec.limits.seconds if spec.limits else float("inf")
            ended = run_until(training, recorder, stop_requests, most, _MOST_PAUSE if spec.submitted else float("inf"))
            signal = stop_requests.signal
            if not (heartbeat and recorder):
                return {"state": ended.state, "reason": ended.reason, "signal": signal}
            card = _finish(run, training, ended, recorder, spec, images, test)
        heartbeat.update(state=ended.state, reason=ended.reason, pid=None, step=training.step, seconds=training.seconds)
        return card | {"state": ended.state, "reason": ended.reason, "signal": signal, "final_loss": _final_loss(run)}
    except BaseException as error:
        step = training.step if training else 0
        lost = group.size > 1 and lost_peer(error)
        reason = f"another process of the group was lost at step {step}" if lost else explain(error, step)
        state = "interrupted" if lost or isinstance(error, KeyboardInterrupt) else "failed"
        if heartbeat:
            with contextlib.suppress(OSError):
                heartbeat.update(state=state, reason=reason, pid=None)
        if isinstance(error, Exception) and not isinstance(error, ValueError):
            raise TrainingFailed(reason) from error
        raise
    finally:
        if events:
            events.close()


def _finish(
    run: Path,
    training: Training,
    ended: Ended,
    recorder: RunRecorder,
    spec: JobSpec,
    images: data.ImageSet,
    test: data.ImageSet,
) -> dict[str, Any]:
    """Write the last checkpoint and the result at the top of the run folder; returns its card.

    A stopped training measures fewer test images, so that it ends within two seconds.
    """
    model, config, done = training.model, training.config, ended.state == "done"
    if ended.state == "paused":
        return {}
    if not done:
        recorder.save_checkpoint(training)
    if spec.half:
        round_to_half(model)
    if done and config.model.sigma == "optimal":
        rng = generator(config.train.seed, training.generator.device)
        set_optimal_sigma(model, torch.from_numpy(images.images), config.data.binarize, rng)
    model.eval().requires_grad_(False)
    result = make_result_folder(run)
    try:
        limit = None if done else SNAPSHOT_IMAGES
        card = write_result(result, model, config, test, recorder.card_values(training), spec.half, limit)
        publish(result, run)
    finally:
        shutil.rmtree(result, ignore_errors=True)
    if done:
        keep_newest(run, 1)
    return card


def _final_loss(run: Path) -> float | None:
    lines = read_training_log(run)
    return lines[-1]["loss"] if lines else None
