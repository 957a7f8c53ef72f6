"""What a lesson is, once its file has been read and found sound."""

from collections.abc import Mapping
from dataclasses import dataclass

Setting = str | float | int


@dataclass(frozen=True)
class Choice:
    """One answer to choose from. It is the model's own when the check's value lies in [low, high)."""

    text: str
    low: float
    high: float


@dataclass(frozen=True)
class Ask:
    """A prediction, and what is said once the live model has been asked.

    There are either choices, or a number of this `unit` is asked for, or neither: then nothing is predicted. `reveal`
    holds placeholders that the check fills.
    """

    check: str
    settings: Mapping[str, Setting]
    reveal: str
    question: str = ""
    choices: tuple[Choice, ...] = ()
    unit: str | None = None


@dataclass(frozen=True)
class Task:
    """Something to do on the page: it is done when the check's value lies in [low, high]."""

    say: str
    check: str
    settings: Mapping[str, Setting]
    low: float
    high: float
    done: str
    not_yet: str


@dataclass(frozen=True)
class Step:
    """Text beside a page. `view` holds the link's entries that the page opens with; None leaves it as it is.

    `focus` names the control of the page that the step speaks of, empty for none.
    """

    text: str
    page: str
    view: Mapping[str, Setting] | None
    ask: Ask | None = None
    task: Task | None = None
    focus: str = ""


@dataclass(frozen=True)
class Lesson:
    """A lesson by the name of its file, without the number that orders it."""

    name: str
    title: str
    line: str
    icon: str
    minutes: int
    steps: tuple[Step, ...]
