"""Whole jobs from names to results: train a run folder, continue one, evaluate one. The command line calls these."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from vae_core import data
from vae_core.config import RunConfig
from vae_core.device import choose_device
from vae_core.distributed import ALONE, Group, require_sum
from vae_core.estimators.evaluate import (
    generator,
)
from vae_core.runner.control_loop import Ended, go
from vae_core.runner.errors import lost_company, reason_of
from vae_core.runner.recorder import CHECKPOINT_SECONDS, MOMENT_IMAGES, Desk
from vae_core.runner.resume import forget_beyond, taken_up
from vae_core.runner.stop_requests import Wishes
from vae_core.runs.checkpoint import keep_newest, round_to_half
from vae_core.runs.job_spec import Request, make_run, read_request
from vae_core.runs.model_card import draft_in, publish, write_result
from vae_core.runs.run import open_config, open_run
from vae_core.runs.status import Heartbeat, Status, hold
from vae_core.runs.tensorboard import Events, require_tensorboard
from vae_core.runs.training_log import read_lines
from vae_core.training.optimal_sigma import set_optimal_sigma
from vae_core.training.train import Step, Training, TrainingFailed, require_usable

_MOST_PAUSE = 600.0  # seconds that a job may stand still before it leaves its place to others


def train_run(
    config: RunConfig,
    images: data.ImageSet,
    test: data.ImageSet,
    out: Path,
    *,
    request: Request | None = None,
    on_step: Callable[[Step], None] = lambda step: None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    group: Group = ALONE,
    device: str | None = None,
    again: bool = False,
) -> dict[str, Any]:
    """Train on `images`, measure on `test` and write the run folder `out`; returns the card with how it ended.

    The folder is there from the first step on; `again` takes up one that is there already. `device` is this process's
    in a group. Raises ValueError for what
    cannot be trained, with nothing left behind; TrainingFailed when the training had to stop: then the folder says why
    and keeps its last checkpoint.
    """
    request = request or Request()
    where = choose_device(device or config.train.device)
    require_trainable(config, images, test, request, group.size)
    if group.rank == 0 and not again:
        make_run(out, config, request, Status("running", steps=config.train.steps))
    group.wait()
    if group.rank > 0:
        return _go_on(out, images, test, where, None, on_step, checkpoint_seconds, group)
    with hold(out) as heart:
        return _go_on(out, images, test, where, heart, on_step, checkpoint_seconds, group)


def resume_run(
    run: Path,
    heart: Heartbeat | None,
    *,
    on_step: Callable[[Step], None] = lambda step: None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    group: Group = ALONE,
    device: str | None = None,
) -> dict[str, Any]:
    """Continue a run to its planned end from its last checkpoint, or from the beginning when it has none.

    On the same machine, with the same versions and threads, every number is that of a run which was never interrupted.
    In a group only the process that writes has a `heart`. Returns and raises as `train_run` does.
    """
    config, request = open_config(run), read_request(run)
    try:
        images, test = (data.load(config.data.name, split, download=True) for split in ("train", "test"))
        where = choose_device(device or config.train.device)
        require_trainable(config, images, test, request, group.size)
    except ValueError as error:
        if heart:
            heart.tell(state="failed", reason=str(error), pid=None)
        raise
    return _go_on(run, images, test, where, heart, on_step, checkpoint_seconds, group)


def require_trainable(
    config: RunConfig, images: data.ImageSet, test: data.ImageSet, request: Request, processes: int = 1
) -> None:
    """Raises ValueError for what can be known before the first step."""
    for each in (images, test):
        if each.shape != config.model.image_shape:
            raise ValueError(
                f"{each.name} has images of shape {list(each.shape)}, expected {list(config.model.image_shape)}"
            )
    require_usable(torch.from_numpy(images.images), config.data.binarize)
    require_sum(config.train.objective, processes)
    if config.train.batch_size < processes:
        raise ValueError(f"batch_size is {config.train.batch_size}, expected at least one for each of {processes}")
    if request.tensorboard:
        require_tensorboard()


def finished(run: Path) -> dict[str, Any]:
    """The card of a run that is done, as training it returned it."""
    return open_run(run).card | {"state": "done", "reason": None, "signal": None, "final_loss": _final_loss(run)}


def _go_on(
    run: Path,
    images: data.ImageSet,
    test: data.ImageSet,
    device: torch.device,
    heart: Heartbeat | None,
    on_step: Callable[[Step], None],
    checkpoint_seconds: float,
    group: Group,
) -> dict[str, Any]:
    """Train a run folder from where it is; in a group only the process with a `heart` writes."""
    config, request = open_config(run), read_request(run)
    training = desk = events = None
    try:
        with Wishes(run) as wishes:
            training = taken_up(run, config, images, device, heart, group)
            if heart:
                forget_beyond(run, training.step)
                events = Events(run, training.step) if request.tensorboard else None
                named = {"name": run.name, "title": request.title or run.name, "command": request.command}
                named |= {"parent": request.parent} if request.parent else {}
                desk = Desk(run, config, named, test, images, heart, events, on_step, checkpoint_seconds)
            most = request.limits.seconds if request.limits else float("inf")
            ended = go(training, desk, wishes, most, _MOST_PAUSE if request.submitted else float("inf"))
            signal = wishes.signal
            if not (heart and desk):
                return {"state": ended.state, "reason": ended.reason, "signal": signal}
            card = _finish(run, training, ended, desk, request, images, test)
        heart.tell(state=ended.state, reason=ended.reason, pid=None, step=training.step, seconds=training.seconds)
        return card | {"state": ended.state, "reason": ended.reason, "signal": signal, "final_loss": _final_loss(run)}
    except BaseException as error:
        step = training.step if training else 0
        lost = group.size > 1 and lost_company(error)
        reason = f"another process of the group was lost at step {step}" if lost else reason_of(error, step)
        state = "interrupted" if lost or isinstance(error, KeyboardInterrupt) else "failed"
        if heart:
            with contextlib.suppress(OSError):
                heart.tell(state=state, reason=reason, pid=None)
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
    desk: Desk,
    request: Request,
    images: data.ImageSet,
    test: data.ImageSet,
) -> dict[str, Any]:
    """Write the last checkpoint and the result at the top of the run folder; returns its card.

    A training that is asked to stop measures fewer test images, so that it is gone within two seconds.
    """
    model, config, done = training.model, training.config, ended.state == "done"
    if ended.state == "paused":
        return {}
    if not done:
        desk.checkpoint(training)
    if request.half:
        round_to_half(model)
    if done and config.model.sigma == "optimal":
        rng = generator(config.train.seed, training.generator.device)
        set_optimal_sigma(model, torch.from_numpy(images.images), config.data.binarize, rng)
    model.eval().requires_grad_(False)
    draft = draft_in(run)
    try:
        limit = None if done else MOMENT_IMAGES
        card = write_result(draft, model, config, test, desk.facts(training), request.half, limit)
        publish(draft, run)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if done:
        keep_newest(run, 1)
    return card


def _final_loss(run: Path) -> float | None:
    lines = read_lines(run)
    return lines[-1]["loss"] if lines else None
