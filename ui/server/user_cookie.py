"""Identify a visitor by a hash of the signed-in name, or of a random word in a cookie."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server import permissions

COOKIE = "vae_lab_visitor"
_SESSION = "visitor_owner"
_YEAR = 365 * 24 * 3600
_SHORTEST, _LONGEST = 32, 128


def current_user() -> str:
    """Return the id of the current visitor, 16 letters: the owner of runs and uploads. No name or cookie is stored."""
    known = user_of(st.context.headers, st.context.cookies)
    return known or st.session_state.setdefault(_SESSION, uuid.uuid4().hex[:16])  # no cookies: until the tab closes


def user_of(headers: Mapping[str, str], cookies: Mapping[str, str]) -> str | None:
    """Return the id of the sender of a request; None without a name and a cookie."""
    if user := permissions.person(headers).user:
        # Another hash than that of a cookie, so that no cookie gives the id of a signed-in visitor.
        return hashlib.blake2b(user.encode(), digest_size=8, person=b"vae-lab-user").hexdigest()
    word = cookies.get(COOKIE, "")
    return hashlib.sha256(word.encode()).hexdigest()[:16] if _SHORTEST <= len(word) <= _LONGEST else None


class UserCookie:
    """ASGI middleware that sets a browser's cookie with its first page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, self._with_cookie(scope, send) if _is_new(scope) else send)

    def _with_cookie(self, scope: Scope, send: Send) -> Send:
        safe = scope["scheme"] == "https" or Headers(scope=scope).get("x-forwarded-proto") == "https"
        facts = f"Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{'; Secure' if safe else ''}"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", f"{COOKIE}={secrets.token_urlsafe(24)}; {facts}")
            await send(message)

        return send_with_cookie


def _is_new(scope: Scope) -> bool:
    """Return whether a browser without a cookie requests a page, not one of the page's files."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    if "text/html" not in headers.get("accept", ""):
        return False
    held = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return not _SHORTEST <= len(held) <= _LONGEST
