"""Control requests to a trainer: control.json in the run folder, read a few times a second."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from vae_core.io.atomic import write_json
from vae_core.io.json_record import read_record

CONTROL = "control.json"
Want = Literal["run", "pause", "stop"]


@dataclass(frozen=True)
class Control:
    """A request to run, pause or stop. A pause with `until` trains up to that step first."""

    want: Want = "run"
    until: int | None = None

    def __post_init__(self) -> None:
        if self.want not in get_args(Want):
            raise ValueError(f"want is {self.want!r}, expected one of {', '.join(get_args(Want))}")
        if self.until is not None and (self.want != "pause" or not isinstance(self.until, int) or self.until < 0):
            raise ValueError(f"until is {self.until!r} with {self.want!r}, expected a step to pause at, or none")


def read_control(run: Path) -> Control:
    """Read the current request; "run" if there is none or it cannot be read."""
    try:
        return read_record(run / CONTROL, Control)
    except (FileNotFoundError, ValueError):
        return Control()


def write_control(run: Path, control: Control) -> None:
    write_json(run / CONTROL, asdict(control), flush=False)
