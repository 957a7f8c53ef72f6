"""What the members of a room may do. Only the tab that leads says what is shown and asked; a follower only answers."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from ui.classroom import store
from ui.classroom.protocol import MOST, read_flag, read_question, read_view, read_whole
from ui.classroom.room import Member, RoomState
from ui.classroom.store import Question

Message = dict[str, Any]
_NONE_ASKED = "No question is asked just now."


def act(hall: RoomState, member: Member, message: Message) -> None:
    """Do what a member asks for. Raises ValueError with one sentence if it is not theirs to do, or cannot be done."""
    does = message["do"]
    if does in _ANYONE:
        _ANYONE[does](hall, member, message)
    elif does not in _TEACHER:
        raise ValueError(f"A room does not know what {does[:20]!r} is.")
    elif not hall.leads(member):
        raise ValueError("Only the one who leads this room may do that.")
    else:
        _TEACHER[does](hall, message)


def _follow(hall: RoomState, member: Member, message: Message) -> None:
    member.follows = read_flag(message, "on")


def _answer(hall: RoomState, member: Member, message: Message) -> None:
    question = hall.room.question
    if question is None or read_whole(message, "question", 10**6) != question.id:
        raise ValueError(_NONE_ASKED)
    if not question.open:
        raise ValueError("This question is closed.")
    if not member.owner:
        raise ValueError("To answer, allow this site to keep its cookie, then reload the page.")
    choice = read_whole(message, "choice", MOST - 1)
    if choice >= len(question.choices):
        raise ValueError(f"This question has {len(question.choices)} choices.")
    hall.answer(member, choice)


def _lead(hall: RoomState, member: Member, message: Message) -> None:
    if not hall.owns(member):
        raise ValueError("Only the one who started this room may lead it.")
    hall.change(lead=member.tab)


def _view(hall: RoomState, message: Message) -> None:
    hall.change(view=asdict(read_view(message)))


def _ask(hall: RoomState, message: Message) -> None:
    asked, number = read_question(message), hall.room.asked + 1
    hall.change(question=Question(number, asked.text, asked.choices), asked=number)


def _close(hall: RoomState, message: Message) -> None:
    hall.change(question=replace(_question(hall), open=not read_flag(message, "on")))


def _show(hall: RoomState, message: Message) -> None:
    hall.change(question=replace(_question(hall), shown=read_flag(message, "on")))


def _clear(hall: RoomState, message: Message) -> None:
    hall.change(question=None)


def _end(hall: RoomState, message: Message) -> None:
    store.end(hall.room.code)
    hall.end("You have ended this room." if len(hall.members) == 1 else "The teacher has ended this room.")


def _question(hall: RoomState) -> Question:
    if hall.room.question is None:
        raise ValueError(_NONE_ASKED)
    return hall.room.question


_ANYONE: dict[str, Callable[[RoomState, Member, Message], None]] = {"follow": _follow, "answer": _answer, "lead": _lead}
_TEACHER: dict[str, Callable[[RoomState, Message], None]] = {
    "view": _view,
    "ask": _ask,
    "close": _close,
    "show": _show,
    "clear": _clear,
    "end": _end,
}
