"""Check the messages that a browser sends to a room, and limit their rate.

Each `read_` function raises ValueError with one sentence, which is sent back to the browser.
"""

import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from ui.pages.where_p_is_large.url import AIMS

MOST_BYTES = 16_384  # of one message
MOST_QUERY = 4_000  # letters of the query of a link
MOST_PARTS = 6  # components that one page shows
DEEPEST = 4  # levels of nested lists and objects in a view
MOST_TEXT, MOST_CHOICE = 200, 80  # letters of a question and of one choice
FEWEST, MOST = 2, 6  # choices
LARGEST = 1e100  # number that a question is answered with
MOST_KEYS = 4_096  # of one collection of buckets
_PAGE = re.compile(r"[a-z][a-z0-9-]{0,39}|")
_QUERY = re.compile(r"[\x21-\x7e]*")
_NAME = re.compile(r"[a-z_]{1,40}")
_PLACE = re.compile(r"/([A-Za-z0-9._~%-]+/)*")
_TAB = re.compile(r"[A-Za-z0-9-]{8,40}")


@dataclass(frozen=True)
class View:
    """The teacher's page: its name, the query of its link, and the view of each component on it.

    `parts` maps the name of a component to `of`, the id of its model, and `view`, plain JSON.
    """

    page: str
    query: str
    parts: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """A new question of the teacher with its choices, plain text; without choices it asks for a number."""

    text: str
    choices: tuple[str, ...]


def read_message(text: str) -> dict[str, Any]:
    """Read one message: a JSON object whose field `do` names the action."""
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        raise ValueError(f"A message had more than {MOST_BYTES} bytes.")
    try:
        message = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("do"), str):
        raise ValueError("A message could not be read: expected a JSON object that says what to do.")
    return message


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def read_tab(message: dict[str, Any]) -> str:
    """Read the random word by which a tab is recognised when it reconnects."""
    tab = message.get("tab")
    if not isinstance(tab, str) or not _TAB.fullmatch(tab):
        raise ValueError("A tab names itself with 8 to 40 letters and digits.")
    return tab


def read_place(message: dict[str, Any]) -> str:
    """Read the path of the app's address, which is longer than "/" behind some proxies; "/" if it is not a path."""
    at = message.get("at")
    return at if isinstance(at, str) and len(at) <= 200 and _PLACE.fullmatch(at) else "/"


def read_view(message: dict[str, Any]) -> View:
    page, query, parts = message.get("page"), message.get("query"), message.get("parts")
    if not isinstance(page, str) or not _PAGE.fullmatch(page):
        raise ValueError("A view names a page of this app, such as paths.")
    if not isinstance(query, str) or len(query) > MOST_QUERY or not _QUERY.fullmatch(query):
        raise ValueError(f"A view has a link's query of at most {MOST_QUERY} plain letters.")
    if not isinstance(parts, dict) or len(parts) > MOST_PARTS or not all(map(_is_part, parts.items())):
        raise ValueError(f"A view has at most {MOST_PARTS} components, each with its model and what it shows.")
    return View(page, query, parts)


def _is_part(item: tuple[str, Any]) -> bool:
    name, part = item
    if not _NAME.fullmatch(name) or not isinstance(part, dict) or part.keys() != {"of", "view"}:
        return False
    of, view = part["of"], part["view"]
    return (of is None or (isinstance(of, str) and len(of) <= 120)) and isinstance(view, dict) and _is_flat(view)


def _is_flat(value: Any, depth: int = 0) -> bool:
    if depth > DEEPEST:
        return False
    if isinstance(value, dict):
        return all(_is_flat(inner, depth + 1) for inner in value.values())
    return not isinstance(value, list) or all(_is_flat(inner, depth + 1) for inner in value)


def read_question(message: dict[str, Any]) -> Asked:
    text = _line(message.get("text"), MOST_TEXT, "A question")
    given = message.get("choices")
    if not isinstance(given, list) or (given and not FEWEST <= len(given) <= MOST):
        raise ValueError(f"A question has {FEWEST} to {MOST} choices, or none and is answered with a number.")
    choices = tuple(_line(choice, MOST_CHOICE, "A choice") for choice in given)
    if len(set(choices)) < len(choices):
        raise ValueError("Two choices of a question are the same.")
    return Asked(text, choices)


def read_aim(message: dict[str, Any]) -> str:
    """Read at what a class throws darts."""
    if message.get("aim") not in AIMS:
        raise ValueError(f"A round of darts has an aim: {' or '.join(AIMS)}.")
    return message["aim"]


def _line(text: Any, most: int, what: str) -> str:
    line = " ".join(text.split()) if isinstance(text, str) and len(text) <= 4 * most else ""
    if not 0 < len(line) <= most or not line.isprintable():
        raise ValueError(f"{what} has 1 to {most} letters.")
    return line


def read_flag(message: dict[str, Any], name: str) -> bool:
    if not isinstance(message.get(name), bool):
        raise ValueError(f"{name} is true or false.")
    return message[name]


def read_whole(message: dict[str, Any], name: str, most: int) -> int:
    """Read a whole number from 0 to `most`."""
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{name} is a whole number from 0 to {most}.")
    return value


def read_number(message: dict[str, Any], name: str) -> float:
    """Read a number between -LARGEST and LARGEST."""
    value = message.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not -LARGEST <= value <= LARGEST:
        raise ValueError(f"{name} is a number from -{LARGEST:g} to {LARGEST:g}.")
    return float(value)


class Bucket:
    """A token bucket: it holds up to `size` tokens and gains `per_second` of them; each act takes one."""

    def __init__(self, size: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.size, self.per_second, self.clock = size, per_second, clock
        self.level, self.at = size, clock()

    def holds(self) -> bool:
        """Return whether a token is left."""
        now = self.clock()
        self.level, self.at = min(self.size, self.level + (now - self.at) * self.per_second), now
        return self.level >= 1

    def take(self) -> bool:
        """Take one token; False if none is left."""
        if not self.holds():
            return False
        self.level -= 1
        return True


class Buckets:
    """A bucket for each key, at most `MOST_KEYS`: the least recently used one is dropped."""

    def __init__(self, size: float, per_second: float) -> None:
        self.size, self.per_second = size, per_second
        self.held: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, key: str) -> Bucket:
        bucket = self.held.pop(key, None) or Bucket(self.size, self.per_second)
        self.held[key] = bucket
        while len(self.held) > MOST_KEYS:
            self.held.popitem(last=False)
        return bucket
