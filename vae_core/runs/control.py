"""What a viewer asks of a trainer: control.json in the run folder, looked at a few times a second."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from vae_core.io.atomic import write_json
from vae_core.io.json_record import read_record

CONTROL = "control.json"
Want = Literal["run", "pause", "stop"]


@dataclass(frozen=True)
class Control:
    """Run on, pause or stop. A pause with `until` goes on up to that step first: one step more is a single step."""

    want: Want = "run"
    until: int | None = None

    def __post_init__(self) -> None:
        if self.want not in get_args(Want):
            raise ValueError(f"want is {self.want!r}, expected one of {', '.join(get_args(Want))}")
        if self.until is not None and (self.want != "pause" or not isinstance(self.until, int) or self.until < 0):
            raise ValueError(f"until is {self.until!r} with {self.want!r}, expected a step to pause at, or none")


def read_control(run: Path) -> Control:
    """What is asked now; to run on when nothing readable is there."""
    try:
        return read_record(run / CONTROL, Control)
    except (FileNotFoundError, ValueError):
        return Control()


def write_control(run: Path, control: Control) -> None:
    write_json(run / CONTROL, asdict(control), flush=False)
