"""Who a visitor is and how much may be uploaded: two pieces of middleware, driven as a server drives them."""

from typing import Any

import pytest

from tests.app import asgi
from ui.server import upload_limit
from ui.server.upload_limit import UploadLimit
from ui.server.user_cookie import COOKIE, UserCookie


def answered(
    middleware: type, method: str, path: str, scheme: str = "http", **headers: str
) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer to a request."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "scheme": scheme, "headers": raw}
    asgi.run(middleware(app)(scope, receive, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def cookie(**headers: str) -> str:
    return answered(UserCookie, "GET", "/library", **headers)[1].get("set-cookie", "")


def test_a_browser_gets_its_cookie_once_with_a_page_and_never_with_a_file() -> None:
    first, second = cookie(accept="text/html"), cookie(accept="text/html")
    assert first.startswith(f"{COOKIE}=")
    assert first.split(";")[0] != second.split(";")[0]
    assert "HttpOnly; SameSite=Lax" in first
    assert "Secure" not in first
    assert "Secure" in cookie(accept="text/html", x_forwarded_proto="https")
    assert cookie(accept="text/html", cookie=first.split(";")[0]) == ""
    assert cookie(accept="text/html", cookie=f"{COOKIE}=short") != ""
    assert cookie(accept="*/*") == ""


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    upload_limit._held.clear()
    monkeypatch.setattr(upload_limit, "MOST_BYTES", 100)
    monkeypatch.setattr(upload_limit, "MOST_FILES", 3)


def put(session: str, file: str, size: int | None, method: str = "PUT", **headers: str) -> int:
    length = {} if size is None else {"content_length": str(size)}
    return answered(UploadLimit, method, f"/_stcore/upload_file/{session}/{file}", **length, **headers)[0]


def test_a_session_may_not_hold_too_many_bytes() -> None:
    assert put("s", "a", 60) == 204
    assert put("s", "b", 60) == 413
    assert put("t", "b", 60) == 204
    assert put("s", "a", 90) == 204  # the same file again
    assert put("s", "a", 0, "DELETE") == 204
    assert put("s", "b", 100) == 204


def test_nor_too_many_files_nor_one_of_unknown_length() -> None:
    assert [put("s", name, 1) for name in "abcd"] == [204, 204, 204, 413]
    assert put("t", "a", None) == 413
    assert put("s", "e", 5000, "OPTIONS") == 204
    assert answered(UploadLimit, "PUT", "/elsewhere", content_length="5000")[0] == 204


def test_a_visitors_pages_and_all_visitors_together_have_a_budget_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_limit, "MOST_OF_ONE", 150)
    monkeypatch.setattr(upload_limit, "MOST_OF_ALL", 250)
    ann, ben = (f"{COOKIE}={letter * 40}" for letter in "ab")
    assert [put(session, "x", 70, cookie=ann) for session in "abc"] == [204, 204, 413]
    assert put("a", "x", 75, cookie=ann) == 204  # in place of the file before
    assert [put(session, "x", 70, cookie=ben) for session in "de"] == [204, 413]
    assert upload_limit.bytes_held() == 75 + 70 + 70
    assert put("a", "x", 0, "DELETE", cookie=ann) == 204
    assert put("e", "x", 70, cookie=ben) == 204


def test_a_refusal_says_what_is_too_much() -> None:
    def said(file: str, size: bytes) -> str:
        return upload_limit._count({"type": "http", "method": "PUT", "headers": [(b"content-length", size)]}, "s", file)

    assert [said(name, b"1") for name in "abc"] == ["", "", ""]
    assert "chosen 3 files, the largest number" in said("d", b"1")
    assert "MB of uploads" in said("a", b"5000")


def test_what_is_counted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_limit, "MOST_SESSIONS", 2)
    for session in "abc":
        put(session, "x", 1)
    assert list(upload_limit._held) == ["b", "c"]
