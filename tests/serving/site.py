"""The site of deploy/ on loopback: its own nginx files, two replicas, and a stub in place of the sign-in."""

import contextlib
import http.client
import http.server
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.server import ROOT, running_script

DEPLOY = ROOT / "deploy"
SECRET, TOKEN = "only-nginx-and-the-replicas-know-this-one", "only-the-operator-knows-this-one-of-all"
STUDENTS = [f"student-{n}" for n in range(50)]
GROUPS = {"ada": "students", "tea": "staff,vae-lab-teachers"} | dict.fromkeys(
    STUDENTS, "students"
)  # the stub knows them
STICKY, SIGNED_IN = "vae_lab_visitor", "stub_user"
PROVIDER = "https://sso.example.edu/authorize"
HTTP = """
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/{site};
}}
"""


@dataclass
class Site:
    """Where the site is, its replicas' addresses and processes, and what they write into."""

    address: str  # of nginx, host:port
    replicas: list[str]
    processes: list[subprocess.Popen]
    folder: Path
    tls: ssl.SSLContext


def nginx() -> str:
    """The program; where there is none the test fails and says what to do."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.fail("These tests need nginx: on Debian, apt-get install nginx-light.")
    return found


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def render(folder: Path, replicas: list[str], sign_in: int) -> tuple[Path, str]:
    """deploy/nginx for this machine: each change must fit exactly as the README asks for it; gives file and address."""
    https, plain = free_ports(2)
    changes = {
        "listen 443 ": f"listen 127.0.0.1:{https} ",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "server_name vae-lab.example.edu;": "server_name 127.0.0.1;",
        "127.0.0.1:8601": replicas[0],
        "127.0.0.1:8602": replicas[1],
        "127.0.0.1:4180": f"127.0.0.1:{sign_in}",
        "/etc/ssl/certs/vae-lab.pem": f"{folder}/cert.pem",
        "/etc/ssl/private/vae-lab.key": f"{folder}/key.pem",
        "/etc/nginx/vae-lab/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
    }
    used = set()
    for source in sorted((DEPLOY / "nginx").iterdir()):
        text = source.read_text()
        for old, new in changes.items():
            used |= {old} if old in text else set()
            text = text.replace(old, new)
        (folder / source.name).write_text(text)
    assert used == set(changes), f"deploy/nginx has no {set(changes) - used}"
    (folder / "secret.conf").write_text(f'proxy_set_header X-Vae-Lab-Proxy "{SECRET}";\n')
    (folder / "nginx.conf").write_text(HTTP.format(folder=folder, site="vae-lab.conf"))
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    made = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*make, *made, *files], check=True, capture_output=True)
    return folder / "nginx.conf", f"127.0.0.1:{https}"


class _Sign(http.server.BaseHTTPRequestHandler):
    """Answers as oauth2-proxy 7 does: for someone with a cookie, and for someone who begins to sign in."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/oauth2/start":
            return self._begin()
        held = SimpleCookie(self.headers.get("Cookie", "")).get(SIGNED_IN)
        known = held.value if held and held.value in GROUPS else None
        self.send_response(202 if known and self.path == "/oauth2/auth" else 401)
        if known:
            self.send_header("X-Auth-Request-User", known)
            self.send_header("X-Auth-Request-Groups", GROUPS[known])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _begin(self) -> None:
        """To the provider, whose `state` brings the visitor back: to `rd` of the address, else to the header's.

        As in its pkg/app/redirect: an address with a host is taken for listed domains only, of which there are none,
        and what cannot be taken becomes "/".
        """
        named = parse_qs(urlsplit(self.path).query).get("rd", [""])[0]
        wanted = named or self.headers.get("X-Auth-Request-Redirect", "")
        back = wanted if wanted.startswith("/") and not wanted.startswith("//") else "/"
        self.send_response(302)
        self.send_header("Location", f"{PROVIDER}?{urlencode({'state': back})}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 512


@contextlib.contextmanager
def signing_in() -> Iterator[int]:
    """A stub of the sign-in; gives its port."""
    with _Server(("127.0.0.1", 0), _Sign) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def serving_file(folder: Path, more: str = "") -> Path:
    """deploy/serving.toml with secrets of this folder."""
    (folder / "proxy-secret").write_text(SECRET)
    (folder / "operator-token").write_text(TOKEN)
    text = (DEPLOY / "serving.toml").read_text()
    assert text.count("/etc/vae-lab/") == 2
    (folder / "serving.toml").write_text(text.replace("/etc/vae-lab/", f"{folder}/") + more)
    return folder / "serving.toml"


def environment(folder: Path) -> dict[str, str]:
    """That of deploy/vae-lab.env, for this folder."""
    lines = (DEPLOY / "vae-lab.env").read_text().splitlines()
    named = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]", line))
    here = {
        "VAE_LAB_SERVING": str(serving_file(folder)),
        "VAE_LAB_RUNS": str(folder / "runs"),
        "VAE_LAB_UPLOADS": str(folder / "uploads"),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")),
        "VAE_LAB_GRACE": "1",
        "STREAMLIT_SERVER_ALLOWED_HOSTS": "127.0.0.1",
    }
    return os.environ | named | here


@contextlib.contextmanager
def site(folder: Path) -> Iterator[Site]:
    """All of it, running until the block ends."""
    with contextlib.ExitStack() as stack:
        (folder / "runs").mkdir()
        around = environment(folder)
        started = [
            stack.enter_context(running_script(ROOT / "app.py", ROOT, around, folder / f"replica-{n}.log"))
            for n in range(2)
        ]
        replicas, processes = [address for address, _ in started], [process for _, process in started]
        config, address = render(folder, replicas, stack.enter_context(signing_in()))
        stack.enter_context(proxy(config, address))
        tls = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        yield Site(address, replicas, processes, folder, tls)


@contextlib.contextmanager
def proxy(config: Path, address: str) -> Iterator[None]:
    """nginx with this configuration, which listens at `address`, until the block ends."""
    server = subprocess.Popen([nginx(), "-c", str(config), "-g", "daemon off;"], stderr=subprocess.PIPE)
    try:
        _wait(address)
        yield
    finally:
        server.terminate()
        server.communicate(timeout=10)


def _wait(address: str) -> None:
    host, port = address.split(":")
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return
        time.sleep(0.02)
    raise RuntimeError("nginx did not begin to listen")


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
