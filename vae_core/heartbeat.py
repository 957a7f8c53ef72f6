"""The trainer's side of status.json: what it tells, and a heartbeat every two seconds whatever it is busy with."""

import contextlib
import dataclasses
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vae_core.lock import TRAINER_LOCK, locked
from vae_core.status import Status, stored_status, write_status

_BEAT = 2.0  # seconds


class Heartbeat:
    """Holds the status of a run while this process trains it; a context, at whose end the beating stops."""

    def __init__(self, run: Path, **first: Any) -> None:
        self._run, self._lock, self._over = run, threading.Lock(), threading.Event()
        held = {"pid": os.getpid(), "host": socket.gethostname(), "reason": None}
        self._status = dataclasses.replace(stored_status(run), state="running", **held | first)
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Heartbeat":
        self.tell()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def status(self) -> Status:
        return self._status

    def tell(self, **changes: Any) -> None:
        """Write the status with these changes; one that ends the run is flushed to the disk."""
        with self._lock:
            self._status = dataclasses.replace(self._status, heartbeat=time.time(), **changes)
            write_status(self._run, self._status, flush="state" in changes)

    def _beat(self) -> None:
        while not self._over.wait(_BEAT):
            with contextlib.suppress(OSError):  # a full disk is the trainer's to report
                self.tell()


@contextmanager
def hold(run: Path) -> Iterator[Heartbeat]:
    """Be the one trainer of a run, with a beating heart. Raises ValueError if there is another one."""
    with locked(run / TRAINER_LOCK, wait=False) as mine:
        if not mine:
            raise ValueError(f"the run {run.name} is being trained by process {stored_status(run).pid}: stop it first")
        with Heartbeat(run) as heart:
            yield heart
