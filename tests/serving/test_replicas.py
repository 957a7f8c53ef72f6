"""Two replicas behind nginx, for real: who gets in, who may what, and what is written down of it."""

import asyncio
import http.client
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.load.concurrent_clients import VIEW, in_a_loop
from tests.load.streamlit_client import Client
from tests.measured_figures import figure
from tests.serving.site import GROUPS, PROVIDER, SIGNED_IN, STICKY, TOKEN, Site, ask, site
from tests.trainer_processes import wait_for
from ui.server.responses import first_static_files

PATHS = [
    ("GET", "/"),
    ("GET", "/train"),
    ("GET", "/static/js/index.js"),
    ("GET", "/media/0123456789abcdef.png"),
    ("GET", "/component/streamlit_app/index.html"),
    ("GET", "/_stcore/health"),
    ("GET", "/_stcore/host-config"),
    ("GET", "/_stcore/metrics"),
    ("GET", "/_stcore/agent/openapi.json"),
    ("PUT", "/_stcore/upload_file/0123/4567"),
    ("DELETE", "/_stcore/upload_file/0123/4567"),
    ("GET", "/lab/live?list"),
    ("GET", "/lab/web/0123/main.js"),
    ("GET", "/lab/runs/fashion-2d-gaussian/0123/decoder.safetensors"),
    ("GET", "/lab/images/fashion-2d-gaussian/0123/0"),
    ("GET", "/lab/health"),
    ("GET", "/lab/metrics"),
]
SOCKETS = ["/_stcore/stream", "/lab/room"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as found:
        yield found


def socket_status(url: str, **options: object) -> int:
    """The status with which a WebSocket is answered: 101 when it is opened."""

    async def knock() -> int:
        try:
            async with connect(url, proxy=None, **options):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code

    return in_a_loop(knock)


def test_a_stranger_is_refused_at_every_address(running: Site, capsys: pytest.CaptureFixture[str]) -> None:
    answers = {f"{method} {path}": ask(running, path, method)[0] for method, path in PATHS}
    answers |= {f"socket {path}": socket_status(f"wss://{running.address}{path}", ssl=running.tls) for path in SOCKETS}
    forged = {"X_Forwarded_User": "tea", "X_Forwarded_Groups": GROUPS["tea"], "X_Vae_Lab_Proxy": "x" * 40}
    answers |= {f"{method} {path}, forged": ask(running, path, method, **forged)[0] for method, path in PATHS}
    answers |= {f"{method} {path}, not known": ask(running, path, method, user="eve")[0] for method, path in PATHS}
    with capsys.disabled():
        print(f"\na stranger: {len(answers)} requests, answered {sorted(set(answers.values()))}")
        let_in = {name: status for name, status in answers.items() if status not in (401, 403)}
        figure("stranger.let-in", len(let_in), "==", 0)


def test_a_stranger_beside_nginx_is_refused_by_the_replica(running: Site) -> None:
    open_here = ("/lab/health", "/lab/metrics", "/_stcore/metrics")  # this machine's operator asks
    for method, path in PATHS:
        status, _, _ = ask(running, path, method, replica=0, X_Forwarded_User="tea")
        assert (status == 200) if path in open_here else (status == 403), path
    assert all(socket_status(f"ws://{running.replicas[0]}{path}") == 403 for path in SOCKETS)


@pytest.mark.parametrize("wanted", ["/train?run=x", "/?room=BCDFGH&map_model=fashion-10d&map_z=0.5,-1%261&lock=plane"])
def test_who_opens_a_page_is_sent_to_the_sign_in_and_comes_back_to_all_of_the_link(running: Site, wanted: str) -> None:
    status, _, to = ask(running, wanted, Sec_Fetch_Mode="navigate")
    assert (status, to.partition("?")[0]) == (302, PROVIDER)
    assert parse_qs(urlsplit(to).query) == {"state": [wanted]}
    assert ask(running, wanted)[0] == 401


def test_who_is_signed_in_gets_the_page_and_no_operators_address(running: Site) -> None:
    status, words, _ = ask(running, "/", user="ada", Accept="text/html")
    assert (status, "<html" in words) == (200, True)
    assert ask(running, "/lab/live?list", user="ada")[0] == 200
    for path in ("/lab/metrics", "/lab/health", "/lab/alive", "/_stcore/metrics", "/_stcore/agent/openapi.json"):
        assert ask(running, path, user="tea")[0] == 403
        assert ask(running, path, user="tea", Authorization=f"Bearer {TOKEN}")[0] == 403
    headers = {"Cookie": f"{SIGNED_IN}=ada"}
    assert socket_status(f"wss://{running.address}/_stcore/stream", ssl=running.tls, additional_headers=headers) == 101
    evil = {"origin": "https://evil.example", "additional_headers": headers}
    assert socket_status(f"wss://{running.address}/_stcore/stream", ssl=running.tls, **evil) == 403


def test_a_student_works_on_either_replica_and_a_monitor_elsewhere_needs_the_operators_token(running: Site) -> None:
    async def work() -> None:
        for n in range(100):  # the cookie says which replica it is
            cookie = f"{SIGNED_IN}=ada; {STICKY}={n:032x}"
            async with Client(running.address, "map_model=fashion-2d-gaussian", cookie, running.tls) as client:
                await client.open_page()
                await client.settle({**VIEW, "z": [0.5, -1.25], "source": "posterior", "seed": 0})
                assert (client.errors, "map_z=0.5" in client.query) == ([], True)
            if all("vae_lab_rerun_seconds_count" in metrics(running, replica) for replica in range(2)):
                return
        raise AssertionError("one replica was given all the pages")

    in_a_loop(work)
    assert ask(running, "/lab/metrics", replica=1, X_Forwarded_For="10.0.0.9")[0] == 403


def metrics(running: Site, replica: int) -> str:
    """What a monitor on another machine is told."""
    token = {"X_Forwarded_For": "10.0.0.9", "Authorization": f"Bearer {TOKEN}"}
    status, words, _ = ask(running, "/lab/metrics", replica=replica, **token)
    assert status == 200
    return words


def test_the_operator_sees_the_bytes_of_a_message_that_does_not_end(running: Site) -> None:
    def held() -> float:
        told = "".join(metrics(running, replica) for replica in range(2))
        return sum(map(float, re.findall(r'^vae_lab_held_bytes{what="messages"} (.+)$', told, re.MULTILINE)))

    async def play() -> None:
        headers = {"Cookie": f"{SIGNED_IN}=ada"}
        url = f"wss://{running.address}/_stcore/stream"
        async with connect(url, proxy=None, ssl=running.tls, additional_headers=headers) as page:
            page.transport.write(b"\x82\xff" + (60_000).to_bytes(8, "big") + bytes(4 + 30_000))
            await asyncio.to_thread(wait_for, lambda: held() >= 30_000, "the bytes in the metrics")
            page.transport.abort()
        await asyncio.to_thread(wait_for, lambda: held() == 0, "the end of the connection in the metrics")

    in_a_loop(play)


def test_the_names_of_the_server_are_those_of_the_environment(running: Site) -> None:
    status, words, _ = ask(running, "/lab/live?list", user="ada", Host="localhost")
    assert (status, "not a name of this server" in words) == (403, True), "config.toml names it, vae-lab.env does not"


def test_every_cookie_of_the_site_is_for_tls_only(running: Site) -> None:
    connection = http.client.HTTPSConnection(running.address, context=running.tls, timeout=30)
    for path in ("/", "/_stcore/host-config"):
        connection.request("GET", path, headers={"Cookie": f"{SIGNED_IN}=ada", "Accept": "text/html"})
        answer = connection.getresponse()
        cookies = answer.headers.get_all("set-cookie", [])
        answer.read()
        assert cookies
        assert all("secure" in cookie.lower() for cookie in cookies), cookies
    connection.close()


@pytest.mark.parametrize("accept", ["gzip", "identity"])
def test_no_answer_behind_the_sign_in_is_kept_by_a_shared_cache(running: Site, accept: str) -> None:
    connection = http.client.HTTPSConnection(running.address, context=running.tls, timeout=30)
    static = [f"/static/{name}" for name in first_static_files()]
    for path in ("/", "/lab/live?list", "/_stcore/host-config", "/favicon.png", *static):
        connection.request("GET", path, headers={"Cookie": f"{SIGNED_IN}=ada", "Accept-Encoding": accept})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, path
        kept = answer.headers["cache-control"] or ""
        assert "public" not in kept, path
        assert path not in static or "private" in kept, path
    connection.close()


def test_the_journal_is_json_and_holds_nobody(running: Site) -> None:
    for user in ("ada", "eve"):
        ask(running, "/train?map_model=x", user=user)
        ask(running, "/_stcore/upload_file/0123/4567", "PUT", user=user)
    headers = {"Cookie": f"{SIGNED_IN}=ada"}
    socket_status(f"wss://{running.address}/_stcore/stream", ssl=running.tls, additional_headers=headers)
    wait_for(lambda: "closed" in {event["event"] for event in journal(running)}, "the end of a socket in the journal")
    lines = said(running)
    events = journal(running)
    assert {"ready", "request", "closed"} <= {event["event"] for event in events}
    ids = {event["id"] for event in events if "id" in event}
    proxy = [json.loads(line) for line in (running.folder / "vae-lab.json").read_text().splitlines()]
    assert ids & {event["id"] for event in proxy}, "a request has one id in both journals"
    assert "127.0.0.1" not in json.dumps(events)
    assert (running.folder / "vae-lab-error.log").read_text() == ""
    text = "\n".join([*lines, *map(json.dumps, proxy)])
    for secret in ("ada", "tea", "eve", STICKY, SIGNED_IN, TOKEN, "map_model", "0123/4567"):
        assert f'"{secret}"' not in text
        assert secret not in text or len(secret) < 4


def said(running: Site) -> list[str]:
    """What both replicas have said so far."""
    return [line for n in range(2) for line in (running.folder / f"replica-{n}.log").read_text().splitlines()]


def journal(running: Site) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said(running) if line.startswith("{")]
