"""The address of rooms: one WebSocket for each browser's tab that is in one.

The first message starts a room or joins one. Messages are JSON objects, checked by
ui/classroom/protocol.py.
"""

import asyncio
import contextlib
from collections import Counter
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
from ui.server.user_cookie import user_of

PATH = "/lab/room"
FIRST_SECONDS = 10.0  # to say what the connection is for
LAST_SECONDS = 2.0  # for the last sentence to arrive
MOST_SOCKETS = 1_000  # of one server
MOST_OF_ONE = 24  # of one who is signed in: each tab has one
MOST_OF_ADDRESS = 500  # of all who are not signed in and come from one address, as a class may
REFUSED = 1008  # code of a WebSocket's end
_NO_SUCH = "There is no room with this code. Look at it again, or ask whether the room has ended."
_NOT_KEPT = "The server could not keep this just now. Try again."
_TOO_MANY = "Too many wrong codes came from {}. Wait a minute, then try again."

_wrong = Buckets(60, 1.0)  # wrong codes of one sender: of 64 rooms one is found in about 90 days
_starts = Buckets(6, 1 / 20)  # rooms that one visitor starts
_open: Counter[str] = Counter()  # connections of each sender


async def room_socket(socket: WebSocket) -> None:
    """One tab's connection, from its first message to its end."""
    sender = _sender(socket)
    most = MOST_OF_ONE if _user(socket) else MOST_OF_ADDRESS
    if _open[sender] >= most or _open.total() >= MOST_SOCKETS:
        await socket.close(REFUSED)
        return
    await socket.accept()
    _open[sender] += 1
    try:
        await _serve(socket)
    except (WebSocketDisconnect, RuntimeError, KeyError):
        pass  # it is gone, or sent bytes in place of text
    finally:
        _open[sender] -= 1
        if not _open[sender]:
            del _open[sender]


def _user(socket: WebSocket) -> str:
    return permissions.person(socket.headers).user


def _sender(socket: WebSocket) -> str:
    """Whose a connection counts as: of the one who is signed in, else of the address that it comes from."""
    user = _user(socket)
    return f"user {user}" if user else f"address {socket.client.host if socket.client else ''}"


async def _serve(socket: WebSocket) -> None:
    try:
        async with asyncio.timeout(FIRST_SECONDS):
            first = read_message(await socket.receive_text())
        site = socket.headers.get("origin") or f"http://{socket.headers.get('host', '')}"
        base = site[:200] + read_place(first)
        member = Member(user_of(socket.headers, socket.cookies) or "", read_tab(first), base)
        hall = HUB.enter(_room(socket, first, member), member)
    except (ValueError, TimeoutError) as error:
        await _refuse(socket, str(error) or "Nothing was asked for.")
        return
    except OSError:
        await _refuse(socket, _NOT_KEPT)
        return
    writer = asyncio.create_task(_write(socket, member))
    try:
        await _listen(socket, hall, member)
    finally:
        HUB.leave(hall, member)
        if not member.gone:
            writer.cancel()
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(writer, LAST_SECONDS)


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
    code, tries = read_code(first.get("code")), _wrong.of(_sender(socket))
    if not tries.holds():
        raise ValueError(_TOO_MANY.format("you" if _user(socket) else "your network"))
    room = store.find(code)
    if room is None:
        tries.take()
        raise ValueError(_NO_SUCH)
    return room


async def _listen(socket: WebSocket, hall: RoomState, member: Member) -> None:
    while not member.gone:
        text = await socket.receive_text()
        if len(text) > MOST_BYTES:
            member.dismiss("Too much was sent at once: the room was left. Reload the page to come back.")
            return
        while not member.bucket.take():  # what comes faster waits in its sender's own line
            await asyncio.sleep(1 / MESSAGES_A_SECOND)
        try:
            act(hall, member, read_message(text))
        except ValueError as error:
            member.tell("sorry", str(error))
        except OSError:
            member.tell("sorry", _NOT_KEPT)


async def _write(socket: WebSocket, member: Member) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await member.write(socket.send_text)
        await socket.close()


async def _refuse(socket: WebSocket, sentence: str) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_json({"refused": sentence})
        await socket.close(REFUSED)


ROUTES = [WebSocketRoute(PATH, room_socket)]
