"""Locks of the operating system on files: they fall when their holder dies, however it dies."""

import contextlib
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TRAINER_LOCK = "trainer.lock"  # in a run folder, held by the process that trains it


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a file, made when it is not there; without `wait`, yields False when another one holds it."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)


def is_locked(path: Path) -> bool:
    """Whether someone holds the lock of a file."""
    if not path.exists():
        return False
    with locked(path, wait=False) as free:
        return not free
