"""What a live view is told each second: a run's status, the records it has not seen, its moments, a word on them."""

from pathlib import Path
from typing import Any

from ui.pages.train import notes
from ui.pages.train.explanations import of_objectives
from ui.pages.train.runs import config_of, listed, run_token
from ui.pages.train.snapshots import saved
from vae_core.jobs import queue

_ENDED = ("done", "failed", "stopped", "interrupted")
_STATUS = ("state", "step", "steps", "seconds", "images_per_second", "device", "threads", "reason", "attempt")


def live_status(run: Path, after: int) -> dict[str, Any]:
    """Plain JSON of a run, with its records of steps beyond `after`. Raises ValueError if it cannot be read."""
    status, described, config = queue.read_status(run), queue.describe_job(run), config_of(run)
    records = queue.read_training_log(run, max(0, after - 1))  # with the newest that is known already
    return {
        "id": run.name,
        "born": run_token(run),
        "title": described.get("title") or run.name,
        "parent": described.get("parent"),
        **{name: getattr(status, name) for name in _STATUS},
        "ended": status.state in _ENDED,
        "config": config.to_json(),
        "lines": [record for record in records if record["step"] > after],
        "moments": saved(run),
        "no_map": notes.why_no_map(config),
        "notes": notes.notes_of_run(status, config, records),
        **({} if after else {"fold": of_objectives()[config.train.objective]}),  # it stays with whoever has heard it
        "ahead": _ahead(run.name) if status.state == "queued" else 0,
    }


def _ahead(name: str) -> int:
    """Runs that train or were queued before this one."""
    runs = [run for run in listed() if run.state in ("queued", "starting", "running")]
    mine = next((run.submitted for run in runs if run.id == name), 0.0)
    return sum(run.state != "queued" or run.submitted < mine for run in runs if run.id != name)
