"""Reading a lesson from its file: TOML in, a `Lesson` out, or one sentence for each mistake."""

import math
import re
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from ui.lessons.lesson import Ask, Choice, Lesson, Step, Task
from ui.lessons.page_links import PAGES, problems
from ui.lessons.registry import CHECKS
from ui.lessons.toml_fields import Table

MOST_BYTES, MOST_STEPS, MOST_CHOICES, LONGEST_TEXT = 100_000, 12, 6, 1200
_NAME = re.compile(r"(\d+-)?([a-z0-9]+(?:-[a-z0-9]+)*)\.toml")
_ICON = re.compile(r"[a-z0-9_]{2,40}")


def read_lesson(path: Path) -> Lesson:
    """The lesson in a file. Raises ValueError with its mistakes, a sentence each on a line of its own."""
    lesson, mistakes = read_file(path)
    if lesson is None:
        raise ValueError("\n".join(mistakes))
    return lesson


def read_file(path: Path) -> tuple[Lesson | None, list[str]]:
    """The lesson in a file, or None with a sentence for each mistake."""
    named = _NAME.fullmatch(path.name)
    if not named:
        return None, [f"The file is called {path.name!r}, expected a name like 13-my-lesson.toml."]
    try:
        if path.stat().st_size > MOST_BYTES:
            return None, [f"The file has {path.stat().st_size:,} bytes, expected at most {MOST_BYTES:,}."]
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return None, [f"The file is no text in UTF-8: {error.reason} at byte {error.start}."]
    except OSError as error:
        return None, [f"The file {path.name!r} cannot be read: {error.strerror}."]
    return parse(text, named[2])


def parse(text: str, name: str) -> tuple[Lesson | None, list[str]]:
    """The lesson in a TOML text, or None with a sentence for each mistake."""
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        return None, [f"This is no TOML: {str(error) or 'it is nested too deeply'}."]
    return from_table(raw, name)


def from_table(raw: dict[str, Any], name: str) -> tuple[Lesson | None, list[str]]:
    """The lesson in a table that has been read, or None with a sentence for each mistake."""
    mistakes: list[str] = []
    table = Table(raw, "The lesson", mistakes)
    title, line = table.text("title", 60), table.text("line", 160)
    icon, minutes = table.text("icon", 40), table.whole("minutes", 1, 60)
    if icon and not _ICON.fullmatch(icon):
        table.wrong("icon", icon, "the name of a Material symbol, such as school")
    steps = _steps(table.tables("step", 1, MOST_STEPS))
    table.nothing_else()
    if mistakes:
        return None, mistakes
    return Lesson(name, title, line, icon, minutes, steps), []


def _steps(tables: list[Table]) -> tuple[Step, ...]:
    steps, page = [], ""
    for table in tables:
        step = _step(table, page)
        page = step.page
        steps.append(step)
    return tuple(steps)


def _step(table: Table, before: str) -> Step:
    """One step; its page is that of the step before where it names none."""
    text = table.text("text", LONGEST_TEXT)
    table.placeholders("text", text, ())
    named = table.text("page", 40, needed=not before)
    if named and named not in PAGES:
        table.wrong("page", named, "one of " + ", ".join(PAGES))
    page = named if named in PAGES else before
    view = _view(table, page) if table.has("view") else {} if named and named != before else None
    ask, task = table.table("ask"), table.table("task")
    if ask and task:
        table.say("has both an ask and a task, expected at most one of them")
    step = Step(text, page, view, ask and _ask(ask, page), task and _task(task, page))
    table.nothing_else()
    return step


def _view(table: Table, page: str) -> dict[str, Any]:
    view = table.table("view")
    entries = view.settings() if view else {}
    if page:
        for sentence in problems(page, entries):
            table.say(f"has a view that its page refuses: {sentence[0].lower()}{sentence[1:].rstrip('.')}")
    return entries


def _ask(table: Table, page: str) -> Ask:
    check, settings, fills = _check(table, page)
    reveal = table.text("reveal", LONGEST_TEXT)
    table.placeholders("reveal", reveal, fills)
    question = table.text("question", 300, needed=False)
    table.placeholders("question", question, ())
    unit = table.text("unit", 40, needed=False) if table.has("unit") else None
    choices = tuple(_choice(each) for each in table.tables("choices", 2, MOST_CHOICES, needed=False))
    if choices and unit is not None:
        table.say("has choices and a unit, expected one of them: a prediction is a choice or a number")
    if question and not choices and unit is None:
        table.say("has a question without choices and without a unit, expected one of them")
    if (choices or unit is not None) and not question:
        table.say("has something to predict, but no question")
    ordered = sorted(choices, key=lambda choice: choice.low)
    for one, other in pairwise(ordered):
        if other.low < one.high:
            table.say(f"has two choices for one answer, {one.text!r} and {other.text!r}: expected ranges apart")
    table.nothing_else()
    return Ask(check, settings, reveal, question, choices, unit)


def _choice(table: Table) -> Choice:
    text = table.text("text", 120)
    low, high = table.number("from", -math.inf), table.number("to", math.inf)
    if not low < high:
        table.say(f"has from = {low:g} and to = {high:g}, expected the smaller first")
    table.nothing_else()
    return Choice(text, low, high)


def _task(table: Table, page: str) -> Task:
    check, settings, fills = _check(table, page)
    say = table.text("say", 300)
    table.placeholders("say", say, ())
    low, high = table.number("from", -math.inf), table.number("to", math.inf)
    if not low <= high:
        table.say(f"has from = {low:g} and to = {high:g}, expected the smaller first")
    texts = {key: table.text(key, LONGEST_TEXT) for key in ("done", "not_yet")}
    for key, text in texts.items():
        table.placeholders(key, text, fills)
    table.nothing_else()
    return Task(say, check, settings, low, high, **texts)


def _check(table: Table, page: str) -> tuple[str, dict[str, Any], tuple[str, ...] | None]:
    """The name of the check, its settings and the placeholders that it fills, None for an unknown one."""
    name = table.text("check", 40)
    inner = table.table("settings")
    given = inner.settings() if inner else {}
    if name not in CHECKS:
        if name:
            table.wrong("check", name, "one of " + ", ".join(CHECKS))
        return name, given, None
    known = CHECKS[name]
    if known.page and page and known.page != page:
        table.say(f"asks the check {name!r} on the page {page}, expected the page {known.page}")
    for key in sorted(known.needs.keys() - given.keys()):
        table.say(f"asks the check {name!r} without its setting {key!r}")
    kinds = {**known.needs, **known.may}
    for key, value in given.items():
        if key not in kinds:
            table.say(f"gives the check {name!r} a setting {key!r}, expected {_names(kinds)}")
        elif not _fits(value, kinds[key]):
            table.say(f"gives the check {name!r} {key} = {value!r}, expected {_KINDS[kinds[key]]}")
    return name, given, known.fills


_KINDS = {int: "a whole number", float: "a number", str: "a word in quotes"}


def _fits(value: Any, kind: type) -> bool:
    return isinstance(value, (int, float) if kind is float else kind)


def _names(kinds: Mapping[str, type]) -> str:
    return "one of " + ", ".join(kinds) if kinds else "none"
