"""Who is let in at all: behind a proxy only what the proxy sends; at the operator's addresses only the operator."""

import re
import secrets

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from ui import leaving, roles
from ui.serving import serving

OPERATOR = ("/lab/health", "/lab/alive", "/lab/metrics", "/_stcore/metrics", "/_stcore/script-health-check")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", roles.SECRET_HEADER)
_LOOPBACK = ("127.0.0.1", "::1")
_UPLOAD = re.compile(r"/_stcore/upload_file/")


class Gate:
    """ASGI middleware that answers 403, or 503 for a new page while the server is leaving, and lets all else pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = _refused(scope) if scope["type"] in ("http", "websocket") else None
        await (refused or self.app)(scope, receive, send)


def is_operator(scope: Scope) -> bool:
    """Whether a request comes from this machine itself and through no proxy, or with the operator's token."""
    headers, found = Headers(scope=scope), serving()
    sent = headers.get("authorization", "").removeprefix("Bearer ")
    if found and found.operator and secrets.compare_digest(sent.encode(), found.operator.encode()):
        return True
    return (scope.get("client") or ("",))[0] in _LOOPBACK and not any(name in headers for name in _FORWARDED)


def _refused(scope: Scope) -> PlainTextResponse | None:
    """The answer to what is not let in, None for what is."""
    headers, path, found = Headers(scope=scope), scope["path"], serving()
    if path.startswith(OPERATOR):
        return None if is_operator(scope) else _no("This address is for whoever runs the server.")
    if not is_host_allowed(headers.get("host")):
        return _no("The server does not go by this name: server.allowedHosts lists those it has.")
    if found and not roles.from_proxy(headers, found):
        return _no("This server is reached through its proxy only.")
    if _UPLOAD.match(path) and scope["method"] == "PUT" and (sentence := roles.why_not("upload", headers)):
        return _no(sentence)
    if scope["type"] == "websocket" and leaving.begun():
        return _no(leaving.SENTENCE, 503)
    return None


def _no(sentence: str, status: int = 403) -> PlainTextResponse:
    return PlainTextResponse(sentence, status, headers={"Cache-Control": "no-store"})
