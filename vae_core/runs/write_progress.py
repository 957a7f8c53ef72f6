"""Write records, status, snapshots and checkpoints of a training into its run folder.

The recorder does not change the numbers of the training. How often it writes depends on the clock.
"""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_core.config import INACTIVE_RATE, RunConfig
from vae_core.data import ImageSet
from vae_core.io.atomic import new_folder
from vae_core.runs.checkpoint import save_checkpoint
from vae_core.runs.snapshots import prune, snapshot_path
from vae_core.runs.status import Heartbeat
from vae_core.runs.tensorboard import Events
from vae_core.runs.training_log import append_line
from vae_core.runs.write_result import training_facts, write_result
from vae_core.training.train import Training, TrainRecord, informative

SNAPSHOT_IMAGES = 2000  # test images whose metrics a snapshot has
CHECKPOINT_SECONDS = 5.0
_SNAPSHOT_SECONDS = 3.0
_PROGRESS_SECONDS = 0.5  # between two updates of status.json when records are far apart
_EARLY_SECONDS, _EARLY_SHARE = 20.0, 0.25  # at the start of a training, in which snapshots may take more of its time
_LEAST_SHARE = 0.15  # of the planned steps: before that an encoder near the prior does not count as collapsed


class RunRecorder:
    """Writes the files of one run folder; `checkpoint_seconds` is the least time between two checkpoints."""

    def __init__(
        self,
        run: Path,
        config: RunConfig,
        named: dict[str, Any],
        test: ImageSet,
        images: ImageSet,
        heartbeat: Heartbeat,
        events: Events | None,
        on_step: Callable[[TrainRecord], None],
        checkpoint_seconds: float,
    ) -> None:
        self._run, self._config, self._named, self._test, self._images = run, config, named, test, images
        self._heartbeat, self._events, self._on_step = heartbeat, events, on_step
        self._checkpoints = _Throttle(checkpoint_seconds, share=0.02)
        self._progress = _Throttle(_PROGRESS_SECONDS, share=0.02)
        self._snapshots = _Throttle(_SNAPSHOT_SECONDS, share=0.05)

    def record_start(self, training: Training) -> None:
        """Save the snapshot of step 0."""
        if training.step == 0:
            self._save_snapshot(training)

    def write_record(self, training: Training, record: TrainRecord) -> None:
        """Append a record to metrics.jsonl, with test metrics if a snapshot is due; save a checkpoint if one is due."""
        last = training.step == self._config.train.steps
        line = dataclasses.asdict(record)
        early = min(_SNAPSHOT_SECONDS, 0.1 + 0.25 * training.seconds)  # the model changes fastest at the beginning
        share = _EARLY_SHARE if training.seconds < _EARLY_SECONDS else None
        if last or self._snapshots.due(early, share):
            line["test"] = self._save_snapshot(training)
        append_line(self._run, line)
        if self._events is not None:
            self._events.add(line)
        self._heartbeat.update(
            step=record.step,
            seconds=record.seconds,
            images_per_second=record.images_per_second,
            note=describe_collapse(record, self._config),
        )
        self._on_step(record)
        if last or self._checkpoints.due():
            self.save_checkpoint(training)

    def update_between_records(self, training: Training) -> None:
        """Update status.json and save a checkpoint when they are due between two records."""
        if self._progress.due():
            with self._progress.measured():
                self._heartbeat.update(step=training.step, seconds=training.seconds)
        if self._checkpoints.due():
            self.save_checkpoint(training)

    def save_checkpoint(self, training: Training) -> None:
        """Save a checkpoint now."""
        with self._checkpoints.measured():
            save_checkpoint(self._run, training, self._images.sha256)

    def set_paused(self, training: Training, paused: bool) -> None:
        """Set the status to paused, after a checkpoint, or back to running."""
        if paused == (self._heartbeat.status.state == "paused"):
            return
        if paused:
            self.save_checkpoint(training)
        self._heartbeat.update(state="paused" if paused else "running", step=training.step, seconds=training.seconds)

    def card_values(self, training: Training) -> dict[str, Any]:
        """Return the values of the model card that describe the training."""
        model = training.model
        status = self._heartbeat.status
        notes = {name: said for name in ("note", "resumed") if (said := getattr(status, name))}
        count = len(self._images)
        return self._named | training_facts(model, self._config, training.step, training.seconds, count) | notes

    def _save_snapshot(self, training: Training) -> dict[str, Any]:
        """Save the model in a snapshot folder; returns its test metrics."""
        path = snapshot_path(self._run, training.step)
        with self._snapshots.measured(), new_folder(path, replace=True) as draft:
            values, limit = self.card_values(training), SNAPSHOT_IMAGES
            card = write_result(draft, training.model, self._config, self._test, values, half=True, limit=limit)
        prune(self._run)
        metrics = {name: card["test"][name] for name in ("elbo", "rate", "distortion")}
        rates = card["rate_per_dimension"]
        dims = {name: card[name] for name in ("rate_per_dimension", "marginal_kl_per_dimension")}
        return metrics | dims | {"active_units": None if rates is None else informative(rates)}


class _Throttle:
    """Limits how often something is done: at most every `seconds`, and in at most a `share` of the time."""

    def __init__(self, seconds: float, share: float) -> None:
        self._seconds, self._share = seconds, share
        self._last, self._cost, self._began = time.monotonic(), 0.0, 0.0

    def due(self, seconds: float | None = None, share: float | None = None) -> bool:
        wait = self._seconds if seconds is None else seconds
        return time.monotonic() - self._last >= (max(wait, self._cost / (share or self._share)) if wait > 0 else 0)

    def measured(self) -> "_Throttle":
        return self

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._last = time.monotonic()
        self._cost = self._last - self._began


def describe_collapse(record: TrainRecord, config: RunConfig) -> str | None:
    """Return one sentence if all or most latent dimensions are inactive; None otherwise.

    None during the warm-up and the first seventh of the steps, in which every encoder is near the prior.
    """
    train, rates = config.train, record.rate_per_dimension
    early = record.step <= train.warmup or record.step < _LEAST_SHARE * train.steps
    if rates is None or early or train.objective == "autoencoder" or train.beta == 0:
        return None
    inactive = len(rates) - (record.active_units or 0)
    if inactive == len(rates):
        return (
            f"the posterior has collapsed: no latent dimension carries more than {INACTIVE_RATE} nats, so every "
            "picture is decoded alike; try a smaller beta, a warm-up or free bits, or a smaller sigma if it is fixed"
        )
    if 2 * inactive > len(rates):
        return f"{inactive} of {len(rates)} latent dimensions are silent: each carries less than {INACTIVE_RATE} nats"
    return None
