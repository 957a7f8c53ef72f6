"""Count and log the events of this server: metrics for ui/server/prometheus.py and, behind a proxy, JSON lines.

A line holds kinds, numbers and the id of a request only: no name or address of a person, no values of a link, no name
of a file.
"""

import asyncio
import json
import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server import prometheus, streamlit_private
from ui.server.deployment import current_deployment

ID_HEADER = "X-Request-Id"
_ID = re.compile(r"[0-9a-f]{32}")
_KINDS = {
    streamlit_private.UPLOADS: "upload",
    "/_stcore": "streamlit",
    "/media": "media",
    "/static": "static",
    "/lab": "lab",
}
_SHORT = 512  # bytes: the message that ends a run of the script is shorter

_log = logging.getLogger("vae_lab")
_open: set[Callable[[str], Any]] = set()  # for each open page, the function that shows a sentence on it


def start_logging() -> None:
    """Write events to standard error where the server is behind a proxy."""
    if current_deployment() is None:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    for name in ("vae_lab", "ui", "vae_core", "streamlit", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        # Below warnings, the lines of other loggers may contain addresses of visitors.
        logger.setLevel(logging.INFO if name == "vae_lab" else logging.WARNING)


def event(name: str, **facts: Any) -> None:
    """Log one event with its facts."""
    _log.info(name, extra={"facts": facts})


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        facts = getattr(record, "facts", {})
        said = {"time": f"{stamp}.{record.msecs:03.0f}Z", "level": record.levelname.lower()}
        said |= {"event": record.getMessage()}
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])[-3:]
            at = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
            # Only the type of the error: its message may contain the visitor's input.
            facts = facts | {"error": record.exc_info[0].__name__, "at": at}
        return json.dumps(said | facts, ensure_ascii=False)


def notify_all(sentence: str) -> None:
    """Show a sentence on every page that is open."""
    event("leaving", pages=len(_open))
    for show_note in list(_open):
        show_note(sentence)


class RequestLog:
    """ASGI middleware: counts and times requests, pages and reruns, and gives each request an id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._page(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, kind, mark, status = time.perf_counter(), _kind(scope["path"]), _id(scope), 500

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[ID_HEADER] = mark
            await send(message)

        try:
            await self.app(scope, receive, send_marked)
        finally:
            seconds = time.perf_counter() - begun
            prometheus.count("vae_lab_requests_total", kind=kind, status=str(status))
            prometheus.observe("vae_lab_request_seconds", seconds, kind=kind)
            if status >= 400 or kind not in ("static", "lab"):  # the many small requests of a page are only counted
                facts = {"id": mark, "method": scope["method"], "kind": kind, "status": status}
                event("request", **facts, ms=round(1000 * seconds, 1))

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = _Page(send, "page" if scope["path"].endswith(streamlit_private.STREAM) else "room")
        begun, mark = time.monotonic(), _id(scope)

        async def receive_seen() -> Message:
            message = await receive()
            page.on_received(message)
            return message

        try:
            await self.app(scope, receive_seen, page.send)
        finally:
            if page.accepted:
                _open.discard(page.show_note)
                prometheus.count("vae_lab_open", -1, kind=page.kind)
            seconds = round(time.monotonic() - begun, 1)
            event("closed", id=mark, kind=page.kind, accepted=page.accepted, seconds=seconds, reruns=page.reruns)


class _Page:
    """The connection of one open page, whose reruns are timed from request to end, or of one member of a room."""

    def __init__(self, send: Send, kind: str) -> None:
        self.kind, self._send, self._asked = kind, send, 0.0
        self.accepted, self.reruns = False, 0

    def on_received(self, message: Message) -> None:
        raw = message.get("bytes")
        if not raw or self._asked or self.kind != "page":
            return
        if streamlit_private.asks_for_rerun(raw):
            self._asked = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "websocket.accept":
            self.accepted = True
            if self.kind == "page":
                _open.add(self.show_note)
            prometheus.count("vae_lab_open", kind=self.kind)
        raw = message.get("bytes")
        if raw and self._asked and len(raw) <= _SHORT and streamlit_private.ends_run(raw):
            prometheus.observe("vae_lab_rerun_seconds", time.perf_counter() - self._asked)
            self._asked, self.reruns = 0.0, self.reruns + 1
        await self._send(message)

    def show_note(self, sentence: str) -> None:
        """Show a note in a corner of the page, without a rerun."""
        note = streamlit_private.toast_message(sentence)
        task = asyncio.ensure_future(self._send({"type": "websocket.send", "bytes": note}))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # the page may be gone


def _kind(path: str) -> str:
    return next((kind for start, kind in _KINDS.items() if path.startswith(f"{start}/")), "page")


def _id(scope: Scope) -> str:
    """Return the id that the proxy has given a request, or a new one."""
    sent = Headers(scope=scope).get(ID_HEADER, "")
    return sent if _ID.fullmatch(sent) else uuid.uuid4().hex
