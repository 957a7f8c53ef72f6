"""The WebSocket route of rooms: one connection for each browser tab that is in a room.

The first message starts a room or joins one. Messages are JSON objects, checked by ui/classroom/protocol.py.
"""

import asyncio
import contextlib
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ui.classroom import store
from ui.classroom.actions import act
from ui.classroom.hub import HUB
from ui.classroom.protocol import MOST_BYTES, Buckets, read_message, read_place, read_tab
from ui.classroom.room import MESSAGES_A_SECOND, Member, RoomState
from ui.classroom.store import read_code
from ui.server import permissions
from ui.server.connection_limit import sender
from ui.server.user_cookie import user_of

PATH = "/lab/room"
FIRST_MESSAGE_SECONDS = 10.0  # until the first message has to be there
LAST_MESSAGE_SECONDS = 2.0  # in which pending messages are still sent before the connection is closed
REFUSED = 1008  # WebSocket close code: policy violation
_NO_SUCH = "There is no room with this code. Check the code, or ask the teacher whether the room has ended."
_NOT_KEPT = "The server could not keep this just now. Try again."
_TOO_MANY = "Too many wrong codes came from {}. Wait a minute, then try again."

_wrong_codes = Buckets(60, 1.0)  # of one sender: at this rate it takes about 90 days to guess one of 64 rooms
_starts = Buckets(6, 1 / 20)  # of rooms, by one visitor


async def room_socket(socket: WebSocket) -> None:
    """Serve the connection of one tab from its first message to its end."""
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, KeyError):  # closed, or bytes in place of text
        await _serve(socket)


async def _serve(socket: WebSocket) -> None:
    try:
        async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
            first = read_message(await socket.receive_text())
        site = socket.headers.get("origin") or f"http://{socket.headers.get('host', '')}"
        base = site[:200] + read_place(first)
        member = Member(user_of(socket.headers, socket.cookies) or "", read_tab(first), base)
        state = HUB.enter(_room(socket, first, member), member)
    except (ValueError, TimeoutError) as error:
        await _refuse(socket, str(error) or "Nothing was asked for.")
        return
    except OSError:
        await _refuse(socket, _NOT_KEPT)
        return
    writer = asyncio.create_task(_write(socket, member))
    try:
        await _receive_messages(socket, state, member)
    finally:
        HUB.leave(state, member)
        if not member.gone:
            writer.cancel()
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(writer, LAST_MESSAGE_SECONDS)


def _room(socket: WebSocket, first: dict[str, Any], member: Member) -> store.Room:
    if first["do"] == "start":
        if why := permissions.refusal("teach", socket.headers):
            raise ValueError(why)
        if not member.owner:
            raise ValueError("To start a room, allow this site to keep its cookie, then reload the page.")
        if not _starts.of(member.owner).take():
            raise ValueError("You have started many rooms just now. Wait a minute, then try again.")
        return store.start(member.owner, member.tab)
    if first["do"] != "join":
        raise ValueError("A connection begins by starting a room or joining one.")
    code, tries = read_code(first.get("code")), _wrong_codes.of(sender(socket))
    if not tries.holds():
        raise ValueError(_TOO_MANY.format("you" if permissions.person(socket.headers).user else "your network"))
    room = store.find(code)
    if room is None:
        tries.take()
        raise ValueError(_NO_SUCH)
    return room


async def _receive_messages(socket: WebSocket, state: RoomState, member: Member) -> None:
    while not member.gone:
        text = await socket.receive_text()
        if len(text) > MOST_BYTES:
            member.dismiss("This page sent too many messages and left the room. Reload it to join again.")
            return
        while not member.bucket.take():  # above the rate, the messages of this member wait in its socket
            await asyncio.sleep(1 / MESSAGES_A_SECOND)
        try:
            act(state, member, read_message(text))
        except ValueError as error:
            member.send("sorry", str(error))
        except OSError:
            member.send("sorry", _NOT_KEPT)


async def _write(socket: WebSocket, member: Member) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await member.write(socket.send_text)
        await socket.close()


async def _refuse(socket: WebSocket, sentence: str) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_json({"refused": sentence})
        await socket.close(REFUSED)


ROUTES = [WebSocketRoute(PATH, room_socket)]
