"""How the addresses under /lab answer: bytes that a browser may keep for ever, or one sentence."""

import gzip

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FOREVER = "private, max-age=31536000, immutable"  # behind a sign-in no cache of many may keep it


class _Short(IntegerConvertor):
    """A whole number in an address, as `{name:whole}`: of thousands of digits Python makes none."""

    regex = "[0-9]{1,20}"


register_url_convertor("whole", _Short())


def immutable(request: Request, packed: bytes, kind: str) -> Response:
    """Gzip bytes whose address changes with them."""
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type=kind, headers=headers)


def not_found(sentence: str) -> Response:
    return PlainTextResponse(sentence, status_code=404, headers={"Cache-Control": "no-store"})


def refused(sentence: str) -> Response:
    return PlainTextResponse(sentence, status_code=400, headers={"Cache-Control": "no-store"})
