"""Rooms on disk, one folder each, in the folder of runs that all servers of a class share.

room.json holds what the teacher has set: view, question, leading tab. Its time of change is the room's lease: a room
whose lease is not renewed expires. Each server writes a presence file of its own, here-<server>.json, with its
followers and their answers, so that no two servers write the same file. The counts of a room are the sums over the
presence files.
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
LEASE_SECONDS = 4 * 3600  # a room expires this long after the last renewal of its lease
LONGEST_SECONDS = 24 * 3600  # a room expires at this age in any case
FRESH_SECONDS = 6.0  # the followers of a presence file count if it was written within this time
LETTERS = "BCDFGHJKMNPQRSTVWXYZ23456789"  # of a code: no 0 and O, no 1, I and L; no vowels, so that no word appears
LENGTH = 6  # 28^6 codes, about 480 million: short, easy to read aloud, hard to guess
_ROOM, _PRESENCE = "room.json", "here-"

Answers = dict[str, tuple[float, float]]  # by visitor: the number of the choice, or the guess, and when it was made


@dataclass(frozen=True)
class Question:
    """A question of the teacher. `open`: it can be answered. `shown`: the class sees the answers.

    Without choices it is answered with a number, a guess. With an `aim` it is a round of darts: its one choice throws a
    dart, at the prior or aimed by the encoder.
    """

    id: int
    text: str
    choices: tuple[str, ...]
    open: bool = True
    shown: bool = False
    aim: str = ""


@dataclass(frozen=True)
class Room:
    """What the teacher has set. `owner` is the teacher, `lead` the leading tab; `asked` counts the questions so far."""

    code: str
    owner: str
    lead: str
    made: float
    view: dict[str, Any] | None = None
    question: Question | None = None
    asked: int = 0


@dataclass(frozen=True)
class ServerPresence:
    """The members on one server: how many follow, how many explore, and their answers to the question `question`."""

    follow: int = 0
    explore: int = 0
    question: int = 0
    answers: Answers = field(default_factory=dict)


def new_code() -> str:
    """Draw an unpredictable code for a room."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def read_code(text: object) -> str:
    """Read a code that was typed or comes from a link. Raises ValueError if it cannot be one."""
    code = re.sub(r"[\s-]", "", text[:40]).upper() if isinstance(text, str) else ""
    if len(code) != LENGTH:
        received = "nothing" if not code else repr(code[:12])
        raise ValueError(f"A room's code has {LENGTH} letters and digits, such as KXR 4TM; received {received}.")
    if never := sorted(set(code) - set(LETTERS)):
        raise ValueError(f"No room has the code {code}: codes never have {' or '.join(never)}. Look at it again.")
    return code


def root() -> Path:
    """Return the folder of rooms, inside the folder of runs. No run has its name, which begins with a dot."""
    return runs.runs_root() / ".rooms"


def start(owner: str, lead: str) -> Room:
    """Return the visitor's room, led from this tab; make one if there is none. Raises ValueError if too many exist."""
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
    """Write room.json. Raises OSError if the room has been ended."""
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
    return room if now - touched < LEASE_SECONDS and now - room.made < LONGEST_SECONDS else None


def _room(values: dict[str, Any]) -> Room:
    question = values["question"]
    if question:
        question = Question(**question | {"choices": tuple(question["choices"])})
    return Room(**values | {"question": question})


def stamp(code: str) -> tuple[int, int]:
    """Return time of change and inode of room.json, which change whenever it is written; (0, 0) if it is missing."""
    try:
        stat = os.stat(root() / code / _ROOM)
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_ino


def renew_lease(code: str) -> None:
    """Renew the lease of a room whose teacher is connected."""
    with contextlib.suppress(OSError):
        os.utime(root() / code / _ROOM)


def end(code: str) -> None:
    """Delete the room with all its answers."""
    with contextlib.suppress(OSError):
        remove_folder(root() / code)


def active_codes() -> list[Room]:
    """List all rooms, and delete those that have expired."""
    found = []
    for folder in root().iterdir() if root().is_dir() else ():
        try:
            code = read_code(folder.name)
        except ValueError:
            continue
        if room := find(code):
            found.append(room)
        elif time.time() - folder.stat().st_mtime > 60:  # a younger folder may have no room.json yet
            end(code)
    return found


def write_presence(code: str, server: str, presence: ServerPresence) -> None:
    """Write the presence file of one server. Raises OSError if the room has been ended."""
    write_json(root() / code / f"{_PRESENCE}{server}.json", asdict(presence), flush=False)


def read_other_servers(code: str, server: str) -> list[tuple[ServerPresence, bool]]:
    """Read the presence files of the other servers, each with whether it is fresh."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted((root() / code).glob(f"{_PRESENCE}*.json")):
            if path.name == f"{_PRESENCE}{server}.json":
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                fresh = time.time() - path.stat().st_mtime < FRESH_SECONDS
                found.append((_read_presence(path), fresh))
    return found


def answers_of(code: str, server: str, question: int) -> Answers:
    """Read the answers to a question from a server's presence file; none if it has no file, or another question."""
    try:
        presence = _read_presence(root() / code / f"{_PRESENCE}{server}.json")
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return presence.answers if presence.question == question else {}


def _read_presence(path: Path) -> ServerPresence:
    values = json.loads(path.read_bytes())
    answers = {who: (choice, when) for who, (choice, when) in values["answers"].items()}
    return ServerPresence(**values | {"answers": answers})


def merge(parts: Iterable[tuple[ServerPresence, bool]], question: int) -> ServerPresence:
    """Add up the followers of the fresh parts, and take the latest answer of each visitor from all parts."""
    follow = explore = 0
    answers: Answers = {}
    for presence, fresh in parts:
        follow += presence.follow * fresh
        explore += presence.explore * fresh
        for who, answer in presence.answers.items() if presence.question == question else ():
            if who not in answers or answers[who][1] < answer[1]:
                answers[who] = answer
    return ServerPresence(follow, explore, question, answers)


def order_of(answers: Answers, visitor: str) -> int | None:
    """Return which answer is a visitor's by time, the first one 0; None without one."""
    order = sorted(answers, key=lambda who: (answers[who][1], who))
    return order.index(visitor) if visitor in answers else None


def tally(answers: Answers, choices: int) -> list[float]:
    """Count how many visitors gave each of the `choices` answers; of a question without choices, list the guesses."""
    if choices == 0:
        return sorted(guess for guess, _ in answers.values())
    counts = [0] * choices
    for choice, _ in answers.values():
        if 0 <= choice < choices:
            counts[int(choice)] += 1
    return counts
