"""The job queue of a folder of runs: submit, schedule, control, resume and remove jobs. Imports no torch.

The web server, the command line and the trainers share only the files of the folder, so each may be killed at any time.
"""

import contextlib
import dataclasses
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vae_core.config import RunConfig
from vae_core.io.atomic import TEMPORARY, remove_folder, sweep
from vae_core.io.disk_space import LEAST_FREE, free, require_free
from vae_core.io.file_lock import locked
from vae_core.jobs.launcher import launch, requeue_interrupted, trainer_slots, trainer_threads
from vae_core.runs.control import Control, Want, write_control
from vae_core.runs.job_spec import START, JobSpec, Limits, make_run, read_job_spec, write_job_spec
from vae_core.runs.run import CARD, STATUS, WEIGHTS, open_config, open_run
from vae_core.runs.snapshots import list_snapshots, snapshot_path
from vae_core.runs.status import Status, read_status, stored_status, write_status
from vae_core.runs.training_log import read_training_log

__all__ = [
    "Limits",
    "describe_job",
    "list_removed",
    "list_snapshots",
    "read_status",
    "read_training_log",
    "remove",
    "restore",
    "resume",
    "rewind",
    "schedule",
    "send_control",
    "snapshot_path",
    "submit",
    "trainer_slots",
    "trainer_threads",
]

MOST_QUEUED = 200
MOST_QUEUED_OF_ONE = 8
_QUEUE_LOCK, _TRASH = ".jobs.lock", ".trash"
_TRASH_SECONDS, _OWNER_TRASH = 24 * 3600.0, 5
_UNFINISHED_SECONDS = 3600.0  # age at which an unfinished folder is deleted
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


def submit(
    root: Path,
    name: str,
    config: RunConfig,
    *,
    title: str | None = None,
    parent: str | None = None,
    owner: str | None = None,
    limits: Limits | None = None,
    start: Path | None = None,
) -> Path:
    """Queue a new run in the folder `root`; `schedule` starts it. Returns its folder.

    `start` is a run whose weights initialise the new one. Only one run of an owner trains at a time. Raises
    ValueError with one sentence if the name is taken or not usable, the queue is full, or the limits are too small.
    """
    limits = limits or Limits()
    _require_within(limits, config)
    weights = None if start is None else _weights_to_start(start, config)
    spec = JobSpec(title=title, parent=parent, owner=owner, submitted=time.time(), limits=limits)
    return _queue(root / _checked(name), config, spec, weights)


def schedule(root: Path) -> None:
    """Requeue interrupted jobs, at most 3 times each, and launch queued jobs while there are free slots.

    Returns at once if another process is scheduling. vae_core/jobs/leader.py lists its callers.
    """
    if not root.is_dir():
        return
    with locked(root / _QUEUE_LOCK, wait=False) as mine:
        if not mine:
            return
        sweep(root, older_than=_UNFINISHED_SECONDS)
        jobs = [(run, spec) for run in _runs(root) if (spec := _spec_or_none(run)) and spec.submitted]
        for run, _ in jobs:
            requeue_interrupted(run)
        statuses = [read_status(run) for run, _ in jobs]
        held = [spec.owner for (_, spec), status in zip(jobs, statuses, strict=True) if status.held]
        for run, owner in _in_order(jobs, statuses):
            if len(held) >= trainer_slots():
                break
            if owner is None or owner not in held:
                launch(run)
                held.append(owner)


def _in_order(jobs: list[tuple[Path, JobSpec]], statuses: list[Status]) -> list[tuple[Path, str | None]]:
    """Order the queued runs, each with its owner, by the time at which a training of the owner last ended."""
    last: dict[str | None, float] = {}
    for (_, spec), status in zip(jobs, statuses, strict=True):
        if status.state != "queued":
            last[spec.owner] = max(status.heartbeat, last.get(spec.owner, 0.0))
    waiting = [
        (last.get(spec.owner, 0.0), spec.submitted, run, spec.owner)
        for (run, spec), status in zip(jobs, statuses, strict=True)
        if status.state == "queued"
    ]
    return [(run, owner) for _, _, run, owner in sorted(waiting, key=lambda job: job[:3])]


