"""Rooms on disk, which all servers of one class share: a folder for each, beside the runs that they share.

room.json is what the teacher says. Each server writes here-<server>.json of its own followers, so that no two servers
write the same file; the counts and answers of a room are those of all of them together.
"""

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ui.pages.train import runs
from vae_core.io.atomic import remove_folder, write_json

MOST_ROOMS = 64
LEFT_SECONDS = 4 * 3600  # a room ends so long after its teacher has last been there
LONGEST_SECONDS = 24 * 3600
FRESH_SECONDS = 6.0  # a server that has written nothing for so long is gone, and so are its followers
LETTERS = "BCDFGHJKMNPQRSTVWXYZ23456789"  # of a code: no 0 and O, no 1, I and L; no vowels, so that no word appears
LENGTH = 6  # 28^6 codes, about 480 million: short, easy to read aloud, hard to guess
_ROOM, _HERE = "room.json", "here-"

Answers = dict[str, tuple[int, float]]  # by visitor: the choice, and when it was made


@dataclass(frozen=True)
class Question:
    """A question of the teacher. `open`: it can be answered. `shown`: the class sees what was answered."""

    id: int
    text: str
    choices: tuple[str, ...]
    open: bool = True
    shown: bool = False


@dataclass(frozen=True)
class Room:
    """What a room's teacher says. `lead` names the tab that leads, `asked` counts the questions so far."""

    code: str
    owner: str
    lead: str
    made: float
    view: dict[str, Any] | None = None
    question: Question | None = None
    asked: int = 0


@dataclass(frozen=True)
class ServerPresence:
    """Who is there: how many follow, how many look around by themselves, and the answers to one question."""

    follow: int = 0
    explore: int = 0
    question: int = 0
    answers: Answers = field(default_factory=dict)


def new_code() -> str:
    """Draw a room's code that nobody can foresee."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def read_code(text: object) -> str:
    """Read a code as it was typed or stands in a link. Raises ValueError if it cannot be one."""
    code = re.sub(r"[\s-]", "", text[:40]).upper() if isinstance(text, str) else ""
    if len(code) != LENGTH or not set(code) <= set(LETTERS):
        received = "nothing" if not code else repr(code[:12])
        raise ValueError(f"A room's code has {LENGTH} letters and digits, such as KXR 4TM; received {received}.")
    return code


def root() -> Path:
    """Return the folder of rooms, in that of the runs, which servers share; no run's name begins with a dot."""
    return runs.runs_root() / ".rooms"


def start(owner: str, lead: str) -> Room:
    """Return the visitor's room, led from this tab, or begin a new one. Raises ValueError if there are too many."""
    rooms = active_codes()
    if mine := next((room for room in rooms if room.owner == owner), None):
        mine = replace(mine, lead=lead)
        write(mine)
        return mine
    if len(rooms) >= MOST_ROOMS:
        raise ValueError(f"There are {MOST_ROOMS} rooms on this server already. Try again when one has ended.")
    while True:
        room = Room(new_code(), owner, lead, time.time())
        with contextlib.suppress(FileExistsError):
            (root() / room.code).mkdir(parents=True)
            write(room)
            return room


def write(room: Room) -> None:
    """Keep what the teacher says. Raises OSError if the room has been ended."""
    write_json(root() / room.code / _ROOM, asdict(room), flush=False)


def find(code: str) -> Room | None:
    """Read the room of that code, None if there is none or it has expired."""
    path = root() / code / _ROOM
    try:
        touched = path.stat().st_mtime
        room = _room(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    now = time.time()
    return room if now - touched < LEFT_SECONDS and now - room.made < LONGEST_SECONDS else None


def _room(values: dict[str, Any]) -> Room:
    question = values["question"]
    if question:
        question = Question(**question | {"choices": tuple(question["choices"])})
    return Room(**values | {"question": question})


def stamp(code: str) -> tuple[int, int]:
    """Return what changes whenever the room is written; (0, 0) when it is gone."""
    try:
        stat = os.stat(root() / code / _ROOM)
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_ino


def keep(code: str) -> None:
    """Note that the teacher is still there."""
    with contextlib.suppress(OSError):
        os.utime(root() / code / _ROOM)


def end(code: str) -> None:
    """Delete the room with all its answers."""
    with contextlib.suppress(OSError):
        remove_folder(root() / code)


def active_codes() -> list[Room]:
    """List all rooms; those that have expired are deleted."""
    found = []
    for folder in root().iterdir() if root().is_dir() else ():
        try:
            code = read_code(folder.name)
        except ValueError:
            continue
        if room := find(code):
            found.append(room)
        elif time.time() - folder.stat().st_mtime > 60:  # else it is just being made
            end(code)
    return found


def write_presence(code: str, server: str, here: ServerPresence) -> None:
    """Write what one server knows of its followers. Raises OSError if the room has been ended."""
    write_json(root() / code / f"{_HERE}{server}.json", asdict(here), flush=False)


def others(code: str, server: str) -> list[tuple[ServerPresence, bool]]:
    """Read what the other servers know, each with whether it is still there."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted((root() / code).glob(f"{_HERE}*.json")):
            if path.name == f"{_HERE}{server}.json":
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                fresh = time.time() - path.stat().st_mtime < FRESH_SECONDS
                found.append((_here(path), fresh))
    return found


def answers_of(code: str, server: str, question: int) -> Answers:
    """Read the answers to a question that a server has kept; none where it knows of another question, or of nothing."""
    try:
        here = _here(root() / code / f"{_HERE}{server}.json")
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return here.answers if here.question == question else {}


def _here(path: Path) -> ServerPresence:
    values = json.loads(path.read_bytes())
    answers = {who: (choice, when) for who, (choice, when) in values["answers"].items()}
    return ServerPresence(**values | {"answers": answers})


def together(parts: Iterable[tuple[ServerPresence, bool]], question: int) -> ServerPresence:
    """Add up all servers' followers, and keep the latest answer of each visitor, also of a server that is gone."""
    follow = explore = 0
    answers: Answers = {}
    for here, fresh in parts:
        follow += here.follow * fresh
        explore += here.explore * fresh
        for who, answer in here.answers.items() if here.question == question else ():
            if who not in answers or answers[who][1] < answer[1]:
                answers[who] = answer
    return ServerPresence(follow, explore, question, answers)


def tally(answers: Answers, choices: int) -> list[int]:
    """Count how many visitors chose each."""
    counts = [0] * choices
    for choice, _ in answers.values():
        if 0 <= choice < choices:
            counts[choice] += 1
    return counts
