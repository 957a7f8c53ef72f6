"""Launch trainers as detached processes, count their slots, and requeue interrupted jobs."""

import dataclasses
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from vae_core.io.file_lock import TRAINER_LOCK, is_locked
from vae_core.jobs.fork_server import ForkServer
from vae_core.runs.status import read_status, stored_status, write_status

MOST_ATTEMPTS = 3  # times that an interrupted job is continued automatically
LOG = "trainer.log"
_HERE = Path(__file__).resolve().parents[2]
_fork_server = ForkServer()


def trainer_slots() -> int:
    """Return how many runs may train at the same time: one, or two on a machine with more than four cores."""
    return 1 if _cores() <= 4 else 2


def trainer_threads() -> int:
    """Return the threads of one trainer: its share of the cores, after one core for the web server."""
    return max(1, min(8, (_cores() - 1) // trainer_slots()))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def requeue_interrupted(run: Path) -> None:
    """Queue an interrupted job again, or leave it interrupted after the third attempt, with the last log line."""
    stored = stored_status(run)
    status = read_status(run)
    if status.state != "interrupted" or is_locked(run / TRAINER_LOCK):
        return  # a trainer that holds the lock still runs: the machine was suspended
    if status.attempt < MOST_ATTEMPTS:
        reason = f"it was interrupted; attempt {status.attempt + 1} of {MOST_ATTEMPTS} to go on"
        write_status(run, dataclasses.replace(status, state="queued", reason=reason, attempt=status.attempt + 1))
    elif stored.state != "interrupted":
        reason = f"{status.reason}, after {MOST_ATTEMPTS} attempts to go on; {_last_log_line(run)}"
        write_status(run, dataclasses.replace(status, reason=reason))


def _last_log_line(run: Path) -> str:
    """Return the last line of the trainer's log, in a clause for the status."""
    try:
        lines = (run / LOG).read_text(encoding="utf-8", errors="replace")[-2000:].split("\n")
    except OSError:
        lines = []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"the last line of {LOG}: {last[-200:]}" if last else f"{LOG} is empty"


def launch(run: Path) -> None:
    """Launch the trainer of a queued run in a session of its own, so that it outlives this process.

    The status is "starting" until the trainer has acquired the run's lock and writes its own process number. If this
    process is killed before the launch, the status goes stale and the run is queued again.
    """
    arguments = ["train", "--job", str(run.resolve())]
    starting = {"state": "starting", "pid": None, "heartbeat": time.time(), "host": socket.gethostname()}
    write_status(run, dataclasses.replace(stored_status(run), **starting))
    if _fork_server.fork(arguments, (run / LOG).resolve()):
        return
    with (run / LOG).open("ab") as log:
        trainer = subprocess.Popen(
            [sys.executable, "-m", "vae_core", *arguments],
            cwd=_HERE,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=trainer.wait, daemon=True).start()  # reap the process, so that its pid becomes free


def prepare() -> None:
    """Have torch imported by the time that `launch` is called next; returns at once."""
    _fork_server.start(_environment())


def stop_preparing() -> None:
    """End what `prepare` has started; trainers go on."""
    _fork_server.stop()


def _environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": str(trainer_threads()), "PYTHONUNBUFFERED": "1"}
