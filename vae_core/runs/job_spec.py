"""The job specification of a run: request.json in its folder. It does not affect the numbers of the training."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from vae_core.config import RunConfig
from vae_core.io.atomic import write_json
from vae_core.io.json_record import read_record
from vae_core.runs.run import CONFIG, new_run
from vae_core.runs.status import Status, write_status

JOB_SPEC = "request.json"
START = "start.safetensors"


@dataclass(frozen=True)
class Limits:
    """Limits of a job: seconds of training, steps, bytes of memory."""

    seconds: float = 3600.0
    steps: int = 1_000_000
    memory: int = 4 << 30


@dataclass(frozen=True)
class JobSpec:
    """Title and command for the model card, the format of the result, and for a queued job its owner and limits."""

    title: str | None = None
    command: str = ""
    half: bool = False  # round the finished weights to half precision
    tensorboard: bool = False
    parent: str | None = None  # the run from which this one was made
    owner: str | None = None
    submitted: float | None = None  # unix seconds; None for a run that was not queued
    limits: Limits | None = None


def make_run(path: Path, config: RunConfig, spec: JobSpec, status: Status, start: bytes | None = None) -> None:
    """Write the folder of an untrained run; `start` holds the bytes of initial weights.

    Raises ValueError if `path` already holds something or cannot be made.
    """
    with new_run(path) as folder:
        write_json(folder / CONFIG, config.to_json())
        write_job_spec(folder, spec)
        write_status(folder, status)
        if start is not None:
            (folder / START).write_bytes(start)


def read_job_spec(run: Path) -> JobSpec:
    """Read the job specification of a run folder, the default if it has none. Raises ValueError if unreadable."""
    try:
        return read_record(run / JOB_SPEC, JobSpec)
    except FileNotFoundError:
        return JobSpec()
    except ValueError:
        raise ValueError(f"{JOB_SPEC} of the run {run.name} cannot be read") from None


def write_job_spec(run: Path, spec: JobSpec) -> None:
    write_json(run / JOB_SPEC, dataclasses.asdict(spec))