def send_control(run: Path, want: Want, until: int | None = None) -> None:
    """Write a control request: run, pause or stop. A pause `until` a later step trains up to it.

    A stop takes a queued run out of the queue. A paused run whose trainer has freed its slot is queued again by "run",
    or by a pause at a later step. Raises ValueError for a run that is not queued, starting, running or paused.
    """
    control = Control(want, until)
    with locked(run.parent / _QUEUE_LOCK):
        status = read_status(run)
        if not (status.held or status.state in ("queued", "paused")):
            raise ValueError(f"the run {run.name} is {status.state}, expected one that is queued, running or paused")
        write_control(run, control)
        if status.state == "queued" and want == "stop":
            write_status(run, dataclasses.replace(status, state="stopped", reason="it was taken out of the queue"))
        elif status.state == "paused" and not status.held:
            if want == "stop":
                write_status(run, dataclasses.replace(status, state="stopped", reason=None))
            elif want == "run" or (until is not None and until > status.step):
                write_status(run, dataclasses.replace(status, state="queued"))


def describe_job(run: Path) -> dict[str, Any]:
    """Return title, parent, owner, command and limits of a run; None for each that request.json does not give."""
    return dataclasses.asdict(_spec_or_none(run) or JobSpec())


def resume(run: Path) -> None:
    """Queue a run again, to be continued from its last checkpoint.

    Raises ValueError if it has not ended early, or if the queue is full.
    """
    with locked(run.parent / _QUEUE_LOCK):
        status = read_status(run)
        if status.held or status.state not in ("interrupted", "stopped", "failed", "paused"):
            raise ValueError(f"the run {run.name} is {status.state}, expected interrupted, stopped, failed or paused")
        config, spec = open_config(run), read_job_spec(run)
        _require_place(run.parent, spec.owner)
        limits = spec.limits or Limits()
        write_job_spec(run, dataclasses.replace(spec, submitted=time.time(), limits=limits))
        write_control(run, Control())
        steps = config.train.steps
        write_status(run, dataclasses.replace(status, state="queued", steps=steps, pid=None, reason=None, attempt=0))


def rewind(run: Path, root: Path, name: str, owner: str | None = None) -> Path:
    """Queue a new run from the same initialisation and the same random numbers.

    Raises ValueError if the run's weights were uploaded or solved for, not trained, and as `submit` does.
    """
    config, asked = open_config(run), read_job_spec(run)
    if (run / CARD).is_file() and (how := open_run(run).card.get("fit")):
        raise ValueError(f"the weights of {run.name} were not trained here ({how}): there is nothing to rewind")
    limits = asked.limits or Limits()
    _require_within(limits, config)
    spec = dataclasses.replace(asked, parent=run.name, command="", submitted=time.time(), owner=owner, limits=limits)
    weights = (run / START).read_bytes() if (run / START).is_file() else None
    return _queue(root / _checked(name), config, spec, weights)


def remove(run: Path) -> Path:
    """Move a run into the folder's .trash; returns its path there.

    It is deleted after a day, once its owner has removed five more, or at once if the disk is nearly full. Raises
    ValueError while it is being trained.
    """
    with locked(run.parent / _QUEUE_LOCK):
        if read_status(run).held:
            raise ValueError(f"the run {run.name} is being trained: stop it first")
        trash = run.parent / _TRASH
        trash.mkdir(exist_ok=True)
        place = trash / f"{run.name}.{time.time_ns():x}"
        os.replace(run, place)
        os.utime(place, (time.time(),) * 2)
        _sweep_trash(trash, describe_job(place)["owner"])
    return place


