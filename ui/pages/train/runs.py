"""The runs that the page trains and watches: where they are, and their list."""

import os
import socket
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ui.runs import catalogue
from vae_core.config import RunConfig
from vae_core.io import disk_space
from vae_core.jobs import queue
from vae_core.runs.run import CONFIG, open_config, runs_folder

MOST_OF_ONE, MOST_BYTES_OF_ONE = 60, 4_000_000_000  # runs that are kept for one visitor
SHIPPED = "fashion-training"  # the run in shipped_trainings/ that is shown to those who have none of their own
_BYTES_SECONDS = 60.0  # all folders are walked through once in that time
_LIST_SECONDS = 1.0  # a list is made once for all who look at it in that time
_LONGEST_NAME = 120
_LEAST_SHARE = 0.1  # of a training's steps, before its speed says anything of the machine


@dataclass(frozen=True)
class Listed:
    """One run of the list: its folder's name, what it is called, how far it is."""

    id: str
    title: str
    state: str
    step: int
    steps: int
    seconds: float
    made: float  # seconds since 1970, as `submitted` is
    submitted: float
    parent: str | None
    owner: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What a browser may know: not whose it is."""
        return {key: value for key, value in vars(self).items() if key != "owner"}


def runs_root() -> Path:
    """The folder of the runs that this app trains."""
    return runs_folder()


def shipped_run() -> Path:
    """The folder of the training that is shipped, with its snapshots; it can be looked at, and nothing else."""
    return catalogue.ROOT / "shipped_trainings" / SHIPPED


def default_run(owner: str) -> str | None:
    """The run that a link without one shows: the newest of this visitor, else the one that is shipped."""
    own = next((run.id for run in listed() if run.owner == owner), None)
    return own or (SHIPPED if find_run(SHIPPED) else None)


def find_run(name: str) -> Path | None:
    """The folder of the run of that name, None if there is none; a name is never a path to elsewhere."""
    folder = shipped_run() if name == SHIPPED else runs_root() / name
    if name.startswith(".") or folder.name != name or ".tmp-" in name or len(name) > _LONGEST_NAME:
        return None
    return folder if (folder / CONFIG).is_file() else None


def run_token(run: Path) -> str:
    """Tells a run from another one that had the same name before it."""
    stat = (run / CONFIG).stat()
    return f"{stat.st_mtime_ns:x}"


def config_of(run: Path) -> RunConfig:
    """The run's configuration. Raises ValueError with one sentence if it cannot be read."""
    return _config(run / CONFIG, run_token(run))


@lru_cache(maxsize=256)
def _config(path: Path, stamp: str) -> RunConfig:
    return open_config(path.parent)


def listed() -> list[Listed]:
    """Every run in the folder, the newest first, as of at most a second ago."""
    return list(_listed_at(runs_root(), int(time.monotonic() / _LIST_SECONDS)))


@lru_cache(maxsize=4)
def _listed_at(folder: Path, second: int) -> tuple[Listed, ...]:
    found = [_summary(child) for child in _children(folder)]
    return tuple(sorted((run for run in found if run), key=lambda run: (-run.made, run.id)))


def forget() -> None:
    """The list has changed: make it anew when it is asked for."""
    _listed_at.cache_clear()


def _children(folder: Path) -> list[Path]:
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    return [run for run in map(find_run, names) if run is not None]


def _summary(run: Path) -> Listed | None:
    try:
        status, described = queue.read_status(run), queue.describe_job(run)
        made = (run / CONFIG).stat().st_mtime
    except (OSError, ValueError):
        return None  # it is being made or moved away
    title, parent = described.get("title") or run.name, described.get("parent")
    submitted = described.get("submitted") or made
    numbers = (status.step, status.steps, status.seconds, made, submitted)
    return Listed(run.name, title, status.state, *numbers, parent, described.get("owner"))


def count_of(owner: str) -> int:
    """How many runs are this visitor's."""
    return sum(run.owner == owner for run in listed())


def bytes_of(owner: str) -> int:
    """Bytes of this visitor's runs on the disk."""
    folders = [find_run(run.id) for run in listed() if run.owner == owner]
    return sum(disk_space.size(folder) for folder in folders if folder is not None)


def bytes_of_all() -> tuple[int, int]:
    """Bytes of all runs, deleted ones included, and of the visitor who has the most, as of at most a minute ago."""
    return _bytes_at(runs_root(), int(time.monotonic() / _BYTES_SECONDS))


@lru_cache(maxsize=4)
def _bytes_at(folder: Path, minute: int) -> tuple[int, int]:
    owners = {run.owner for run in listed() if run.owner is not None}
    return disk_space.size(folder), max(map(bytes_of, owners), default=0)


def measured_speeds() -> list[tuple[RunConfig, float]]:
    """Configurations and images per second of earlier runs on this machine, the newest first."""
    speeds = []
    for run in listed():
        folder = find_run(run.id)
        if folder is None or run.step < max(1, _LEAST_SHARE * run.steps):
            continue
        try:
            status = queue.read_status(folder)
            if status.host == socket.gethostname() and status.images_per_second > 0:
                speeds.append((config_of(folder), status.images_per_second))
        except (OSError, ValueError):
            continue
    return speeds
