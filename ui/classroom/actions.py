"""Carry out the messages of a room's members. Only the leading tab sets view and question; followers answer."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from ui.classroom import store
from ui.classroom.protocol import MOST, read_aim, read_flag, read_number, read_question, read_view, read_whole
from ui.classroom.room import Member, RoomState
from ui.classroom.store import Question

Message = dict[str, Any]
_NONE_ASKED = "No question is asked just now."
_THROWS = {
    "prior": "Throw one dart: your z is a sample of the prior p(z).",
    "encoder": "Throw one dart: the encoder aims, your z is a sample of q(z|x).",
}


def act(state: RoomState, member: Member, message: Message) -> None:
    """Carry out one message. Raises ValueError with one sentence if the member may not do this, or it is impossible."""
    action = message["do"]
    if action in _ANYONE:
        _ANYONE[action](state, member, message)
    elif action not in _TEACHER:
        raise ValueError(f"A room does not know what {action[:20]!r} is.")
    elif not state.leads(member):
        raise ValueError("Only the one who leads this room may do that.")
    else:
        _TEACHER[action](state, message)


def _follow(state: RoomState, member: Member, message: Message) -> None:
    member.follows = read_flag(message, "on")


def _answer(state: RoomState, member: Member, message: Message) -> None:
    question = state.room.question
    if question is None or read_whole(message, "question", 10**6) != question.id:
        raise ValueError(_NONE_ASKED)
    if not question.open:
        raise ValueError("This question is closed.")
    if not member.owner:
        raise ValueError("To answer, allow this site to keep its cookie, then reload the page.")
    if question.aim and member.owner in state.total.answers:
        raise ValueError("You have thrown your dart of this round.")
    if not question.choices:
        state.answer(member, read_number(message, "number"))
        return
    choice = read_whole(message, "choice", MOST - 1)
    if choice >= len(question.choices):
        raise ValueError(f"This question has {len(question.choices)} choices.")
    state.answer(member, choice)


def _lead(state: RoomState, member: Member, message: Message) -> None:
    if not state.owns(member):
        raise ValueError("Only the one who started this room may lead it.")
    state.change(lead=member.tab)


def _view(state: RoomState, message: Message) -> None:
    state.change(view=asdict(read_view(message)))


def _ask(state: RoomState, message: Message) -> None:
    asked, number = read_question(message), state.room.asked + 1
    state.change(question=Question(number, asked.text, asked.choices), asked=number)


def _throw(state: RoomState, message: Message) -> None:
    aim, number = read_aim(message), state.room.asked + 1
    state.change(question=Question(number, _THROWS[aim], ("Throw",), shown=True, aim=aim), asked=number)


def _close(state: RoomState, message: Message) -> None:
    state.change(question=replace(_question(state), open=not read_flag(message, "on")))


def _show(state: RoomState, message: Message) -> None:
    state.change(question=replace(_question(state), shown=read_flag(message, "on")))


def _clear(state: RoomState, message: Message) -> None:
    state.change(question=None)


def _end(state: RoomState, message: Message) -> None:
    store.end(state.room.code)
    state.end("The teacher has ended this room.", leading="You have ended this room.")


def _question(state: RoomState) -> Question:
    if state.room.question is None:
        raise ValueError(_NONE_ASKED)
    return state.room.question


_ANYONE: dict[str, Callable[[RoomState, Member, Message], None]] = {"follow": _follow, "answer": _answer, "lead": _lead}
_TEACHER: dict[str, Callable[[RoomState, Message], None]] = {
    "view": _view,
    "ask": _ask,
    "throw": _throw,
    "close": _close,
    "show": _show,
    "clear": _clear,
    "end": _end,
}
