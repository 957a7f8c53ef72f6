"""Advisory file locks, released by the operating system when the process that holds one exits or is killed.

The lock file stays where it is: to delete it on release would let two processes lock two files of the same name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

TRAINER_LOCK = "trainer.lock"  # in a run folder, held by the process that trains it
_POLL_SECONDS = 0.02  # between two attempts while another process holds the lock


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a file, which is created if it is missing. Without `wait`, yield False if it is held elsewhere.

    Each call is a lock of its own, also between threads of one process; a child process does not inherit it. Any thread
    may release it. Raises FileNotFoundError if the folder is missing, OSError if the file cannot be opened or the file
    system has no locks.
    """
    path.parent.stat()  # FileLock would create a missing folder
    lock = FileLock(path, thread_local=False, blocking=wait, poll_interval=_POLL_SECONDS, preserve_lock_file=True)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Return whether any process holds the lock of a file."""
    if not path.exists():
        return False
    with locked(path, wait=False) as free:
        return not free
