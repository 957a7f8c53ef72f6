"""The state of one room on this server: its connected members, and the messages that each of them gets.

Messages carry the full current state, so a slow client gets only the latest message of each kind.
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
from ui.classroom.store import Question, Room, ServerPresence
from ui.server.local_network import class_address

MOST_MEMBERS = 400  # of one room on one server
MOST_TABS = 8  # of one visitor in one room
MOST_MESSAGES, MESSAGES_A_SECOND = 30, 15  # of one member: in one burst, and on average; a drag sends ten a second
# Followers change page after a random delay, up to this many seconds times the number of followers, to limit reruns
# per second.
JITTER_PER_FOLLOWER = 0.025
LONGEST_JITTER = 6.0  # seconds
ENDED = "This room has ended."


class Member:
    """One browser tab in a room: `owner` is its visitor, empty without cookies; `base` is the address of the app."""

    def __init__(self, owner: str, tab: str, base: str) -> None:
        self.owner, self.tab, self.base = owner, tab, base
        self.follows = True
        self.bucket = Bucket(MOST_MESSAGES, MESSAGES_A_SECOND)
        self.pending: dict[str, str] = {}  # by kind, the latest message that is not sent yet
        self.wake = asyncio.Event()
        self.gone = False

    def send_text(self, kind: str, text: str) -> None:
        """Queue a message that is already encoded. It replaces a pending message of the same kind."""
        self.pending[kind] = text
        self.wake.set()

    def send(self, kind: str, value: Any) -> None:
        """Queue the message `{kind: value}`. It replaces a pending message of the same kind."""
        self.send_text(kind, json.dumps({kind: value}))

    def dismiss(self, sentence: str) -> None:
        """Queue the last message, which says why, and mark the member as gone: `write` then returns."""
        if not self.gone:
            self.send("ended", sentence)
        self.gone = True

    async def write(self, transmit: Callable[[str], Awaitable[None]]) -> None:
        """Send pending messages over the connection until the member is dismissed."""
        while not (self.gone and not self.pending):
            await self.wake.wait()
            self.wake.clear()
            pending, self.pending = self.pending, {}
            for text in pending.values():
                await transmit(text)


class RoomState:
    """A room, the members that are connected to this server, and the counts of all servers."""

    def __init__(self, room: Room, server: str) -> None:
        self.room, self.server = room, server
        self.stamp = store.stamp(room.code)
        self.members: set[Member] = set()
        self.answers = store.answers_of(room.code, server, room.asked)  # received by this server, to the open question
        self.others: list[tuple[ServerPresence, bool]] = []  # as last read from the files of the other servers
        self.total = ServerPresence(question=room.asked, answers=dict(self.answers))  # of all servers
        self.view_text = ""  # the message with the view, encoded once for all members; empty when it is out of date

    def leads(self, member: Member) -> bool:
        return self.owns(member) and member.tab == self.room.lead

    def owns(self, member: Member) -> bool:
        return bool(member.owner) and member.owner == self.room.owner

    def enter(self, member: Member) -> None:
        """Add a member and send it the state of the room. Raises ValueError if the room is full."""
        if len(self.members) >= MOST_MEMBERS:
            raise ValueError(f"This room is full: {MOST_MEMBERS} are in it.")
        if member.owner and sum(other.owner == member.owner for other in self.members) >= MOST_TABS:
            raise ValueError(f"This room is open in {MOST_TABS} of your tabs already: close one of them.")
        self.members.add(member)
        self.send_initial_state(member)

    def send_initial_state(self, member: Member) -> None:
        """Send every kind of message: when a member enters, and when another tab becomes the leading one."""
        leads = self.leads(member)
        facts = {"code": self.room.code, "leads": leads, "owns": self.owns(member)}
        member.send("room", facts | (self._invitation(member) if leads else {}))
        self._send_view(member)
        self._send_question(member)
        self._send_tally(member)
        self._send_counts(member)

    def _invitation(self, member: Member) -> dict[str, Any]:
        """Return the link by which students join the room, with its QR code."""
        link = address(class_address(member.base), "", {"room": self.room.code})
        side, path = qr_code(link)
        return {"link": link, "side": side, "path": path}

    def change(self, **fields: Any) -> None:
        """Change the room on disk and send the change to every member. Raises ValueError if the room has ended."""
        self.reload_if_changed()
        room = replace(self.room, **fields)
        try:
            store.write(room)
        except FileNotFoundError:
            raise ValueError(ENDED) from None
        self.stamp = store.stamp(room.code)
        self._apply(room)

    def reload_if_changed(self) -> bool:
        """Read the room again if another server has written it; False if the room no longer exists."""
        stamp = store.stamp(self.room.code)
        if stamp == self.stamp:
            return True
        room = store.find(self.room.code)
        if room is None:
            return False
        self.stamp = stamp
        self._apply(room)
        return True

    def _apply(self, room: Room) -> None:
        """Replace the room by a newer version and send each member the messages that have changed."""
        before, self.room = self.room, room
        if room.asked != before.asked:
            self.answers, self.total = {}, replace(self.total, question=room.asked, answers={})
        if room.view != before.view:
            self.view_text = ""
        for member in self.members:
            if room.lead != before.lead:
                self.send_initial_state(member)
                continue
            if room.view != before.view:
                self._send_view(member)
            if room.question != before.question:
                self._send_question(member)
                self._send_tally(member)

    def _send_view(self, member: Member) -> None:
        if self.room.view is None or self.leads(member):
            return
        jitter = min(LONGEST_JITTER, JITTER_PER_FOLLOWER * self.total.follow)
        self.view_text = self.view_text or json.dumps({"view": self.room.view | {"spread": jitter}})
        member.send_text("view", self.view_text)

    def _send_question(self, member: Member) -> None:
        question = self.room.question
        member.send("question", question and asdict(question) | {"mine": self._answer_of(member, question)})

    def _answer_of(self, member: Member, question: Question) -> float | None:
        """Return what a member has answered: the choice, the guess, or in a round of darts the number of its dart."""
        if question.aim:
            return store.order_of(self.total.answers, member.owner)
        return self.total.answers.get(member.owner, (None,))[0]

    def _send_tally(self, member: Member) -> None:
        question = self.room.question
        if question and (question.shown or self.leads(member)):
            member.send("tally", store.tally(self.total.answers, len(question.choices)))

    def _send_counts(self, member: Member) -> None:
        if self.leads(member):
            member.send("here", {"follow": self.total.follow, "explore": self.total.explore})

    def answer(self, member: Member, answer: float) -> None:
        """Store a visitor's choice or guess, first on disk, then send what all have answered."""
        self.answers[member.owner] = (answer, time.time())
        self.write_presence()
        self.merge_server_counts(self.others)

    def write_presence(self) -> None:
        """Write this server's presence file, which the other servers read. Raises ValueError if the room has ended."""
        try:
            store.write_presence(self.room.code, self.server, self._local_presence())
        except FileNotFoundError:
            raise ValueError(ENDED) from None

    def _local_presence(self) -> ServerPresence:
        class_ = [member for member in self.members if not self.leads(member)]
        follow = sum(member.follows for member in class_)
        return ServerPresence(follow, len(class_) - follow, self.room.asked, self.answers)

    def merge_server_counts(self, others: list[tuple[ServerPresence, bool]]) -> None:
        """Add up the followers and answers of all servers, and send each member what has changed."""
        self.others = others
        before = self.total
        previous_total = (before, False)  # not fresh, so that its answers are merged and its followers are not counted
        self.total = store.merge([(self._local_presence(), True), previous_total, *others], self.room.asked)
        for member in self.members:
            if (before.follow, before.explore) != (self.total.follow, self.total.explore):
                self._send_counts(member)
            if before.answers != self.total.answers:
                self._send_tally(member)
            if before.answers.get(member.owner) != self.total.answers.get(member.owner):
                self._send_question(member)

    def end(self, sentence: str = ENDED, leading: str = ENDED) -> None:
        """Dismiss every member with one sentence, the tab that leads with another."""
        for member in self.members:
            member.dismiss(leading if self.leads(member) else sentence)
