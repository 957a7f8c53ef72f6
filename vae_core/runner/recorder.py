"""What keeps a run folder while its training goes on: records, status, moments and checkpoints.

Nothing here changes a number of the training: the desk only looks, and how often it writes depends on the clock.
"""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_core.config import RunConfig
from vae_core.data import ImageSet
from vae_core.io.atomic import new_folder
from vae_core.runs.checkpoint import save_checkpoint
from vae_core.runs.model_card import made, write_result
from vae_core.runs.snapshots import moment_path, thin
from vae_core.runs.status import Heartbeat
from vae_core.runs.tensorboard import Events
from vae_core.runs.training_log import append_line
from vae_core.training.train import SILENT, Step, Training, informative

MOMENT_IMAGES = 2000  # test images of a moment
CHECKPOINT_SECONDS = 5.0
_MOMENT_SECONDS = 3.0
_NEWS_SECONDS = 0.5  # between two reports of the step when records are far apart
_EARLY_SECONDS, _EARLY_SHARE = 20.0, 0.25  # of a training, in which moments may take more of its time
_LEAST_SHARE = 0.15  # of the steps, before an encoder near the prior is more than a beginning


class Desk:
    """The writer of one run folder. `checkpoint_seconds` is the least time between two checkpoints."""

    def __init__(
        self,
        run: Path,
        config: RunConfig,
        named: dict[str, Any],
        test: ImageSet,
        images: ImageSet,
        heart: Heartbeat,
        events: Events | None,
        on_step: Callable[[Step], None],
        checkpoint_seconds: float,
    ) -> None:
        self._run, self._config, self._named, self._test, self._images = run, config, named, test, images
        self._heart, self._events, self._on_step = heart, events, on_step
        self._checkpoints = _Pace(checkpoint_seconds, share=0.02)
        self._news = _Pace(_NEWS_SECONDS, share=0.02)
        self._moments = _Pace(_MOMENT_SECONDS, share=0.05)

    def begin(self, training: Training) -> None:
        """The moment before the first step."""
        if training.step == 0:
            self._moment(training)

    def recorded(self, training: Training, record: Step) -> None:
        """A line of the metrics, with test figures where a moment is due; then what is due of the rest."""
        last = training.step == self._config.train.steps
        line = dataclasses.asdict(record)
        early = min(_MOMENT_SECONDS, 0.1 + 0.25 * training.seconds)  # at the beginning much happens
        share = _EARLY_SHARE if training.seconds < _EARLY_SECONDS else None
        if last or self._moments.due(early, share):
            line["test"] = self._moment(training)
        append_line(self._run, line)
        if self._events is not None:
            self._events.add(line)
        self._heart.tell(
            step=record.step,
            seconds=record.seconds,
            images_per_second=record.images_per_second,
            note=collapse(record, self._config),
        )
        self._on_step(record)
        if last or self._checkpoints.due():
            self.checkpoint(training)

    def between(self, training: Training) -> None:
        """What is due between two records, when these are far apart."""
        if self._news.due():
            with self._news.spent():
                self._heart.tell(step=training.step, seconds=training.seconds)
        if self._checkpoints.due():
            self.checkpoint(training)

    def checkpoint(self, training: Training) -> None:
        with self._checkpoints.spent():
            save_checkpoint(self._run, training, self._images.sha256)

    def paused(self, training: Training, paused: bool) -> None:
        """Say that the training stands still, or goes on again."""
        if paused == (self._heart.status.state == "paused"):
            return
        if paused:
            self.checkpoint(training)
        self._heart.tell(state="paused" if paused else "running", step=training.step, seconds=training.seconds)

    def facts(self, training: Training) -> dict[str, Any]:
        """What the card of a result says of the making."""
        model = training.model
        note = {"note": self._heart.status.note} if self._heart.status.note else {}
        count = len(self._images)
        return self._named | made(model, self._config, training.step, training.seconds, count) | note

    def _moment(self, training: Training) -> dict[str, Any]:
        """Write the run as it is now into a folder of its own; returns its test figures."""
        path = moment_path(self._run, training.step)
        with self._moments.spent(), new_folder(path, replace=True) as draft:
            facts = self.facts(training)
            card = write_result(draft, training.model, self._config, self._test, facts, half=True, limit=MOMENT_IMAGES)
        thin(self._run)
        figures = {name: card["test"][name] for name in ("elbo", "rate", "distortion")}
        rates = card["rate_per_dimension"]
        dims = {name: card[name] for name in ("rate_per_dimension", "marginal_kl_per_dimension")}
        return figures | dims | {"active_units": None if rates is None else informative(rates)}


class _Pace:
    """Something is due when `seconds` have gone by since, and the time spent on it is a small `share` of all."""

    def __init__(self, seconds: float, share: float) -> None:
        self._seconds, self._share = seconds, share
        self._last, self._cost, self._began = time.monotonic(), 0.0, 0.0

    def due(self, seconds: float | None = None, share: float | None = None) -> bool:
        wait = self._seconds if seconds is None else seconds
        return time.monotonic() - self._last >= (max(wait, self._cost / (share or self._share)) if wait > 0 else 0)

    def spent(self) -> "_Pace":
        return self

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._last = time.monotonic()
        self._cost = self._last - self._began


def collapse(record: Step, config: RunConfig) -> str | None:
    """One sentence when the latent space carries nothing, or most of its dimensions do not; None otherwise.

    Not before the warm-up is over and a seventh of the steps are taken: at first every encoder is near the prior.
    """
    train, rates = config.train, record.rate_per_dimension
    early = record.step <= train.warmup or record.step < _LEAST_SHARE * train.steps
    if rates is None or early or train.objective == "autoencoder" or train.beta == 0:
        return None
    silent = len(rates) - (record.active_units or 0)
    if silent == len(rates):
        return (
            f"the posterior has collapsed: no latent dimension carries more than {SILENT} nats, so every picture is "
            "decoded alike; try a smaller beta, a warm-up or free bits, or a smaller sigma if it is fixed"
        )
    if 2 * silent > len(rates):
        return f"{silent} of {len(rates)} latent dimensions are silent: each carries less than {SILENT} nats"
    return None
