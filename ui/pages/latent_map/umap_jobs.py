"""UMAP planes of runs, each laid out once by a process of its own and kept.

One is laid out at a time, at low priority. Whoever waits for it asks now and then how far it is; when nobody does any
more, or all have called it off, it is ended.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ui.runs.catalogue import ROOT, Entry
from vae_core.data.registry import cache_folder
from vae_core.runs.run import CODES, sha256
from vae_core.runs.umap_file import UMAP, StoredPlane, read_plane

SEED = 0
PATIENCE = 120.0  # seconds without a question after which nobody waits any more; hidden tabs ask once a minute
_MOST_WATCHERS, _MOST_KEPT = 200, 64

_lock = threading.Lock()
_turn = threading.Lock()  # held by the plane that is being laid out
_jobs: dict[Entry, "_Job"] = {}


@dataclass
class _Job:
    """A plane that is asked for. `state` is waiting, running, done, failed or cancelled."""

    entry: Entry
    state: str = "waiting"
    share: float = 0.0
    sentence: str = ""
    watchers: dict[str, float] = field(default_factory=dict)  # when each last asked
    process: subprocess.Popen | None = None


def stored_plane(entry: Entry) -> Path | None:
    """The file that holds the run's plane, if there is one."""
    return next((path for path in _places(entry) if _read(path, _stamp(path), entry) is not None), None)


def job_state(entry: Entry, who: str, start: bool = False) -> dict[str, Any]:
    """How far the plane of a run is, for a page that calls itself `who`; with `start` it is begun where it is not.

    `state` is ready, waiting, running, failed, cancelled or none; with it `share` from 0 to 1, `sentence` where it
    failed, and what is known of a plane that is ready.
    """
    if (path := stored_plane(entry)) is not None:
        plane = _read(path, _stamp(path), entry)
        trusted = {"trustworthiness": plane.trustworthiness, "pca_trustworthiness": plane.pca_trustworthiness}
        return {"state": "ready", "seed": plane.seed, "version": _stamp(path)[0], **trusted}
    with _lock:
        job = _jobs.get(entry)
        if start and (job is None or job.state in ("done", "failed", "cancelled")):
            job = _jobs[entry] = _Job(entry)
            _drop_old()
            threading.Thread(target=_work, args=(job,), daemon=True).start()
        if job is None:
            return {"state": "none", "share": 0.0}
        if who in job.watchers or (start and len(job.watchers) < _MOST_WATCHERS):
            job.watchers[who] = time.monotonic()
        return {"state": job.state, "share": job.share, "sentence": job.sentence}


def cancel(entry: Entry, who: str) -> None:
    """This page does not wait any more; the work ends when no other does."""
    with _lock:
        job = _jobs.get(entry)
        if job is not None:
            job.watchers.pop(who, None)
            _end_if_alone(job)


def _end_if_alone(job: _Job) -> None:
    """Under _lock: end a job that nobody has asked about for a while."""
    now = time.monotonic()
    if job.state not in ("waiting", "running") or any(now - last < PATIENCE for last in job.watchers.values()):
        return
    job.state = "cancelled"
    if job.process is not None:
        job.process.terminate()


def _drop_old() -> None:
    """Under _lock: forget the oldest jobs that have ended."""
    ended = [entry for entry, job in _jobs.items() if job.state in ("done", "failed", "cancelled")]
    for entry in ended[: max(0, len(_jobs) - _MOST_KEPT)]:
        del _jobs[entry]


def _work(job: _Job) -> None:
    with _turn:
        with _lock:
            _end_if_alone(job)
            if job.state != "waiting":
                return
            out = next(iter(_places(job.entry)))
            job.state = "running"
            try:
                out.parent.mkdir(parents=True, exist_ok=True)
                job.process = _started(job.entry, out)
            except OSError as error:
                job.state, job.sentence = "failed", f"UMAP could not be started: {error}."
                return
        _follow(job, job.process)


def _started(entry: Entry, out: Path) -> subprocess.Popen:
    nice = [found, "-n", "10"] if (found := shutil.which("nice")) else []
    command = [sys.executable, "-m", "vae_core", "umap", str(entry.run.path.resolve())]
    return subprocess.Popen(
        [*nice, *command, "--seed", str(SEED), "--out", str(out.resolve()), "--shares"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _follow(job: _Job, process: subprocess.Popen) -> None:
    """Read the shares until the process ends; the last line of its errors says why it failed."""
    errors: list[str] = []
    with process:  # waits, and closes what it says
        listener = threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True)
        listener.start()
        for line in process.stdout:
            with _lock:
                job.share = _share(line, job.share)
                _end_if_alone(job)
        listener.join()
    with _lock:
        job.process = None
        if job.state == "running":
            said = errors[-1].strip().removeprefix("vae_core: ") if errors else f"it ended with {process.returncode}"
            job.state = "done" if process.returncode == 0 else "failed"
            job.sentence = "" if process.returncode == 0 else f"UMAP could not be laid out: {said[:300]}."


def _share(line: str, before: float) -> float:
    try:
        return min(1.0, max(0.0, float(line)))
    except ValueError:
        return before  # the table at the end


def _places(entry: Entry) -> list[Path]:
    """Where the run's plane may lie: in its folder, first if that can be written, and in the user's cache."""
    own, cached = entry.run.path / UMAP, cache_folder() / "planes" / f"{entry.digest}.safetensors"
    return [own, cached] if os.access(entry.run.path, os.W_OK) else [cached, own]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, -1
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=_MOST_KEPT)
def _read(path: Path, stamp: tuple[int, int], entry: Entry) -> StoredPlane | None:
    return None if stamp[1] < 0 else read_plane(path, sha256(entry.run.path / CODES), entry.count)
