"""Jobs: runs in a folder that are queued, trained by detached processes, watched, stopped and continued.

The folder is all there is: the web server, the command line and the trainers read and write it and share nothing else,
so that each of them may die. Imports no torch.
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
from vae_core.jobs.launcher import launch, revive, slots, threads
from vae_core.runs.control import Control, Want, write_control
from vae_core.runs.job_spec import START, Limits, Request, make_run, read_request, write_request
from vae_core.runs.run import CARD, STATUS, WEIGHTS, open_config, open_run
from vae_core.runs.snapshots import moment_path, moments
from vae_core.runs.status import Status, stored_status, write_status
from vae_core.runs.status import read_status as state
from vae_core.runs.training_log import read_lines as metrics

__all__ = [
    "Limits",
    "ask",
    "describe",
    "metrics",
    "moment_path",
    "moments",
    "pump",
    "remove",
    "removed",
    "restore",
    "resume",
    "rewind",
    "slots",
    "state",
    "submit",
    "threads",
]

MOST_QUEUED = 200
MOST_QUEUED_OF_ONE = 8
_QUEUE_LOCK, _TRASH = ".jobs.lock", ".trash"
_TRASH_SECONDS, _OWNER_TRASH = 24 * 3600.0, 5
_FORGOTTEN = 3600.0  # seconds after which an unfinished folder is swept
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
    """Queue a new run in the folder `root`; `pump` starts it. Returns its folder.

    `start` is a run whose weights it begins with. Of one owner one run trains at a time. Raises ValueError with one
    sentence if the name is taken or not usable, the queue is full, or the limits are too small.
    """
    limits = limits or Limits()
    _require_within(limits, config)
    weights = None if start is None else _weights_to_start(start, config)
    request = Request(title=title, parent=parent, owner=owner, submitted=time.time(), limits=limits)
    return _queue(root / _checked(name), config, request, weights)


def pump(root: Path) -> None:
    """Start what may start, and queue again what was interrupted, at most 3 times each. Returns at once if it is busy.

    To be called now and then by whoever is awake; every trainer calls it at its end.
    """
    if not root.is_dir():
        return
    with locked(root / _QUEUE_LOCK, wait=False) as mine:
        if not mine:
            return
        sweep(root, older_than=_FORGOTTEN)
        jobs = [(run, request) for run in _runs(root) if (request := _request_or_none(run)) and request.submitted]
        for run, _ in jobs:
            revive(run)
        statuses = [state(run) for run, _ in jobs]
        held = [request.owner for (_, request), status in zip(jobs, statuses, strict=True) if status.held]
        for run, owner in _in_turn(jobs, statuses):
            if len(held) >= slots():
                break
            if owner is None or owner not in held:
                launch(run)
                held.append(owner)


def _in_turn(jobs: list[tuple[Path, Request]], statuses: list[Status]) -> list[tuple[Path, str | None]]:
    """The runs that wait, with their owners: first those of whoever has had nothing trained for longest."""
    last: dict[str | None, float] = {}
    for (_, request), status in zip(jobs, statuses, strict=True):
        if status.state != "queued":
            last[request.owner] = max(status.heartbeat, last.get(request.owner, 0.0))
    waiting = [
        (last.get(request.owner, 0.0), request.submitted, run, request.owner)
        for (run, request), status in zip(jobs, statuses, strict=True)
        if status.state == "queued"
    ]
    return [(run, owner) for _, _, run, owner in sorted(waiting, key=lambda job: job[:3])]


def ask(run: Path, want: Want, until: int | None = None) -> None:
    """Ask for run, pause or stop; a pause at a later step runs up to it, so that `until=step + 1` is a single step.

    A run that waits in the queue is taken out of it by stop; one that was paused so long ago that its trainer has left
    is queued again. Raises ValueError for anything else that is not training.
    """
    control = Control(want, until)
    with locked(run.parent / _QUEUE_LOCK):
        status = state(run)
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


def describe(run: Path) -> dict[str, Any]:
    """Title, parent, owner, command and limits of a run, None where nothing was asked for."""
    return dataclasses.asdict(_request_or_none(run) or Request())


def resume(run: Path) -> None:
    """Queue a run again, to go on from its last checkpoint.

    Raises ValueError if it is not one that has ended early, or if there is no place in the queue.
    """
    with locked(run.parent / _QUEUE_LOCK):
        status = state(run)
        if status.held or status.state not in ("interrupted", "stopped", "failed", "paused"):
            raise ValueError(f"the run {run.name} is {status.state}, expected interrupted, stopped, failed or paused")
        config, request = open_config(run), read_request(run)
        _require_place(run.parent, request.owner)
        limits = request.limits or Limits()
        write_request(run, dataclasses.replace(request, submitted=time.time(), limits=limits))
        write_control(run, Control())
        steps = config.train.steps
        write_status(run, dataclasses.replace(status, state="queued", steps=steps, pid=None, reason=None, attempt=0))


def rewind(run: Path, root: Path, name: str, owner: str | None = None) -> Path:
    """Queue a new run from the same initialisation and the same random numbers.

    Raises ValueError if the run's weights were brought or solved for, not trained, and as `submit` does.
    """
    config, asked = open_config(run), read_request(run)
    if (run / CARD).is_file() and (how := open_run(run).card.get("fit")):
        raise ValueError(f"the weights of {run.name} were not trained here ({how}): there is nothing to rewind")
    limits = asked.limits or Limits()
    _require_within(limits, config)
    request = dataclasses.replace(asked, parent=run.name, command="", submitted=time.time(), owner=owner, limits=limits)
    weights = (run / START).read_bytes() if (run / START).is_file() else None
    return _queue(root / _checked(name), config, request, weights)


def remove(run: Path) -> Path:
    """Move a run into the folder's .trash; returns where it is now.

    It stays there for a day while its owner has removed no more than a few since, and not at all where the disk is
    nearly full. Raises ValueError while it is being trained.
    """
    with locked(run.parent / _QUEUE_LOCK):
        if state(run).held:
            raise ValueError(f"the run {run.name} is being trained: stop it first")
        trash = run.parent / _TRASH
        trash.mkdir(exist_ok=True)
        place = trash / f"{run.name}.{time.time_ns():x}"
        os.replace(run, place)
        os.utime(place, (time.time(),) * 2)
        _sweep_trash(trash, describe(place)["owner"])
    return place


def _sweep_trash(trash: Path, owner: str | None) -> None:
    """Forget old runs, all but the owner's newest, and all of them where the disk is nearly full."""
    full, own = free(trash) < LEAST_FREE, 0
    for place in sorted(trash.iterdir(), key=lambda place: place.stat().st_mtime, reverse=True):
        own += (mine := describe(place)["owner"] == owner)
        if full or time.time() - place.stat().st_mtime > _TRASH_SECONDS or (mine and own > _OWNER_TRASH):
            remove_folder(place)


