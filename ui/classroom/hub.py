"""The rooms that have members on this server, and the one background task that synchronises them with their files."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable

from ui.classroom import store
from ui.classroom.room import Member, RoomState

POLL_SECONDS = 0.05  # between two checks whether another server has written a room: one stat for each room
INTERVALS = {  # seconds between two runs of each periodic act
    "counts": 0.5,  # read the presence files of the other servers and merge their counts
    "presence": 2.0,  # write this server's presence file
    "keep-alive": 10.0,  # send a message to each browser, which reconnects after 2.5 intervals without any
    "lease": 60.0,  # renew the lease of a room whose teacher is connected
}
_log = logging.getLogger(__name__)


class Hub:
    """The rooms of one server, by code. All methods run in one event loop, so that none needs a lock."""

    def __init__(self) -> None:
        self.server = secrets.token_hex(4)
        self.rooms: dict[str, RoomState] = {}
        self.task: asyncio.Task[None] | None = None

    def enter(self, room: store.Room, member: Member) -> RoomState:
        """Add a member to a room and start the background task. Raises ValueError if the room is full."""
        state = self.rooms.get(room.code) or RoomState(room, self.server)
        state.reload_if_changed()
        state.enter(member)
        _send_keep_alive(member)
        self.rooms[room.code] = state
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._synchronise())
        return state

    def leave(self, state: RoomState, member: Member) -> None:
        """Remove a member; the last one of a room removes the room from this server and writes its presence file."""
        state.members.discard(member)
        if not state.members and self.rooms.get(state.room.code) is state:
            del self.rooms[state.room.code]
            _ignore_failure(state.write_presence)

    async def _synchronise(self) -> None:
        done = dict.fromkeys(INTERVALS, 0.0)
        while self.rooms:
            now = time.monotonic()
            due = {act for act, seconds in INTERVALS.items() if now - done[act] > seconds}
            done |= dict.fromkeys(due, now)
            for state in list(self.rooms.values()):
                try:
                    await self._synchronise_room(state, due)
                except Exception:
                    _log.exception("A room could not be kept in step; it is tried again.")
            await asyncio.sleep(POLL_SECONDS)

    async def _synchronise_room(self, state: RoomState, due: set[str]) -> None:
        """Run the acts that are due for one room; a room that has ended or expired is closed."""
        if "lease" in due and any(map(state.leads, state.members)):
            store.renew_lease(state.room.code)
        if not state.reload_if_changed() or ("lease" in due and store.find(state.room.code) is None):
            state.end()
            self.rooms.pop(state.room.code, None)
            return
        if "keep-alive" in due:
            for member in state.members:
                _send_keep_alive(member)
        if "presence" in due:
            _ignore_failure(state.write_presence)
        if "counts" in due:
            others = await asyncio.to_thread(store.read_other_servers, state.room.code, self.server)
            state.merge_server_counts(others)


def _send_keep_alive(member: Member) -> None:
    member.send("alive", INTERVALS["keep-alive"])


def _ignore_failure(write: Callable[[], None]) -> None:
    """Write a presence file. After a full disk the next interval writes it; a room that has ended needs none."""
    with contextlib.suppress(OSError, ValueError):
        write()


HUB = Hub()
