"""Two replicas behind nginx, for real: who gets in, who may what, and what a class notices when a replica dies."""

import asyncio
import http.client
import json
import random
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.figures import figure
from tests.load.client import Client
from tests.serving.site import GROUPS, SIGNED_IN, STICKY, TOKEN, Site, site

CLIENTS, PATIENCE = 50, 60.0  # seconds
VIEW = {"x": None, "drawing": None, "axes": [0, 1], "window": None, "overlays": ["prior"], "hidden": []}
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
    ("GET", "/lab/pad/0123/main.js"),
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


def ask(
    running: Site, path: str, method: str = "GET", user: str = "", replica: int | None = None, **headers: str
) -> tuple[int, str, str]:
    """Status, words and the place that it sends to, of nginx or straight from a replica."""
    if replica is None:
        connection = http.client.HTTPSConnection(running.address, context=running.tls, timeout=30)
    else:
        connection = http.client.HTTPConnection(running.replicas[replica], timeout=30)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent |= {"Cookie": f"{SIGNED_IN}={user}"} if user else {}
    connection.request(method, path, b"x" * 10 if method == "PUT" else None, sent)
    answer = connection.getresponse()
    words, to = answer.read().decode(errors="replace"), answer.headers.get("location", "")
    connection.close()
    return answer.status, words, to


def socket_status(url: str, **options: object) -> int:
    """The status with which a WebSocket is answered: 101 when it is opened."""

    async def knock() -> int:
        try:
            async with connect(url, proxy=None, **options):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, knock()).result()


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


def test_who_opens_a_page_is_sent_to_the_sign_in(running: Site) -> None:
    status, _, to = ask(running, "/train?run=x", Sec_Fetch_Mode="navigate")
    site = f"https://{running.address}"
    assert (status, to) == (302, f"{site}/oauth2/start?rd={site}/train?run=x")


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


def test_the_names_of_the_server_are_those_of_the_environment(running: Site) -> None:
    status, words, _ = ask(running, "/lab/live?list", user="ada", Host="localhost")
    assert (status, "does not go by this name" in words) == (403, True), "config.toml names it, vae-lab.env does not"


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


def metric(running: Site, replica: int, name: str) -> float:
    text = ask(running, "/lab/metrics", replica=replica)[1]
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


def test_a_replica_is_killed_while_fifty_work_and_they_come_back_as_they_were(
    running: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(asyncio.run, _killed(running)).result()
    back = sorted(found["back"])
    assert min(found["before"]) >= CLIENTS / 5
    with capsys.disabled():
        print(f"\n{CLIENTS} clients, {found['before']} on each replica; one replica killed")
        figure("replica-killed.not-back-in-the-same-state", found["before"][0] - len(back), "==", 0)
        figure("replica-killed.others-disturbed", found["before"][1] - found["stayed"], "==", 0)
        figure("replica-killed.last-back", back[-1], "<=", 30, "s")


async def _killed(running: Site) -> dict[str, Any]:
    rng = random.Random(4)
    clients = [
        Client(
            running.address,
            "map_model=fashion-2d-gaussian",
            f"{SIGNED_IN}=ada; {STICKY}={rng.getrandbits(128):032x}",
            running.tls,
        )
        for _ in range(CLIENTS)
    ]
    for client in clients:
        await client.__aenter__()
        await client.open_page()
        await client.settle({**VIEW, "z": _point(rng), "source": "posterior", "seed": 0})
    before = [int(metric(running, replica, 'vae_lab_open{kind="page"}')) for replica in range(2)]
    working = [asyncio.create_task(_work(client, random.Random(n))) for n, client in enumerate(clients)]
    await asyncio.sleep(2)
    running.processes[0].kill()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and sum(task.done() for task in working) < before[0]:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    back = [task.result() for task in working if task.done()]
    stayed = [task for task in working if not task.done()]
    for task in stayed:
        task.cancel()
    await asyncio.gather(*stayed, return_exceptions=True)
    for client in clients:
        client.drop()
    assert [error for client in clients for error in client.errors] == []
    return {"before": before, "back": back, "stayed": len(stayed)}


async def _work(client: Client, rng: random.Random) -> float:
    """Move once a second until the server is gone, then come back; gives the seconds in between."""
    while True:
        try:
            await client.settle({**VIEW, "z": _point(rng), "source": "posterior", "seed": 0})
            await asyncio.wait_for(client.gone(), 1)
        except TimeoutError:
            continue
        except ConnectionClosed:
            pass
        return await _again(client)


async def _again(client: Client) -> float:
    """Connect again with the link that the page had, as a browser does; gives the seconds since it was lost."""
    had, gone, client.pad_id = client.query, time.monotonic(), ""
    for _ in range(50):
        try:
            await client.__aenter__()
            await client.open_page()
            break
        except (OSError, InvalidStatus, ConnectionClosed):
            await asyncio.sleep(0.5)
    assert "map_z=" in had
    assert client.query == had
    assert client.pad_id
    return time.monotonic() - gone


def _point(rng: random.Random) -> list[float]:
    return [round(rng.gauss(0, 1), 4), round(rng.gauss(0, 1), 4)]


def test_the_journal_is_json_and_holds_nobody(running: Site) -> None:
    lines = [line for n in range(2) for line in (running.folder / f"replica-{n}.log").read_text().splitlines()]
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert {"ready", "request", "closed"} <= {event["event"] for event in events}
    ids = {event["id"] for event in events if "id" in event}
    proxy = [json.loads(line) for line in (running.folder / "vae-lab.json").read_text().splitlines()]
    assert ids & {event["id"] for event in proxy}, "a request has one id in both journals"
    assert "127.0.0.1" not in json.dumps(events)
    text = "\n".join([*lines, *map(json.dumps, proxy)])
    for secret in ("ada", "tea", "eve", STICKY, SIGNED_IN, TOKEN, "map_model", "0123/4567"):
        assert f'"{secret}"' not in text
        assert secret not in text or len(secret) < 4


def test_a_monitor_on_another_machine_needs_the_operators_token(running: Site) -> None:
    url = f"http://{running.replicas[1]}/lab/metrics"
    headers = {"X-Forwarded-For": "10.0.0.9"}
    request = urllib.request.Request(url, headers={**headers, "Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request) as answer:
        assert b"vae_lab_rerun_seconds_count" in answer.read()
    assert ask(running, "/lab/metrics", replica=1, X_Forwarded_For="10.0.0.9")[0] == 403
