"""Streamlit's own scripts and styles, compressed once and kept: it serves them as they are, four times the bytes."""

import gzip
import re
from functools import lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

from ui.server.responses import FOREVER

_TYPES = {"js": "text/javascript", "css": "text/css"}
_NAME = re.compile(r"/static/((?:js|css)/[A-Za-z0-9_-][A-Za-z0-9._-]*\.(js|css))")


class PackedStatic:
    """ASGI middleware that answers for Streamlit's hashed .js and .css files when the browser takes gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await _answer(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        await (answer or self.app)(scope, receive, send)


async def _answer(scope: Scope) -> Response | None:
    known = _NAME.fullmatch(scope["path"])
    if known is None or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
        return None
    packed = await run_in_threadpool(pack, known[1])
    if packed is None:
        return None
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Cache-Control": FOREVER}
    return Response(packed, media_type=_TYPES[known[2]], headers=headers)


@lru_cache(maxsize=512)
def pack(name: str) -> bytes | None:
    """One of Streamlit's files, gzip; None if there is none of that name."""
    path = Path(file_util.get_static_dir()) / "static" / name
    return gzip.compress(path.read_bytes(), 6, mtime=0) if path.is_file() else None


def first_files() -> list[str]:
    """The scripts and styles that Streamlit's page asks for at once."""
    page = Path(file_util.get_static_dir()) / "index.html"
    found = re.findall(r"static/((?:js|css)/[A-Za-z0-9._-]+\.(?:js|css))", page.read_text(encoding="utf-8"))
    return list(dict.fromkeys(found))
