"""The status of a run: status.json, written by its trainer, read without torch."""

import contextlib
import dataclasses
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vae_core.io.atomic import write_json
from vae_core.io.file_lock import TRAINER_LOCK, locked
from vae_core.io.json_record import read_record
from vae_core.runs.run import CARD, STATUS

STALE = 15.0  # seconds without a heartbeat after which a run counts as interrupted
State = Literal["queued", "starting", "running", "paused", "done", "failed", "stopped", "interrupted"]


@dataclass(frozen=True)
class Status:
    """The contents of status.json. `pid` is that of the trainer, None while no process holds the run.

    "starting": a trainer has been launched and has not yet acquired the run's lock; `heartbeat` is the time
    of the launch.
    """

    state: State
    step: int = 0
    steps: int = 0  # planned
    seconds: float = 0.0  # spent in training steps so far
    images_per_second: float = 0.0
    heartbeat: float = 0.0  # unix seconds
    pid: int | None = None
    host: str = ""
    device: str = ""
    threads: int = 0
    reason: str | None = None  # one sentence: why it failed, stopped or was interrupted
    note: str | None = None  # one sentence on the training, for example that the posterior has collapsed
    resumed: str | None = None  # one sentence: since when its numbers are not bit by bit those of one go, and why
    attempt: int = 0  # times that it was continued automatically after an interruption

    def __post_init__(self) -> None:
        if self.pid is not None and not 0 < self.pid < 2**31:
            raise ValueError(f"pid is {self.pid}, expected the number of a process")

    @property
    def held(self) -> bool:
        """Return whether a trainer holds the run or is being started for it."""
        return self.state == "starting" or (self.state in ("running", "paused") and self.pid is not None)


def read_status(run: Path) -> Status:
    """Read the run's status: "interrupted" if its trainer has exited or has written no heartbeat for 15 s."""
    status = stored_status(run)
    return _as_interrupted(status) if status.held and _has_trainer_exited(status) else status


def stored_status(run: Path) -> Status:
    """Read status.json without a check of the trainer. A missing or unreadable file is "interrupted"."""
    try:
        return read_record(run / STATUS, Status, unknown="drop")
    except FileNotFoundError:
        done = (run / CARD).is_file()
        return Status("done") if done else Status("interrupted", reason=f"its {STATUS} is missing")
    except ValueError:
        return Status("interrupted", reason=f"its {STATUS} cannot be read")


def write_status(run: Path, status: Status, flush: bool = True) -> None:
    write_json(run / STATUS, dataclasses.asdict(status), flush)


def _as_interrupted(status: Status) -> Status:
    ended = f"ended without an error message at about step {status.step}"
    reason = f"its trainer {'did not start' if status.state == 'starting' else ended}"
    return dataclasses.replace(status, state="interrupted", pid=None, reason=reason, images_per_second=0.0)


def _has_trainer_exited(status: Status) -> bool:
    if time.time() - status.heartbeat > STALE:
        return True
    return status.pid is not None and status.host == socket.gethostname() and not _is_process_running(status.pid)


def _is_process_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


_HEARTBEAT_SECONDS = 2.0


class Heartbeat:
    """A context that writes the status of a run every two seconds while this process trains it."""

    def __init__(self, run: Path, **first: Any) -> None:
        self._run, self._lock, self._stop = run, threading.Lock(), threading.Event()
        held = {"pid": os.getpid(), "host": socket.gethostname(), "reason": None}
        self._status = dataclasses.replace(stored_status(run), state="running", **held | first)
        self._thread = threading.Thread(target=self._write_repeatedly, daemon=True)

    def __enter__(self) -> "Heartbeat":
        self.update()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def status(self) -> Status:
        return self._status

    def update(self, **changes: Any) -> None:
        """Write the status with these changes; a change of state is flushed to the disk."""
        with self._lock:
            self._status = dataclasses.replace(self._status, heartbeat=time.time(), **changes)
            write_status(self._run, self._status, flush="state" in changes)

    def _write_repeatedly(self) -> None:
        while not self._stop.wait(_HEARTBEAT_SECONDS):
            with contextlib.suppress(OSError):  # on a full disk the training itself fails and reports it
                self.update()


@contextmanager
def acquire_run(run: Path) -> Iterator[Heartbeat]:
    """Acquire the run's trainer lock and write a heartbeat to its status.

    Raises ValueError if another process holds the lock.
    """
    with locked(run / TRAINER_LOCK, wait=False) as mine:
        if not mine:
            raise ValueError(f"the run {run.name} is being trained by process {stored_status(run).pid}: stop it first")
        with Heartbeat(run) as heartbeat:
            yield heartbeat
