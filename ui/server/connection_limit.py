"""Limit the WebSockets that are open: those of one sender and those of all, of pages and of rooms by themselves.

The bytes of their unfinished messages have a limit of their own: ui/server/message_limit.py.
"""

from collections import Counter

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.server import permissions, streamlit_private

MOST = 1_000  # of one server and one kind
MOST_OF_USER = 24  # of one visitor who is signed in: each tab has one of each kind
MOST_OF_ADDRESS = 500  # of all visitors of one address who are not signed in: a class may share an address
TRY_LATER = 1013  # WebSocket close code


class ConnectionLimit:
    """ASGI middleware that refuses a WebSocket beyond the limits before it is accepted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._open: Counter[tuple[str, str]] = Counter()  # by kind and sender

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        kind = "page" if scope["path"].endswith(streamlit_private.STREAM) else "room"
        who = (kind, sender(HTTPConnection(scope)))
        if self._is_full(*who, signed_in=bool(permissions.person(Headers(scope=scope)).user)):
            await send({"type": "websocket.close", "code": TRY_LATER})
            return
        self._open[who] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]

    def _is_full(self, kind: str, who: str, *, signed_in: bool) -> bool:
        of_all = sum(count for (other, _), count in self._open.items() if other == kind)
        return of_all >= MOST or self._open[kind, who] >= (MOST_OF_USER if signed_in else MOST_OF_ADDRESS)


def sender(connection: HTTPConnection) -> str:
    """Return the key by which connections are counted: the signed-in user, or the network address without one."""
    user = permissions.person(connection.headers).user
    return f"user {user}" if user else f"address {connection.client.host if connection.client else ''}"