def removed(root: Path, owner: str, within: float) -> list[Path]:
    """Runs of this owner in the trash of the folder `root` that were removed in the last seconds, the newest first."""
    found = []
    for place in (root / _TRASH).glob("*"):
        with contextlib.suppress(OSError):
            since = time.time() - place.stat().st_mtime
            if since <= within and describe(place)["owner"] == owner:
                found.append((since, place))
    return [place for _, place in sorted(found)]


def restore(place: Path) -> Path:
    """Bring a removed run back from the trash; returns its folder. Raises ValueError if its name is taken again."""
    run = place.parent.parent / place.name.rpartition(".")[0]
    with locked(run.parent / _QUEUE_LOCK):
        if run.exists():
            raise ValueError(f"there is a run {run.name} again: remove it first")
        if not place.is_dir():
            raise ValueError(f"{place.name} is no longer in the trash")
        os.replace(place, run)
    return run


def _queue(run: Path, config: RunConfig, request: Request, weights: bytes | None) -> Path:
    """Make the folder of a queued run.

    Raises ValueError if the name is taken, or the queue is full, or holds as many of this owner as of anyone.
    """
    root = run.parent
    root.mkdir(parents=True, exist_ok=True)
    with locked(root / _QUEUE_LOCK):
        _require_place(root, request.owner)
        make_run(run, config, request, Status("queued", steps=config.train.steps), weights)
    return run


def _require_place(root: Path, owner: str | None) -> None:
    """Raises ValueError if the disk or the queue is full, or holds as many runs of this owner as of anyone."""
    require_free(root)
    queued = [other for other in _runs(root) if stored_status(other).state == "queued"]
    if len(queued) >= MOST_QUEUED:
        raise ValueError(f"the queue is full with {len(queued)} runs: wait until some have been trained")
    if (own := sum(describe(other)["owner"] == owner for other in queued)) >= MOST_QUEUED_OF_ONE:
        raise ValueError(f"{own} of your runs wait to be trained, as many as may: wait, or stop one of them")


def _require_within(limits: Limits, config: RunConfig) -> None:
    if config.train.steps > limits.steps:
        raise ValueError(f"{config.train.steps:,} steps are asked for, expected at most {limits.steps:,}")


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or TEMPORARY in name:
        raise ValueError(f"the name is {name!r}, expected up to 80 of a-z, 0-9, '-', '_', '.', a letter or digit first")
    return name


def _runs(root: Path) -> Iterator[Path]:
    """Run folders in `root` that have a status."""
    for child in sorted(root.iterdir()):
        if not child.name.startswith(".") and TEMPORARY not in child.name and (child / STATUS).is_file():
            yield child


def _request_or_none(run: Path) -> Request | None:
    try:
        return read_request(run)
    except ValueError:
        return None


def _weights_to_start(start: Path, config: RunConfig) -> bytes:
    """The newest whole weights of a run. Raises ValueError if they are not those of such a model."""
    if open_config(start).model != config.model:
        raise ValueError(f"the run {start.name} has another model, expected the same one to go on with its weights")
    places = [start, *(moment_path(start, step) for step in reversed(moments(start)))]
    if state(start).held:
        places = places[1:]
    for place in places:
        if (place / WEIGHTS).is_file() and (place / CARD).is_file():
            return (place / WEIGHTS).read_bytes()
    raise ValueError(f"the run {start.name} has no weights yet")
