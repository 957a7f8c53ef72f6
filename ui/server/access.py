"""Admit or refuse requests: behind a proxy only the proxy's, at the operator's addresses only the operator's."""

import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.server import permissions, shutdown, streamlit_private
from ui.server.deployment import current_deployment

OPERATOR = ("/lab/health", "/lab/alive", "/lab/metrics", *streamlit_private.FOR_OPERATORS)
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", permissions.SECRET_HEADER)
_LOOPBACK = ("127.0.0.1", "::1")
_LOOPBACK_NAMES = {"localhost", *_LOOPBACK}


class AccessControl:
    """ASGI middleware that refuses requests with 403, or a new page during shutdown with 503; all others pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = _refused(scope) if scope["type"] in ("http", "websocket") else None
        await (refused or self.app)(scope, receive, send)


def is_operator(scope: Scope) -> bool:
    """Return whether a request has the operator's token, or comes from this machine without a proxy."""
    headers = Headers(scope=scope)
    if has_token(headers):
        return True
    return (scope.get("client") or ("",))[0] in _LOOPBACK and not any(name in headers for name in _FORWARDED)


def has_token(headers: Headers) -> bool:
    """Return whether a request has the operator's token."""
    found, sent = current_deployment(), headers.get("authorization", "").removeprefix("Bearer ")
    return bool(found and found.operator and secrets.compare_digest(sent.encode(), found.operator.encode()))


def _of_another_site(headers: Headers) -> bool:
    """Return whether a script or an image of another site sends the request, or of another port of this machine.

    Such a request is refused because it may cost work, although its answer is not shown. Following a link is allowed.
    """
    origin = headers.get("origin")
    if origin is not None:
        site = urlsplit(origin)
        ours = set(streamlit_private.allowed_hosts()) - _LOOPBACK_NAMES  # a proxy may give another host
        if site.netloc != headers.get("host") and site.hostname not in ours:
            return True
    from_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return from_elsewhere and headers.get("sec-fetch-mode") != "navigate"


def _refused(scope: Scope) -> PlainTextResponse | None:
    """Return the answer that refuses a request; None for a request that is admitted."""
    headers, path, found = Headers(scope=scope), scope["path"], current_deployment()
    if path.startswith(OPERATOR) and has_token(headers):
        return None
    if not streamlit_private.is_host_allowed(headers.get("host")):
        return _no("This is not a name of this server: the setting server.allowedHosts lists its names.")
    if path.startswith(OPERATOR):
        return None if is_operator(scope) else _no("Only the person who runs this server may use this address.")
    if _of_another_site(headers):
        return _no("A page of another site asks for this: open VAE Lab itself.")
    if found and not permissions.from_proxy(headers, found):
        return _no("This server is reached through its proxy only.")
    uploads = path.startswith(f"{streamlit_private.UPLOADS}/") and scope["method"] == "PUT"
    if uploads and (sentence := permissions.refusal("upload", headers)):
        return _no(sentence)
    if scope["type"] == "websocket" and shutdown.is_shutting_down():
        return _no(shutdown.SENTENCE, 503)
    return None


def _no(sentence: str, status: int = 403) -> PlainTextResponse:
    return PlainTextResponse(sentence, status, headers={"Cache-Control": "no-store"})
