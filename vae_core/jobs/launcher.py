"""Trainers as detached processes: how many at a time, how they are started, and when a dead one is queued again."""

import dataclasses
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from vae_core.io.file_lock import TRAINER_LOCK, is_locked
from vae_core.runs.status import read_status, stored_status, write_status

MOST_ATTEMPTS = 3  # times that an interrupted job is continued by itself
LOG = "trainer.log"
_HERE = Path(__file__).resolve().parents[2]


def slots() -> int:
    """Runs that train at the same time: one, or two on a machine with more than four cores."""
    return 1 if _cores() <= 4 else 2


def threads() -> int:
    """Threads of one trainer: the cores are shared out, and the last one is left to the pages."""
    return max(1, min(8, (_cores() - 1) // slots()))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def revive(run: Path) -> None:
    """Put an interrupted job back into the queue, or give it up after the third time."""
    stored = stored_status(run)
    status = read_status(run)
    if status.state != "interrupted" or is_locked(run / TRAINER_LOCK):
        return  # a trainer that holds the lock is alive: the machine has only slept
    if status.attempt < MOST_ATTEMPTS:
        reason = f"it was interrupted; attempt {status.attempt + 1} of {MOST_ATTEMPTS} to go on"
        write_status(run, dataclasses.replace(status, state="queued", reason=reason, attempt=status.attempt + 1))
    elif stored.state != "interrupted":
        reason = f"{status.reason}, after {MOST_ATTEMPTS} attempts to go on; {_last_words(run)}"
        write_status(run, dataclasses.replace(status, reason=reason))


def _last_words(run: Path) -> str:
    """The last line that the trainer wrote to its log."""
    try:
        lines = (run / LOG).read_text(encoding="utf-8", errors="replace")[-2000:].split("\n")
    except OSError:
        lines = []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"its last words: {last[-200:]}" if last else f"{LOG} is empty"


def launch(run: Path) -> None:
    """Start a trainer in a session of its own, so that it outlives whoever started it."""
    command = [sys.executable, "-m", "vae_core", "train", "--resume", str(run.resolve()), "--background"]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads()), "PYTHONUNBUFFERED": "1"}
    queued = stored_status(run)
    started = {"state": "running", "pid": os.getpid(), "heartbeat": time.time(), "host": socket.gethostname()}
    write_status(run, dataclasses.replace(queued, **started))  # the trainer puts its own number here
    with (run / LOG).open("ab") as log:
        trainer = subprocess.Popen(
            command,
            cwd=_HERE,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=trainer.wait, daemon=True).start()  # no zombie, so that its end is seen
