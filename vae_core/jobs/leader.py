"""The lease on the queue of a folder: of all web servers and services that share the folder, one starts its trainers.

Trainers are started in one place, `queue.schedule`, which requeues interrupted jobs and launches queued ones, under a
lock of its own. It is called by:

- `lead_and_schedule`, below, every few seconds, in the process that holds the lease: a web server
  (ui/pages/train/scheduler.py, which also calls it when a visitor queues a run) or `python -m vae_core jobs`
  (vae_core/cli/commands.py).
- every job at its end (vae_core/cli/train.py), so that the queue of one machine advances without these processes too.

The lease is a file lock, released when its holder exits. The holder also writes a heartbeat, which the health route
reads.
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

LEASE_FILE, HEARTBEAT_FILE = ".owner.lock", ".owner.json"
STALE = 15.0  # seconds without a heartbeat after which the folder counts as having no leader
_HEARTBEAT_SECONDS = 5.0

_held: dict[Path, tuple[ExitStack, float]] = {}  # folder -> its lease, and when its heartbeat was last written
_thread_lock = threading.Lock()


def lead_and_schedule(root: Path) -> bool:
    """Acquire or keep the lease on the folder and schedule its queue; False if another process holds the lease.

    To be called every few seconds. The lease is held until the process exits or calls `release`.
    """
    if not _hold_lease(root.resolve()):
        return False
    queue.schedule(root)
    return True


def release(root: Path) -> None:
    """Release the lease on the folder, if this process holds it."""
    with _thread_lock:
        if held := _held.pop(root.resolve(), None):
            held[0].close()


def seconds_since_heartbeat(root: Path) -> float | None:
    """Return the seconds since the leader's last heartbeat; None if there has been none."""
    try:
        return max(0.0, time.time() - json.loads((root / HEARTBEAT_FILE).read_text(encoding="utf-8"))["heartbeat"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _hold_lease(root: Path) -> bool:
    """Acquire the lease if this process does not hold it, and write a heartbeat when one is due."""
    with _thread_lock:
        lease, written = _held.get(root, (None, -math.inf))
        if lease is None:
            root.mkdir(parents=True, exist_ok=True)
            lease = ExitStack()
            if not lease.enter_context(locked(root / LEASE_FILE, wait=False)):
                return False
        now = time.monotonic()
        if now - written >= _HEARTBEAT_SECONDS:
            heartbeat = {"heartbeat": time.time(), "pid": os.getpid(), "host": socket.gethostname()}
            write_json(root / HEARTBEAT_FILE, heartbeat, flush=False)
            written = now
        _held[root] = (lease, written)
        return True
