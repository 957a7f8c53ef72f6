"""The one process that looks after a folder of runs: of all web servers and services on it exactly one starts trainers.

It holds the lock of a file, which falls when it dies, and writes beside it that it is awake.
"""

import json
import math
import os
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from vae_core.io.atomic import write_json
from vae_core.io.file_lock import locked
from vae_core.jobs import queue

LOCK, AWAKE = ".owner.lock", ".owner.json"
STALE = 15.0  # seconds without a word after which nobody is taken to look after the queue
_BEAT = 5.0  # seconds between two words

_held: dict[Path, tuple[ExitStack, float]] = {}  # the locks of this process, and when it last said that it is awake
_thread_lock = threading.Lock()


def tend(root: Path) -> bool:
    """Own the folder if nobody else does, and move its queue on; False if another process owns it.

    To be called every few seconds. The folder stays this process's until it ends or calls `release`.
    """
    if not _own(root.resolve()):
        return False
    queue.pump(root)
    return True


def release(root: Path) -> None:
    """Let another process own the folder."""
    with _thread_lock:
        if held := _held.pop(root.resolve(), None):
            held[0].close()


def silence(root: Path) -> float | None:
    """Seconds since the owner last said that it is awake; None if none ever has."""
    try:
        return max(0.0, time.time() - json.loads((root / AWAKE).read_text(encoding="utf-8"))["heartbeat"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _own(root: Path) -> bool:
    with _thread_lock:
        lock, said = _held.get(root, (None, -math.inf))
        if lock is None:
            root.mkdir(parents=True, exist_ok=True)
            lock = ExitStack()
            if not lock.enter_context(locked(root / LOCK, wait=False)):
                return False
        now = time.monotonic()
        if now - said >= _BEAT:
            awake = {"heartbeat": time.time(), "pid": os.getpid(), "host": socket.gethostname()}
            write_json(root / AWAKE, awake, flush=False)
            said = now
        _held[root] = (lock, said)
        return True
