"""The rooms that have members on this server, and the one task that keeps them in step with the shared folder."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable

from ui.classroom import store
from ui.classroom.room import Member, RoomState

LOOK_SECONDS = 0.05  # between two looks at what other servers wrote: a stat for each room
EVERY = {  # seconds between two
    "count": 0.5,  # counts of those who are here
    "beat": 2.0,  # signs of life to the other servers
    "alive": 10.0,  # words to each browser, which is told of these seconds and takes a line silent for longer for dead
    "keep": 60.0,  # signs that a teacher is there
}
_log = logging.getLogger(__name__)


class Hub:
    """All halls of one server. Everything happens in its event loop, so nothing needs a lock."""

    def __init__(self) -> None:
        self.server = secrets.token_hex(4)
        self.halls: dict[str, RoomState] = {}
        self.task: asyncio.Task[None] | None = None

    def enter(self, room: store.Room, member: Member) -> RoomState:
        """Raises ValueError if the room has no place."""
        hall = self.halls.get(room.code) or RoomState(room, self.server)
        hall.look()
        hall.enter(member)
        member.tell("alive", EVERY["alive"])
        self.halls[room.code] = hall
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._keep_in_step())
        return hall

    def leave(self, hall: RoomState, member: Member) -> None:
        hall.members.discard(member)
        if not hall.members and self.halls.get(hall.room.code) is hall:
            del self.halls[hall.room.code]
            _quietly(hall.write)

    async def _keep_in_step(self) -> None:
        done = dict.fromkeys(EVERY, 0.0)
        while self.halls:
            now = time.monotonic()
            due = {act for act, seconds in EVERY.items() if now - done[act] > seconds}
            done |= dict.fromkeys(due, now)
            for hall in list(self.halls.values()):
                try:
                    await self._step(hall, due)
                except Exception:
                    _log.exception("A room could not be kept in step; it is tried again.")
            await asyncio.sleep(LOOK_SECONDS)

    async def _step(self, hall: RoomState, due: set[str]) -> None:
        if "keep" in due and any(map(hall.leads, hall.members)):
            store.keep(hall.room.code)
        if not hall.look() or ("keep" in due and store.find(hall.room.code) is None):
            hall.end()
            self.halls.pop(hall.room.code, None)
            return
        if "alive" in due:
            for member in hall.members:
                member.tell("alive", EVERY["alive"])
        if "beat" in due:
            _quietly(hall.write)
        if "count" in due:
            hall.take_account(await asyncio.to_thread(store.others, hall.room.code, self.server))


def _quietly(write: Callable[[], None]) -> None:
    """A count that cannot be written is written the next time; a room that has ended needs none."""
    with contextlib.suppress(OSError, ValueError):
        write()


HUB = Hub()
