"""Limit the uploads in the server's memory: those of a session, of a visitor, and of all visitors.

Streamlit limits the size of each file, not their number.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Container
from typing import NamedTuple

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.server import streamlit_private
from ui.server.user_cookie import user_of

MOST_BYTES = 64 << 20  # of one session, at the same time
MOST_OF_ONE = 128 << 20  # of all pages of one visitor
MOST_OF_ALL = 768 << 20
MOST_FILES = 2000
MOST_SESSIONS = 4096  # whose files are counted; the least recently used one is dropped first
_ON_THE_WAY = 120.0  # seconds after an upload in which the page may not show the file yet
_PATH = re.compile(rf"{streamlit_private.UPLOADS}/([^/]{{1,128}})/([^/]{{1,128}})")


class _File(NamedTuple):
    bytes: int
    since: float
    owner: str  # empty where it is not known


LOST = (
    "The server no longer has one of the files shown here. Perhaps the server was restarted. Remove the file with its "
    "cross, then choose it again."
)
_held: OrderedDict[str, dict[str, _File]] = OrderedDict()  # of each session
_lock = threading.Lock()


def forget_all_but(chosen: Container[str]) -> None:
    """Free the files of this session that no widget shows any more; `chosen` are the ids of files that are shown."""
    session = streamlit_private.current_session()
    if session is None:
        return
    now = time.monotonic()
    with _lock:
        held = _held.get(session, {})
        gone = [file for file, known in held.items() if file not in chosen and now - known.since > _ON_THE_WAY]
        for file in gone:
            del held[file]
    for file in gone:
        streamlit_private.remove_uploaded_file(file)


def lost(key: str) -> bool:
    """Return whether the file chooser of this key shows a file that the server no longer has."""
    chosen = st.session_state.get(key)
    return any(map(streamlit_private.is_deleted_file, chosen if isinstance(chosen, list) else [chosen]))


class UploadLimit:
    """ASGI middleware that refuses an upload beyond the limit of its session, its visitor, or the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        sentence = _count(scope, *known.groups()) if known else ""
        await (PlainTextResponse(sentence, 413) if sentence else self.app)(scope, receive, send)


def _count(scope: Scope, session: str, file: str) -> str:
    """Count a request that uploads or deletes a file; returns a sentence if it is refused."""
    if scope["method"] not in ("PUT", "DELETE"):
        return ""
    headers = Headers(scope=scope)
    owner = user_of(headers, cookie_parser(headers.get("cookie", ""))) or ""
    with _lock:
        _forget_the_gone(session)
        held = _held.setdefault(session, {})
        _held.move_to_end(session)
        while len(_held) > MOST_SESSIONS:
            _held.popitem(last=False)
        if scope["method"] == "DELETE":
            held.pop(file, None)
            return ""
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal() and len(length) < 16):
            return "An upload must say how long it is."
        others = [known.bytes for name, known in held.items() if name != file]
        if len(others) >= MOST_FILES:
            return f"You have chosen {MOST_FILES:,} files, the largest number: remove some, or choose one zip."
        if sum(others) + int(length) > MOST_BYTES:
            return f"This visit holds more than {MOST_BYTES >> 20} MB of uploads: remove some files first."
        every = [known for each in _held.values() for known in each.values() if known is not held.get(file)]
        own = sum(known.bytes for known in every if owner and known.owner == owner)
        if own + int(length) > MOST_OF_ONE:
            return (
                f"Your pages hold more than {MOST_OF_ONE >> 20} MB of uploads: close one, or remove some files first."
            )
        if sum(known.bytes for known in every) + int(length) > MOST_OF_ALL:
            return "The uploads of all visitors fill this server's memory just now: try again in a minute."
        held[file] = _File(int(length), time.monotonic(), owner)
        return ""


def bytes_held() -> int:
    """Add up the bytes of all uploads that are held."""
    with _lock:
        return sum(known.bytes for held in _held.values() for known in held.values())


def _forget_the_gone(session: str) -> None:
    """Drop the sessions that have ended: Streamlit has freed their files."""
    for gone in [name for name in _held if name != session and streamlit_private.has_ended(name)]:
        del _held[gone]
