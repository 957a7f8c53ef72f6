"""A class in the local network: this machine's visitor teaches, all others are students, whatever they claim."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers

from tests.app import asgi
from ui.classroom.class_link import is_local_address
from ui.server import permissions
from ui.server.deployment import FILE_VARIABLE
from ui.server.local_network import ADDRESS_VARIABLE, LocalNetwork, class_address, network_address

ROOT = Path(__file__).parents[2]
ADDRESS = "http://192.0.2.7:8501"


@pytest.fixture
def a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("s" * 40)
    (tmp_path / "serving.toml").write_text('[proxy]\nsecret_file = "secret"\n[roles]\nteacher = ["teacher"]\n')
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "serving.toml"))
    monkeypatch.setenv(ADDRESS_VARIABLE, ADDRESS)


def known_as(client: str, **headers: str) -> permissions.Person:
    """Who the app takes the sender of a request for."""
    seen: list[permissions.Person] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(permissions.person(Headers(scope=scope)))

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    asgi.run(LocalNetwork(app)({"type": "http", "headers": raw, "client": (client, 1)}, None, None))
    return seen[0]


@pytest.mark.usefixtures("a_class")
def test_the_machine_itself_teaches_and_all_others_are_students() -> None:
    teachers = [known_as(host) for host in ("127.0.0.1", "::1")]
    assert {person.role for person in teachers} == {"teacher"}
    forged = {"x_forwarded_user": "teacher", "x_forwarded_groups": "teacher", "x_vae_lab_proxy": "s" * 40}
    for claims in ({}, forged):
        assert known_as("192.0.2.20", **claims).role == "student"
    for proxied in ({"x_forwarded_for": "192.0.2.20"}, {"forwarded": "for=192.0.2.20"}, {"x_real_ip": "192.0.2.20"}):
        assert known_as("127.0.0.1", **proxied).role == "student", "a forwarded port is not this machine's visitor"
    cookies = [f"other=1; vae_lab_visitor={letter * 40}; _xsrf={n}" for letter, n in (("a", 1), ("a", 2), ("b", 1))]
    first, again, second = (known_as("192.0.2.20", cookie=cookie).user for cookie in cookies)
    assert first == again != second, "one browser is one student, two behind one address are two"


@pytest.mark.usefixtures("a_class")
def test_links_for_students_name_the_network_address() -> None:
    assert class_address("http://localhost:8501") == ADDRESS
    assert not is_local_address(class_address("http://localhost:8501"))


def test_without_a_class_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ADDRESS_VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    assert known_as("192.0.2.20").role == "teacher"  # the app alone listens to its own machine only
    assert class_address("http://localhost:8501") == "http://localhost:8501"


@contextlib.contextmanager
def class_server(port: int, log: Path) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "ui.server.local_network", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            process.wait(30)


def answers(url: str) -> int | None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), direct.open(url, timeout=5) as answer:
        return answer.status
    return None


@pytest.mark.slow
def test_it_starts_says_where_and_answers_in_the_network(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log.txt"
    with class_server(port, log) as process:
        try:
            host = network_address()
        except OSError:  # a machine without a network has no class
            assert process.wait(60) == 1
            assert "in no network" in log.read_text()
            return
        end = time.monotonic() + 120
        while answers(f"http://127.0.0.1:{port}/_stcore/health") is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end
            time.sleep(0.1)
        assert answers(f"http://{host}:{port}/") == 200
        said = log.read_text()
        assert f"http://{host}:{port}" in said
        assert "without a password" in said
