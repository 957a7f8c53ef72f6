"""The app for a class in one room: served to the local network by a teacher's own machine, without an administrator.

`make class` runs this module. Who uses this machine itself is the teacher, everyone else a student; a proxy that signs
people in (deploy/) is not needed, and nobody is known by name. Whoever is in the same network can open the app.
"""

import argparse
import hashlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import segno
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.server.deployment import FILE_VARIABLE, current_deployment
from ui.server.permissions import SECRET_HEADER
from ui.server.user_cookie import COOKIE

ADDRESS_VARIABLE = "VAE_LAB_CLASS"  # where students open the app, such as http://192.168.1.5:8501
_ROOT = Path(__file__).resolve().parents[2]
_TEACHER = "teacher"
_LOOPBACK = ("127.0.0.1", "::1")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")  # it comes from elsewhere, through a proxy on this machine
_OUTSIDE = ("192.0.2.1", 9)  # an address of no machine (RFC 5737); nothing is sent to it
_SERVING = '[proxy]\nsecret_file = "secret"\n[roles]\nteacher = ["teacher"]\n'
_WARNING = (
    "Everyone in this network can open VAE Lab at this address, without a password, and train and upload as a student. "
    "The connection is not encrypted. Stop it with Ctrl+C after the class."
)


class LocalNetwork:
    """ASGI middleware that says who asks: the teacher on this machine, a student elsewhere; without a class nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and os.environ.get(ADDRESS_VARIABLE):
            scope = scope | {"headers": list(scope["headers"])}
            _identify(scope)
        await self.app(scope, receive, send)


def class_address(base: str) -> str:
    """Return where students open the app; `base`, which this browser uses, where there is no class in the network."""
    return os.environ.get(ADDRESS_VARIABLE) or base


def _identify(scope: Scope) -> None:
    """Replace what a browser says of itself by what is known of it."""
    found = current_deployment()
    if found is None:
        return
    host = (scope.get("client") or ("",))[0]
    headers = MutableHeaders(scope=scope)
    here = host in _LOOPBACK and not any(name in headers for name in _FORWARDED)
    user = _TEACHER if here else _student(host, headers)
    headers[SECRET_HEADER] = found.secret
    headers[found.user_header] = user
    headers[found.groups_header] = _TEACHER if here else ""


def _student(host: str, headers: Headers) -> str:
    """Name a student by the browser's cookie, and until it has one by the address."""
    cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return f"student {hashlib.sha256((cookie or host).encode()).hexdigest()[:16]}"


def network_address() -> str:
    """Return this machine's address in the local network. Raises OSError if it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_OUTSIDE)
        return probe.getsockname()[0]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ui.server.local_network", description=__doc__)
    parser.add_argument("--port", type=int, default=8501)
    options = parser.parse_args()
    try:
        host = network_address()
    except OSError as error:
        print(f"This machine is in no network, so no class can reach it: {error.strerror}.", file=sys.stderr)
        return 1
    address = f"http://{host}:{options.port}"
    with tempfile.TemporaryDirectory(prefix="vae-lab-class-") as folder:
        (Path(folder) / "secret").write_text(secrets.token_hex(32), encoding="utf-8")
        (Path(folder) / "serving.toml").write_text(_SERVING, encoding="utf-8")
        environment = os.environ | {
            FILE_VARIABLE: str(Path(folder) / "serving.toml"),
            ADDRESS_VARIABLE: address,
            "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",
            "STREAMLIT_SERVER_ALLOWED_HOSTS": f"localhost,127.0.0.1,{host}",
            "STREAMLIT_BROWSER_SERVER_ADDRESS": host,
        }
        segno.make(address, micro=False).terminal(compact=True)
        here = f"http://localhost:{options.port}"
        print(f"\nYou, on this machine:  {here}\nStudents:              {address}\n\n{_WARNING}\n", flush=True)
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(options.port)]
        try:
            return subprocess.run(command, cwd=_ROOT, env=environment, check=False).returncode
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
