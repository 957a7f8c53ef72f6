"""How many WebSockets may be open: of one visitor, of one address and of all, pages and rooms by themselves."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.app import asgi
from ui.server.connection_limit import MOST, MOST_OF_ADDRESS, MOST_OF_USER, ConnectionLimit
from ui.server.deployment import FILE_VARIABLE

PAGE, ROOM = "/_stcore/stream", "/lab/room"


class Server:
    """The limit around an application that accepts each WebSocket and keeps it until `close`."""

    def __init__(self) -> None:
        self.limit = ConnectionLimit(self._hold)
        self.closed = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def _hold(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await self.closed.wait()
        raise RuntimeError("as an application ends whose browser has gone")

    async def is_accepted(self, path: str, address: str, user: str = "") -> bool:
        """Whether one more connection is let in; it stays open."""
        answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        named = [(b"x-forwarded-user", user.encode()), (b"x-vae-lab-proxy", b"s" * 40)] if user else []
        scope = {"type": "websocket", "path": path, "headers": named, "client": (address, 1)}
        self.tasks.append(asyncio.create_task(self.limit(scope, answers.get, answers.put)))
        return (await answers.get())["type"] == "websocket.accept"

    async def close(self) -> None:
        self.closed.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.closed.clear()


def test_an_address_has_its_share_and_gets_it_back() -> None:
    async def play() -> None:
        server = Server()
        for _ in range(2):  # what has closed counts no more, also when it ended by an error
            assert all([await server.is_accepted(PAGE, "192.0.2.1") for _ in range(MOST_OF_ADDRESS)])
            assert not await server.is_accepted(PAGE, "192.0.2.1")
            assert await server.is_accepted(ROOM, "192.0.2.1"), "pages leave the rooms alone"
            assert await server.is_accepted(PAGE, "192.0.2.2"), "and other addresses too"
            await server.close()

    asgi.run(play())


def test_all_together_have_a_limit() -> None:
    async def play() -> None:
        server = Server()
        assert all([await server.is_accepted(PAGE, f"192.0.2.{n % 250}") for n in range(MOST)])
        assert not await server.is_accepted(PAGE, "192.0.2.251")
        assert await server.is_accepted(ROOM, "192.0.2.251")
        await server.close()

    asgi.run(play())


def test_one_who_is_signed_in_is_counted_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("s" * 40)
    file = tmp_path / "serving.toml"
    file.write_text('[proxy]\nsecret_file = "secret"\n')
    monkeypatch.setenv(FILE_VARIABLE, str(file))

    async def play() -> None:
        server = Server()
        assert all([await server.is_accepted(PAGE, f"192.0.2.{n}", "ada") for n in range(MOST_OF_USER)])
        assert not await server.is_accepted(PAGE, "192.0.2.99", "ada")
        assert await server.is_accepted(PAGE, "192.0.2.1", "grace"), "a room behind one address does not pay for one"
        await server.close()

    asgi.run(play())
