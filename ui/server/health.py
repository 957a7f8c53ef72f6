"""The operator's routes: liveness, readiness and metrics. ui/server/access.py refuses them to everyone else."""

import tempfile
import time
from collections import Counter
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ui.export import artifacts
from ui.pages.train import runs
from ui.runs import assets, loaded_model
from ui.runs.catalogue import recent_catalogue
from ui.server import array_cache, message_limit, prometheus, shutdown, upload_limit
from vae_core.data import uploaded
from vae_core.io import disk_space
from vae_core.jobs import leader

_NO_STORE = {"Cache-Control": "no-store"}
_STATES = ("queued", "starting", "running", "paused", "failed", "interrupted")


def alive(request: Request) -> Response:
    """Answer 200: the process runs."""
    return PlainTextResponse("alive\n", headers=_NO_STORE)


def health(request: Request) -> Response:
    """Answer 200 if the server is ready for visitors, else 503, with a sentence for each problem."""
    problems = [sentence for sentence in (_models(), *map(_writable, (runs.runs_root(), uploaded.root()))) if sentence]
    if shutdown.is_shutting_down():
        problems.append("The server is about to stop.")
    age = leader.seconds_since_heartbeat(runs.runs_root())
    notes = [] if age is not None and age < leader.STALE else ["Nobody looks after the queue of trainings."]
    report = {"ready": not problems, "problems": problems, "notes": notes}
    return JSONResponse(report, 503 if problems else 200, headers=_NO_STORE)


def metrics(request: Request) -> Response:
    """Answer with metrics in the text format of Prometheus."""
    gauges: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {
        ("vae_lab_leaving", ()): float(shutdown.is_shutting_down())
    }
    states = Counter(run.state for run in runs.listed())
    for state in _STATES:
        gauges["vae_lab_jobs", (("state", state),)] = states[state]
    age = leader.seconds_since_heartbeat(runs.runs_root())
    gauges["vae_lab_queue_silence_seconds", ()] = float("inf") if age is None else age
    gauges["vae_lab_resident_bytes", ()] = resident()
    for what, (held, budget) in _budgets().items():
        gauges["vae_lab_held_bytes", (("what", what),)] = held
        gauges["vae_lab_budget_bytes", (("what", what),)] = budget
    for what, folder in (("runs", runs.runs_root()), ("uploads", uploaded.root())):
        gauges["vae_lab_disk_free_bytes", (("folder", what),)] = disk_space.free(folder)
    gauges["vae_lab_seconds_total", ()] = time.monotonic() - _BEGUN
    return PlainTextResponse(prometheus.render(gauges), headers=_NO_STORE, media_type="text/plain; version=0.0.4")


def _budgets() -> dict[str, tuple[int, int]]:
    """Bytes that are held of each thing, and how many may be: docs/decisions/0033-what-is-for-all-has-budgets.md."""
    of_all, of_one = runs.bytes_of_all()
    left = disk_space.free(runs.runs_root()) - disk_space.LEAST_FREE
    return {
        "runs": (of_all, of_all + max(0, left)),
        "runs_of_one": (of_one, runs.MOST_BYTES_OF_ONE),
        "packed": (assets.packed_bytes(), assets.MOST_PACKED),
        "arrays": (array_cache.bytes_held(), array_cache.MOST_BYTES),
        "models": (loaded_model.bytes_held(), loaded_model.MOST_BYTES),
        "exports": (artifacts.bytes_held(), artifacts.MOST_BYTES),
        "uploads": (upload_limit.bytes_held(), upload_limit.MOST_OF_ALL),
        "messages": (message_limit.bytes_held(), message_limit.MOST_BYTES),
    }


def resident() -> float:
    """Return the resident memory of this process in bytes; 0 on a system without /proc."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        line = next(line for line in lines if line.startswith("VmRSS"))
    except (OSError, StopIteration):
        return 0.0
    return 1024.0 * int(line.split()[1])


def _models() -> str:
    return "" if recent_catalogue().runs else "No model can be read."


def _writable(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x" * 4096)
            file.flush()
    except OSError as error:
        return f"The folder {folder.name} cannot be written: {error.strerror}."
    return ""


_BEGUN = time.monotonic()
ROUTES = [Route("/lab/alive", alive), Route("/lab/health", health), Route("/lab/metrics", metrics)]
