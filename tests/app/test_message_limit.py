"""Messages that never end: all together have a budget, and the oldest is closed with a code."""

import asyncio

import pytest
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect

from tests.app import asgi
from tests.room_client import serving
from ui.server import message_limit
from ui.server.connection_limit import TRY_LATER


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for said in socket.iter_bytes():
        await socket.send_bytes(said)


def begin(client: ClientConnection, length: int, sent: int) -> None:
    """Send the head of a message of `length` bytes, and that many of them."""
    client.transport.write(b"\x82\xff" + length.to_bytes(8, "big") + bytes(4 + sent))


async def until_held(least: int) -> None:
    while message_limit.bytes_held() < least:
        await asyncio.sleep(0.01)


def test_the_oldest_message_is_given_up_when_all_hold_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_limit, "MOST_BYTES", 100_000)
    message_limit.limit_messages()

    async def play(url: str) -> None:
        # the server has said why and reads no more: the client need not wait for it to hang up as well
        connected = (connect(url, proxy=None, close_timeout=0.5) for _ in range(2))
        async with next(connected) as first, next(connected) as second:
            for client in (first, second):
                await client.send(b"whole")
                assert await client.recv() == b"whole"
            assert message_limit.bytes_held() == 0
            begin(first, 200_000, 60_000)
            await until_held(60_000)
            begin(second, 80_000, 60_000)
            await first.wait_closed()
            assert (first.close_code, first.close_reason) == (TRY_LATER, message_limit.SENTENCE)
            assert 60_000 <= message_limit.bytes_held() <= 100_000
            second.transport.write(bytes(20_000))
            assert await second.recv() == bytes(80_000), "the others go on"
            assert message_limit.bytes_held() == 0
            begin(second, 80_000, 10)
            await until_held(10)
        while message_limit.bytes_held():  # what is left counts no more
            await asyncio.sleep(0.01)

    with serving([WebSocketRoute("/", echo)]) as address:
        asgi.run(asyncio.wait_for(play(f"ws://{address}/"), 30))
