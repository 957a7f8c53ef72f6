"""Build HTTP answers: security headers, bytes that a browser may cache for ever, Streamlit's page and its files."""

import gzip
import re
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server import streamlit_private

FOREVER = "private, max-age=31536000, immutable"  # private: behind a sign-in no shared cache may keep it
# Streamlit adds inline styles and runs the script of a component as a blob; 'wasm-unsafe-eval' allows WebAssembly.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
}
_TYPES = {"js": "text/javascript", "css": "text/css"}
_PUBLIC = re.compile(r"\bpublic\b", re.IGNORECASE)
_NOSCRIPT = re.compile(rb"<noscript>.*?</noscript>", re.DOTALL)
_STREAMLITS = b"_stcore/agent"  # which its page speaks of, and no page that we make
_WITHOUT_SCRIPT = (
    b"<noscript><p>VAE Lab computes and draws in your browser, and JavaScript is switched off here. "
    b"Please switch it on for this address and load the page again.</p></noscript>"
)
_NAME = re.compile(r"/static/((?:js|css)/[A-Za-z0-9_-][A-Za-z0-9._-]*\.(js|css))")


class _Short(IntegerConvertor):
    """The converter `{name:whole}` of a route: an integer of at most 20 digits, which Python can always convert."""

    regex = "[0-9]{1,20}"


register_url_convertor("whole", _Short())


def immutable(request: Request, packed: bytes, kind: str) -> Response:
    """Answer with gzipped bytes that never change at their address; unpacked if the browser does not accept gzip."""
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type=kind, headers=headers)


def not_found(sentence: str) -> Response:
    """Answer 404 with one sentence."""
    return PlainTextResponse(sentence, status_code=404, headers={"Cache-Control": "no-store"})


def refused(sentence: str) -> Response:
    """Answer 400 with one sentence."""
    return PlainTextResponse(sentence, status_code=400, headers={"Cache-Control": "no-store"})


class SafeHeaders:
    """ASGI middleware that adds HEADERS to each HTTP answer, and lets no shared cache keep one.

    Streamlit calls its own files public, but behind a sign-in no answer is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if "cache-control" in headers:
                    headers["cache-control"] = _PUBLIC.sub("private", headers["cache-control"])
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class WithoutScript:
    """ASGI middleware that says in Streamlit's page, in one sentence of ours, what a browser without JavaScript needs.

    Streamlit's own words there are about programs that read the page, at an address that this app does not serve.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []  # the start of a page, until its body is complete
        body = bytearray()

        async def send_page(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    start = held.pop()
                    page = _with_sentence(MutableHeaders(scope=start), bytes(body))
                    await send(start)
                    await send({"type": "http.response.body", "body": page})

        is_get = scope["type"] == "http" and scope["method"] == "GET"
        await self.app(scope, receive, send_page if is_get else send)


def _is_page(start: Message) -> bool:
    return start["status"] == 200 and Headers(raw=start["headers"]).get("content-type", "").startswith("text/html")


def _with_sentence(headers: MutableHeaders, body: bytes) -> bytes:
    """Return Streamlit's page with our sentence, and any other page, such as an exported one, as it came."""
    is_packed = headers.get("content-encoding") == "gzip"
    page = gzip.decompress(body) if is_packed else body
    if _STREAMLITS not in page:
        return body
    if is_packed:
        del headers["content-encoding"]
    page = _NOSCRIPT.sub(_WITHOUT_SCRIPT, page)
    headers["content-length"] = str(len(page))
    return page


class PackedStatic:
    """ASGI middleware that serves Streamlit's hashed .js and .css files with gzip if the browser accepts it.

    Streamlit itself serves them without gzip, in four times the bytes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await _static(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        await (answer or self.app)(scope, receive, send)


async def _static(scope: Scope) -> Response | None:
    known = _NAME.fullmatch(scope["path"])
    if known is None or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
        return None
    packed = await run_in_threadpool(packed_static, known[1])
    if packed is None:
        return None
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Cache-Control": FOREVER}
    return Response(packed, media_type=_TYPES[known[2]], headers=headers)


@lru_cache(maxsize=512)
def packed_static(name: str) -> bytes | None:
    """Return one of Streamlit's own files with gzip, packed once; None if there is no such file."""
    path = streamlit_private.static_folder() / "static" / name
    return gzip.compress(path.read_bytes(), 6, mtime=0) if path.is_file() else None


def first_static_files() -> list[str]:
    """List the scripts and styles that Streamlit's index.html loads."""
    page = streamlit_private.static_folder() / "index.html"
    found = re.findall(r"static/((?:js|css)/[A-Za-z0-9._-]+\.(?:js|css))", page.read_text(encoding="utf-8"))
    return list(dict.fromkeys(found))
