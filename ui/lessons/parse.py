"""Reading a lesson from its file: TOML in, a `Lesson` out, or one sentence for each mistake.

`Table` takes values out of a TOML table, each held to its kind and bounds, and collects the sentences.
"""

import math
import re
import string
import tomllib
from collections.abc import Collection, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from ui.lessons.lesson import Ask, Choice, Lesson, Setting, Step, Task
from ui.lessons.page_links import FRONT, PAGES, problems
from ui.lessons.registry import CHECKS
from ui.url_state.locks import focusable

MOST_BYTES, MOST_STEPS, MOST_CHOICES, LONGEST_TEXT = 100_000, 12, 6, 1200
_NAME = re.compile(r"(\d+-)?([a-z0-9]+(?:-[a-z0-9]+)*)\.toml")
_ICON = re.compile(r"[a-z0-9_]{2,40}")


class Table:
    """One table of a lesson's file. `where` names it in sentences; an entry that was not taken is a mistake."""

    def __init__(self, raw: dict[str, Any], where: str, mistakes: list[str]) -> None:
        self.raw, self.where, self.mistakes, self.asked = raw, where, mistakes, set()

    def say(self, sentence: str) -> None:
        self.mistakes.append(f"{self.where} {sentence}.")

    def wrong(self, key: str, value: Any, expected: str) -> None:
        self.say(f"has {key} = {_shown(value)}, expected {expected}")

    def has(self, key: str) -> bool:
        return key in self.raw

    def text(self, key: str, longest: int, needed: bool = True) -> str:
        """Take a text without spaces around it; an empty one where there is none."""
        value = self._take(key, needed, f"a text of at most {longest} letters")
        if value is None:
            return ""
        if not isinstance(value, str) or not 0 < len(value.strip()) <= longest:
            what = f"a text of {len(value.strip()):,} letters" if isinstance(value, str) else _shown(value)
            self.say(f"has as its {key} {what}, expected one of 1 to {longest:,} letters")
            return ""
        return value.strip()

    def whole(self, key: str, least: int, most: int) -> int:
        value = self._take(key, True, f"a whole number from {least} to {most}")
        if value is None:
            return least
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.wrong(key, value, f"a whole number from {least} to {most}")
            return least
        return value

    def number(self, key: str, default: float) -> float:
        value = self._take(key, False, "a number")
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value) or abs(value) > 1e300:
            self.wrong(key, value, "a number")
            return default
        return float(value)

    def table(self, key: str) -> "Table | None":
        """Take a table inside this one, None where there is none."""
        value = self._take(key, False, "a table")
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, value, f"a table: [{key}]")
            return None
        return Table(value, f"{self.where}, {key},", self.mistakes)

    def tables(self, key: str, fewest: int, most: int, needed: bool = True) -> "list[Table]":
        """Take a list of tables, numbered from 1 in sentences."""
        value = self._take(key, needed, f"{fewest} to {most} tables [[{key}]]")
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.wrong(key, value, f"tables: [[{key}]]")
            return []
        if not fewest <= len(value) <= most:
            self.say(f"has {len(value)} of {key}, expected {fewest} to {most}")
        outer = "" if self.where == "The lesson" else f"{self.where.rstrip(',')}, "
        one = {"step": "Step", "choices": "choice"}.get(key, key)
        return [Table(each, f"{outer}{one} {i}", self.mistakes) for i, each in enumerate(value[:most], 1)]

    def settings(self) -> dict[str, Setting]:
        """Take all entries of this table, each a text or a number."""
        found = {}
        for key, value in self.raw.items():
            if isinstance(value, bool) or not isinstance(value, str | int | float) or not math.isfinite(_size(value)):
                self.wrong(key, value, "a text or a number")
            else:
                found[key] = value
        self.asked.update(self.raw)
        return found

    def placeholders(self, key: str, text: str, known: Collection[str] | None) -> None:
        """Check that every name in braces is one of `known`, where that is known."""
        try:
            parts = [part for part in string.Formatter().parse(text) if part[1] is not None]
        except ValueError as error:
            self.say(f"has a {key} with a stray brace ({error}): write {{{{ or }}}} for one that is shown")
            return
        for _, name, form, conversion in parts:
            if known is not None and (name not in known or form or conversion):
                what = "{" + name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "") + "}"
                expected = "one of " + ", ".join("{" + each + "}" for each in known) if known else "none here"
                self.say(f"has a {key} with the placeholder {what}, expected {expected}")

    def nothing_else(self) -> None:
        for key in self.raw.keys() - self.asked:
            self.say(f"has {key!r}, expected only {', '.join(sorted(self.asked))}")

    def _take(self, key: str, needed: bool, expected: str) -> Any:
        self.asked.add(key)
        if key not in self.raw and needed:
            self.say(f"has no {key}, expected {expected}")
        return self.raw.get(key)


def read_file(path: Path) -> tuple[Lesson | None, list[str]]:
    """Read the lesson in a file, or None with a sentence for each mistake."""
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
    """Read the lesson in a TOML text, or None with a sentence for each mistake."""
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        return None, [f"This is no TOML: {str(error) or 'it is nested too deeply'}."]
    return from_table(raw, name)


def from_table(raw: dict[str, Any], name: str) -> tuple[Lesson | None, list[str]]:
    """Read the lesson in a table of TOML, or None with a sentence for each mistake."""
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
    """Read one step; its page is that of the step before where it names none."""
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
    focus = table.text("focus", 40, needed=False)
    parts = focusable("" if page == FRONT else page)
    if focus and page and focus not in parts:
        table.wrong("focus", focus, "one of " + ", ".join(parts))
    step = Step(text, page, view, ask and _ask(ask, page), task and _task(task, page), focus)
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
    """Read the name of the check, its settings and the placeholders that it fills, None for an unknown one."""
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


def _shown(value: Any) -> str:
    """Write a value in a sentence, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _size(value: Setting) -> float:
    try:
        return 0.0 if isinstance(value, str) else float(value)
    except OverflowError:
        return math.inf