def _sweep_trash(trash: Path, owner: str | None) -> None:
    """Delete old runs from the trash, all but the owner's newest, and all runs if the disk is nearly full."""
    full, own = free(trash) < LEAST_FREE, 0
    for place in sorted(trash.iterdir(), key=lambda place: place.stat().st_mtime, reverse=True):
        own += (mine := describe_job(place)["owner"] == owner)
        if full or time.time() - place.stat().st_mtime > _TRASH_SECONDS or (mine and own > _OWNER_TRASH):
            remove_folder(place)


def list_removed(root: Path, owner: str, within: float) -> list[Path]:
    """List this owner's runs in the trash that were removed in the last `within` seconds, the newest first."""
    found = []
    for place in (root / _TRASH).glob("*"):
        with contextlib.suppress(OSError):
            since = time.time() - place.stat().st_mtime
            if since <= within and describe_job(place)["owner"] == owner:
                found.append((since, place))
    return [place for _, place in sorted(found)]


def restore(place: Path) -> Path:
    """Restore a run from the trash; returns its folder. Raises ValueError if its name is taken or it is gone."""
    run = place.parent.parent / place.name.rpartition(".")[0]
    with locked(run.parent / _QUEUE_LOCK):
        if run.exists():
            raise ValueError(f"there is a run {run.name} again: remove it first")
        if not place.is_dir():
            raise ValueError(f"{place.name} is no longer in the trash")
        os.replace(place, run)
    return run


def _queue(run: Path, config: RunConfig, spec: JobSpec, weights: bytes | None) -> Path:
    """Write the folder of a queued run. Raises ValueError as `_require_place` does, or if the name is taken."""
    root = run.parent
    root.mkdir(parents=True, exist_ok=True)
    with locked(root / _QUEUE_LOCK):
        _require_place(root, spec.owner)
        make_run(run, config, spec, Status("queued", steps=config.train.steps), weights)
    return run


def _require_place(root: Path, owner: str | None) -> None:
    """Check that disk, queue and the owner's share of the queue are not full. Raises ValueError."""
    require_free(root)
    queued = [other for other in _runs(root) if stored_status(other).state == "queued"]
    if len(queued) >= MOST_QUEUED:
        raise ValueError(f"the queue is full with {len(queued)} runs: wait until some have been trained")
    if (own := sum(describe_job(other)["owner"] == owner for other in queued)) >= MOST_QUEUED_OF_ONE:
        raise ValueError(f"{own} of your runs wait to be trained, and no more may wait: wait, or stop one of them")


def _require_within(limits: Limits, config: RunConfig) -> None:
    if config.train.steps > limits.steps:
        raise ValueError(f"{config.train.steps:,} steps are asked for, expected at most {limits.steps:,}")


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or TEMPORARY in name:
        raise ValueError(f"the name is {name!r}, expected up to 80 of a-z, 0-9, '-', '_', '.', a letter or digit first")
    return name


def _runs(root: Path) -> Iterator[Path]:
    """Yield the run folders in `root` that have a status."""
    for child in sorted(root.iterdir()):
        if not child.name.startswith(".") and TEMPORARY not in child.name and (child / STATUS).is_file():
            yield child


def _spec_or_none(run: Path) -> JobSpec | None:
    try:
        return read_job_spec(run)
    except ValueError:
        return None


def _weights_to_start(start: Path, config: RunConfig) -> bytes:
    """Read the newest complete weights of a run. Raises ValueError if its model differs or it has no weights."""
    if open_config(start).model != config.model:
        raise ValueError(f"the run {start.name} has another model, expected the same one to go on with its weights")
    places = [start, *(snapshot_path(start, step) for step in reversed(list_snapshots(start)))]
    if read_status(start).held:
        places = places[1:]
    for place in places:
        if (place / WEIGHTS).is_file() and (place / CARD).is_file():
            return (place / WEIGHTS).read_bytes()
    raise ValueError(f"the run {start.name} has no weights yet")
