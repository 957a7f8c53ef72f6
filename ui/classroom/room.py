"""One room as this server knows it: who is connected here, and what each of them is told.

What is told are states, not events: of each part only the newest waits for a slow connection, so none falls behind.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Any

from ui.classroom import store
from ui.classroom.class_link import address, qr_code
from ui.classroom.protocol import Bucket
from ui.classroom.store import Room, ServerPresence

MOST_HERE = 400  # members of one room on one server
MOST_TABS = 8  # of one visitor
MOST_MESSAGES, MESSAGES_A_SECOND = 30, 15  # of one member, at once and in the long run; a teacher's drag sends ten
SPREAD = 0.025  # seconds for each follower, over which their pages go elsewhere: as many reruns as a server can do
MOST_SPREAD = 6.0
ENDED = "This room has ended."


class Member:
    """One browser's tab in a room: `owner` is its visitor, empty where cookies are off, `base` the app's address."""

    def __init__(self, owner: str, tab: str, base: str) -> None:
        self.owner, self.tab, self.base = owner, tab, base
        self.follows = True
        self.bucket = Bucket(MOST_MESSAGES, MESSAGES_A_SECOND)
        self.waiting: dict[str, str] = {}
        self.wake = asyncio.Event()
        self.gone = False

    def put(self, part: str, text: str) -> None:
        """The newest of a part, to be sent as soon as the connection takes it."""
        self.waiting[part] = text
        self.wake.set()

    def tell(self, part: str, value: Any) -> None:
        self.put(part, json.dumps({part: value}))

    def dismiss(self, sentence: str) -> None:
        """Say why, once, and let the connection be closed."""
        if not self.gone:
            self.tell("ended", sentence)
        self.gone = True

    async def write(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what waits until the member is dismissed."""
        while not (self.gone and not self.waiting):
            await self.wake.wait()
            self.wake.clear()
            waiting, self.waiting = self.waiting, {}
            for text in waiting.values():
                await send(text)


class RoomState:
    """A room with the members that are connected to this server."""

    def __init__(self, room: Room, server: str) -> None:
        self.room, self.server = room, server
        self.stamp = store.stamp(room.code)
        self.members: set[Member] = set()
        self.answers = store.answers_of(room.code, server, room.asked)  # that this server took, to the room's question
        self.others: list[tuple[ServerPresence, bool]] = []  # what the other servers knew when they were last asked
        self.all = ServerPresence(question=room.asked, answers=dict(self.answers))
        self.view = ""

    def leads(self, member: Member) -> bool:
        return self.owns(member) and member.tab == self.room.lead

    def owns(self, member: Member) -> bool:
        return bool(member.owner) and member.owner == self.room.owner

    def enter(self, member: Member) -> None:
        """Raises ValueError if there is no place."""
        if len(self.members) >= MOST_HERE:
            raise ValueError(f"This room is full: {MOST_HERE} are in it.")
        if member.owner and sum(other.owner == member.owner for other in self.members) >= MOST_TABS:
            raise ValueError(f"This room is open in {MOST_TABS} of your tabs already: close one of them.")
        self.members.add(member)
        self.greet(member)

    def greet(self, member: Member) -> None:
        """All that a member is told at first, and again when another tab leads."""
        told = {"code": self.room.code, "leads": self.leads(member), "owns": self.owns(member)}
        member.tell("room", told | (self._invitation(member) if told["leads"] else {}))
        self._tell_view(member)
        self._tell_question(member)
        self._tell_tally(member)
        self._tell_here(member)

    def _invitation(self, member: Member) -> dict[str, Any]:
        """The link that brings a student here, with its QR code."""
        link = address(member.base, "", {"room": self.room.code})
        side, path = qr_code(link)
        return {"link": link, "side": side, "path": path}

    def change(self, **fields: Any) -> None:
        """Keep what the teacher says and tell everyone. Raises ValueError if the room has ended."""
        self.look()
        room = replace(self.room, **fields)
        try:
            store.write(room)
        except FileNotFoundError:
            raise ValueError(ENDED) from None
        self.stamp = store.stamp(room.code)
        self._take(room)

    def look(self) -> bool:
        """Take over what another server has written; False if the room is gone."""
        stamp = store.stamp(self.room.code)
        if stamp == self.stamp:
            return True
        room = store.find(self.room.code)
        if room is None:
            return False
        self.stamp = stamp
        self._take(room)
        return True

    def _take(self, room: Room) -> None:
        before, self.room = self.room, room
        if room.asked != before.asked:
            self.answers, self.all = {}, replace(self.all, question=room.asked, answers={})
        if room.view != before.view:
            self.view = ""
        for member in self.members:
            if room.lead != before.lead:
                self.greet(member)
                continue
            if room.view != before.view:
                self._tell_view(member)
            if room.question != before.question:
                self._tell_question(member)
                self._tell_tally(member)

    def _tell_view(self, member: Member) -> None:
        if self.room.view is None or self.leads(member):
            return
        spread = min(MOST_SPREAD, SPREAD * self.all.follow)
        self.view = self.view or json.dumps({"view": self.room.view | {"spread": spread}})
        member.put("view", self.view)

    def _tell_question(self, member: Member) -> None:
        question = self.room.question
        mine = self.all.answers.get(member.owner, (None,))[0] if question else None
        member.tell("question", question and asdict(question) | {"mine": mine})

    def _tell_tally(self, member: Member) -> None:
        question = self.room.question
        if question and (question.shown or self.leads(member)):
            member.tell("tally", store.tally(self.all.answers, len(question.choices)))

    def _tell_here(self, member: Member) -> None:
        if self.leads(member):
            member.tell("here", {"follow": self.all.follow, "explore": self.all.explore})

    def answer(self, member: Member, choice: int) -> None:
        """Keep a visitor's answer, on disk before they are told of it."""
        self.answers[member.owner] = (choice, time.time())
        self.write()
        self.take_account(self.others)

    def write(self) -> None:
        """Tell the other servers of those who are here. Raises ValueError if the room has ended."""
        try:
            store.write_presence(self.room.code, self.server, self._here())
        except FileNotFoundError:
            raise ValueError(ENDED) from None

    def _here(self) -> ServerPresence:
        class_ = [member for member in self.members if not self.leads(member)]
        follow = sum(member.follows for member in class_)
        return ServerPresence(follow, len(class_) - follow, self.room.asked, self.answers)

    def take_account(self, others: list[tuple[ServerPresence, bool]]) -> None:
        """Add up all servers' followers and answers, and tell of what has changed."""
        self.others = others
        known = (self.all, False)  # answers only: the counts are those of now
        before, self.all = self.all, store.together([(self._here(), True), known, *others], self.room.asked)
        for member in self.members:
            if (before.follow, before.explore) != (self.all.follow, self.all.explore):
                self._tell_here(member)
            if before.answers != self.all.answers:
                self._tell_tally(member)
            if before.answers.get(member.owner) != self.all.answers.get(member.owner):
                self._tell_question(member)

    def end(self, sentence: str = ENDED) -> None:
        for member in self.members:
            member.dismiss(sentence)
