"""Real trainers in processes of their own, small enough to be killed often."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vae_core.status import Status, stored_status

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 240.0  # seconds on a very busy machine
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}
MODEL = ["--data", "digits", "--hidden", "24", "--batch-size", "32", "--seed", "5"]


def train_command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "vae_core", "train", *map(str, arguments)]


def finish(*arguments: object) -> dict[str, Any]:
    """Train to the end; gives what it printed."""
    done = subprocess.run(
        train_command(*arguments, "--json"), cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def trainer(*arguments: object) -> Iterator[subprocess.Popen]:
    """A trainer that is at work; killed at the end if it still is."""
    process = subprocess.Popen(
        train_command(*arguments), cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """The first true value of `condition`, looked at every few milliseconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def at_step(run: Path, step: int) -> Status:
    """Wait until the trainer has said that it is at `step` or beyond."""

    def reached() -> Status | None:
        status = stored_status(run)
        assert status.state != "failed", status.reason
        return status if status.step >= step else None

    return wait_for(reached, f"step {step} of {run.name}")


def losses(run: Path) -> list[tuple[int, float]]:
    return [(line["step"], line["loss"]) for line in map(json.loads, (run / "metrics.jsonl").read_text().splitlines())]
