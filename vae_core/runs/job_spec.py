"""What was asked for beyond a run's configuration: request.json in its folder. None of it changes the numbers."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from vae_core.config import RunConfig
from vae_core.io.atomic import write_json
from vae_core.io.json_record import read_record
from vae_core.runs.run import CONFIG, new_run
from vae_core.runs.status import Status, write_status

REQUEST = "request.json"
START = "start.safetensors"


@dataclass(frozen=True)
class Limits:
    """What a job may use: seconds of training, steps, bytes of memory."""

    seconds: float = 3600.0
    steps: int = 1_000_000
    memory: int = 4 << 30


@dataclass(frozen=True)
class Request:
    """The card's title and command, how the result is stored, and for a job whose it is and what it may use."""

    title: str | None = None
    command: str = ""
    half: bool = False  # round the finished weights to half precision
    tensorboard: bool = False
    parent: str | None = None  # the run that it goes back to
    owner: str | None = None
    submitted: float | None = None  # unix seconds; None for a run that was not queued
    limits: Limits | None = None


def make_run(path: Path, config: RunConfig, request: Request, status: Status, start: bytes | None = None) -> None:
    """Write the folder of a run that is yet to be trained; `start` is a weights file to begin with.

    Raises ValueError if `path` already holds something or cannot be made.
    """
    with new_run(path) as folder:
        write_json(folder / CONFIG, config.to_json())
        write_request(folder, request)
        write_status(folder, status)
        if start is not None:
            (folder / START).write_bytes(start)


def read_request(run: Path) -> Request:
    """The request of a run folder, empty where there is none. Raises ValueError if it cannot be read."""
    try:
        return read_record(run / REQUEST, Request)
    except FileNotFoundError:
        return Request()
    except ValueError:
        raise ValueError(f"{REQUEST} of the run {run.name} cannot be read") from None


def write_request(run: Path, request: Request) -> None:
    write_json(run / REQUEST, dataclasses.asdict(request))
