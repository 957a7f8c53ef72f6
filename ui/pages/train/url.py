"""What a link to the page Train holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ui.pages.train.presets import PRESETS
from ui.url_state import schema
from ui.url_state.schema import Choice, Field, Whole

MOST_BESIDE = 3
_MOST_STEPS, _LONGEST = 10**9, 120


@dataclass(frozen=True)
class View:
    """The run that is shown, the runs compared with it, the step of its snapshot, and the x-axis of the curves.

    `step` is None for the newest snapshot; `preset` is that of the form.
    """

    run: str | None = None
    compare: tuple[str, ...] = ()
    step: int | None = None
    by: str = "step"
    preset: str = next(iter(PRESETS))


@dataclass(frozen=True)
class RunName:
    """The name of a run, whether or not it is there."""

    def read(self, text: str, bounds: None) -> str:
        if not 0 < len(text) <= _LONGEST:
            raise ValueError("the name of a run")
        return text

    def write(self, value: str) -> str:
        return str(value)

    def describe(self, bounds: None) -> dict[str, Any]:
        return {"kind": "text", "most": _LONGEST}


@dataclass(frozen=True)
class RunNames:
    """The names of runs that are shown beside the first."""

    def read(self, text: str, bounds: None) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(text.split(",")))
        if len(names) > MOST_BESIDE or not all(0 < len(name) <= _LONGEST for name in names):
            raise ValueError(f"the names of one to {MOST_BESIDE} runs, separated by commas")
        return names

    def write(self, value: Sequence[str]) -> str:
        return schema.write_list(value)

    def describe(self, bounds: None) -> dict[str, Any]:
        return {"kind": "texts", "most": MOST_BESIDE}


LIVE_FIELDS: tuple[Field, ...] = (  # of the live view
    Field("run", "run", RunName(), "field", rerun=True),
    Field("train_beside", "compare", RunNames(), "field"),
    Field("train_step", "step", Whole(0, _MOST_STEPS), "field"),
    Field("train_by", "by", Choice(("step", "seconds")), "field"),
)
FIELDS: tuple[Field, ...] = (*LIVE_FIELDS, Field("train_preset", "preset", Choice(tuple(PRESETS)), rerun=True))


def describe() -> dict[str, dict[str, Any]]:
    """Describe the fields of a view for the browser that the live view has."""
    return schema.describe(LIVE_FIELDS, View(), None)
