"""Whole jobs from names to results: train a run folder, continue one, evaluate one. The command line calls these."""

import contextlib
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_core import data
from vae_core.card import draft_in, evaluation_images, generator, publish, with_conventions, write_result
from vae_core.checkpoint import (
    keep_newest,
    load,
    round_to_half,
)
from vae_core.config import Binarize, RunConfig
from vae_core.desk import CHECKPOINT_SECONDS, MOMENT_IMAGES, Desk
from vae_core.device import choose_device, choose_exact_device, in_double
from vae_core.distributed import ALONE, Group, require_sum
from vae_core.evaluate import Estimator, batches, bits_per_dim, dequantized, evaluate
from vae_core.events import Events, require_tensorboard
from vae_core.failures import lost_company, reason_of
from vae_core.heartbeat import Heartbeat, hold
from vae_core.metrics import read_lines
from vae_core.models import VAE
from vae_core.request import Request, make_run, read_request
from vae_core.run import open_config, open_run
from vae_core.session import Ended, go
from vae_core.status import Status
from vae_core.taken_up import forget_beyond, taken_up
from vae_core.train import Step, Training, TrainingFailed, loader, require_usable
from vae_core.wishes import Wishes

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


def evaluate_run(
    path: Path,
    name: str | None,
    split: str,
    limit: int | None,
    estimator: Estimator,
    samples: int | None,
    seed: int,
    *,
    dequantize: bool = False,
) -> dict[str, Any]:
    """Figures of a run on a split of a data set (its own when `name` is None), with the conventions behind them.

    `dequantize` adds uniform noise within each byte, and `bits_per_dim` with its standard error. Raises ValueError if
    the run or the data cannot be read, if their shapes differ, or if bytes of a Bernoulli are to be dequantised.
    """
    config = open_run(path).config
    device = choose_exact_device()
    model = load(path, device)
    images = data.load(name or config.data.name, split)
    x = evaluation_images(images, config, seed, device, limit)
    rng = generator(seed, device)
    if not dequantize:
        return with_conventions(evaluate(model, x, estimator, samples, rng), images, config, seed)
    if config.model.likelihood != "gaussian":
        raise ValueError("this model is Bernoulli and gives probabilities already: only a Gaussian's x is dequantised")
    x = dequantized(torch.from_numpy(images.images[:limit]).to(device), rng)
    figures, pixels = evaluate(model, x, estimator, samples, rng), config.model.pixels
    bits = {"bits_per_dim": bits_per_dim(figures.log_px, pixels)}
    bits["bits_per_dim_stderr"] = figures.stderr / (pixels * math.log(2))
    return with_conventions(figures, images, config, seed) | {"dequantized": "uniform"} | bits


def set_optimal_sigma(model: VAE, images: Tensor, binarize: Binarize, rng: torch.Generator) -> None:
    """Set sigma to the root mean squared error of a pixel over the training images (Rybkin et al. 2021, eq. 5).

    One sample of z is drawn for each image, and of its pixels where they are binarised by draws; images are uint8,
    [N, C, H, W].
    """
    pictures, total = loader(images.to(rng.device), binarize, rng), 0.0
    with torch.inference_mode():
        for indices in batches(torch.arange(len(images), device=rng.device)):
            x = pictures(indices)
            p = model.decode(model.encode(x).rsample(rng))
            total += in_double(p.squared_error(x)).sum().item()
        model.log_sigma.copy_(p.best_log_sigma(torch.tensor(total / len(images), dtype=torch.float64)))


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
