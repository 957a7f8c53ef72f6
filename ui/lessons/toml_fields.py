"""Taking values out of a TOML table, each held to its kind and bounds; what is wrong becomes a sentence."""

import math
import string
from collections.abc import Collection
from typing import Any

from ui.lessons.lesson import Setting


class Table:
    """One table of a lesson's file. `where` names it in sentences; what was asked for is no longer unknown."""

    def __init__(self, raw: dict[str, Any], where: str, mistakes: list[str]) -> None:
        self.raw, self.where, self.mistakes, self.asked = raw, where, mistakes, set()

    def say(self, sentence: str) -> None:
        self.mistakes.append(f"{self.where} {sentence}.")

    def wrong(self, key: str, value: Any, expected: str) -> None:
        self.say(f"has {key} = {shown(value)}, expected {expected}")

    def has(self, key: str) -> bool:
        return key in self.raw

    def text(self, key: str, longest: int, needed: bool = True) -> str:
        """A text without spaces around it; an empty one where there is none."""
        value = self._take(key, needed, f"a text of at most {longest} letters")
        if value is None:
            return ""
        if not isinstance(value, str) or not 0 < len(value.strip()) <= longest:
            what = f"a text of {len(value.strip()):,} letters" if isinstance(value, str) else shown(value)
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
        """A table inside this one, None where there is none."""
        value = self._take(key, False, "a table")
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, value, f"a table: [{key}]")
            return None
        return Table(value, f"{self.where}, {key},", self.mistakes)

    def tables(self, key: str, fewest: int, most: int, needed: bool = True) -> "list[Table]":
        """A list of tables, numbered from 1 in sentences."""
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
        """All entries of this table, each a text or a number."""
        found = {}
        for key, value in self.raw.items():
            if isinstance(value, bool) or not isinstance(value, str | int | float) or not math.isfinite(_size(value)):
                self.wrong(key, value, "a text or a number")
            else:
                found[key] = value
        self.asked.update(self.raw)
        return found

    def placeholders(self, key: str, text: str, known: Collection[str] | None) -> None:
        """Every name in braces has to be one of `known`, where it is known."""
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


def shown(value: Any) -> str:
    """A value in a sentence, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _size(value: Setting) -> float:
    try:
        return 0.0 if isinstance(value, str) else float(value)
    except OverflowError:
        return math.inf
