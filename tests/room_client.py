"""A WebSocket client that acts as one browser tab in a room, and a server with the routes of rooms only."""

import asyncio
import contextlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from websockets.asyncio.client import ClientConnection, connect

from ui.classroom.routes import PATH, ROUTES
from ui.server.user_cookie import COOKIE

VIEW = {"page": "paths", "query": "paths_model=a", "parts": {"paths": {"of": "a", "view": {"z": [0.5, -1.0]}}}}


class Tab:
    """One tab of a visitor. `heard` holds the latest message of each kind, `views` all views, each with its time.

    `headers` are those that a proxy adds.
    """

    def __init__(
        self, address: str, cookie: str | None = "", origin: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.address, self.origin, self.headers = address, origin, dict(headers or {})
        self.cookie = secrets.token_urlsafe(24) if cookie == "" else cookie
        self.tab = secrets.token_hex(8)
        self.heard: dict[str, Any] = {}
        self.views: list[tuple[float, dict[str, Any]]] = []
        self._socket: ClientConnection
        self._reader: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        headers = self.headers | ({"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {})
        self._socket = await connect(
            f"ws://{self.address}{PATH}", additional_headers=headers, origin=self.origin, proxy=None, compression=None
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        with contextlib.suppress(Exception):
            async for text in self._socket:
                message = json.loads(text)
                self.heard.update(message)
                if "view" in message:
                    self.views.append((time.perf_counter(), message["view"]))
        self.heard["closed"] = True

    async def say(self, does: str, **rest: Any) -> None:
        await self._socket.send(json.dumps({"do": does, **rest}))

    async def shout(self, text: str | bytes) -> None:
        """Send text or bytes as they are, which need not be a message."""
        with contextlib.suppress(Exception):
            await self._socket.send(text)

    async def start(self) -> str:
        await self.say("start", tab=self.tab)
        return (await self.until(lambda heard: heard.get("room")))["code"]

    async def join(self, code: str) -> Self:
        await self.say("join", code=code, tab=self.tab)
        await self.until(lambda heard: heard.get("room") or heard.get("refused"))
        return self

    async def until(self, there: Callable[[dict[str, Any]], Any], seconds: float = 10) -> Any:
        """Wait until `there`, called with the messages so far, returns something true, and return that."""
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(KeyError):
                if found := there(self.heard):
                    return found
            if time.monotonic() > end:
                raise TimeoutError(f"not heard within {seconds} s: {self.heard}")
            await asyncio.sleep(0.005)


def serving_rooms() -> contextlib.AbstractContextManager[str]:
    """Serve rooms in this process; yields the address, host:port."""
    return serving(ROUTES)


@contextlib.contextmanager
def serving(routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Serve these routes in this process; yields the address, host:port."""
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
