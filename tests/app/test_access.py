"""What is let in: behind a proxy only what the proxy sends, and at the operator's addresses only the operator."""

import re
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit import config

from tests.app import asgi
from tests.app.runs import make_run, write_json
from ui.pages.train import runs
from ui.runs import assets, catalogue
from ui.server import array_cache, message_limit, prometheus, shutdown, upload_limit
from ui.server.access import OPERATOR, AccessControl
from ui.server.deployment import FILE_VARIABLE
from ui.server.health import ROUTES
from vae_core.io import disk_space
from vae_core.jobs import leader
from vae_core.runs.run import FOLDER_VARIABLE

SECRET, TOKEN = "s" * 40, "t" * 40
# A line of Prometheus' text format: a name, labels with quoted values, a number.
SAMPLE = r'\w+(\{\w+="[^"\\]*"(,\w+="[^"\\]*")*\})? (-?\d+(\.\d+)?(e[+-]\d+)?|inf)'
PATHS = [
    "/",
    "/train",
    "/static/js/main.js",
    "/media/abc.png",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/upload_file/session/file",
    "/_stcore/stream",
    "/lab/live",
    "/lab/runs/a/b/decoder.safetensors",
]


@pytest.fixture
def proxied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "token").write_text(TOKEN)
    file = tmp_path / "serving.toml"
    file.write_text('[proxy]\nsecret_file = "secret"\noperator_file = "token"\n')
    monkeypatch.setenv(FILE_VARIABLE, str(file))


def status(path: str, method: str = "GET", client: str = "127.0.0.1", kind: str = "http", **headers: str) -> int:
    """What the gate answers; 200 when it lets a request pass."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent.append({"status": 200})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    raw = {"host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {"type": kind, "method": method, "path": path, "client": (client, 1)}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in raw.items()]
    asgi.run(AccessControl(app)(scope, None, send))
    return sent[0]["status"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_nothing_passes_beside_the_proxy(path: str, kind: str, proxied: None) -> None:
    secret = {"x_vae_lab_proxy": SECRET}
    assert status(path, kind=kind, **secret) == 200
    assert status(path, kind=kind) == 403
    assert status(path, kind=kind, x_vae_lab_proxy=SECRET[:-1]) == 403
    assert status(path, kind=kind, x_forwarded_user="dean", x_forwarded_groups="vae-lab-teachers") == 403
    assert status(path, kind=kind, authorization=f"Bearer {TOKEN}") == 403


@pytest.mark.parametrize("path", OPERATOR)
def test_the_operators_addresses_are_for_this_machine_or_the_token(path: str, proxied: None) -> None:
    assert status(path) == 200
    assert status(path, client="::1") == 200
    assert status(path, client="10.0.0.7") == 403
    assert status(path, client="10.0.0.7", authorization=f"Bearer {TOKEN}") == 200
    assert status(path, client="10.0.0.7", authorization="Bearer ") == 403
    for header in ("x_forwarded_for", "forwarded", "x_real_ip"):
        assert status(path, **{header: "127.0.0.1"}) == 403
    assert status(path, x_vae_lab_proxy=SECRET, x_forwarded_user="dean", x_forwarded_groups="vae-lab-teachers") == 403


def test_alone_all_but_the_operators_addresses_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    assert all(status(path, client="10.0.0.7") == 200 for path in PATHS)
    assert all(status(path, client="10.0.0.7") == 403 for path in OPERATOR)
    assert status("/lab/metrics", client="10.0.0.7", authorization="Bearer ") == 403


def test_a_page_of_another_name_for_this_machine_is_refused() -> None:
    before = config.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", ["localhost", "127.0.0.1"])
    try:
        assert status("/", host="127.0.0.1:8501") == 200
        assert status("/", host="evil.example:8501") == 403
        assert status("/lab/live", host="evil.example") == 403
    finally:
        config.set_option("server.allowedHosts", before)


@pytest.fixture
def named() -> Iterator[None]:
    """A server with a name of its own beside those of this machine."""
    before = config.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", ["localhost", "127.0.0.1", "lab.example.edu"])
    yield
    config.set_option("server.allowedHosts", before)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_what_a_script_of_another_site_asks_for_is_refused(named: None, kind: str) -> None:
    ours = {"host": "localhost:8501", "origin": "http://localhost:8501"}
    assert status("/lab/paths/a/b/geodesic", kind=kind, **ours) == 200
    assert status("/lab/room", kind=kind, **ours | {"origin": "https://lab.example.edu"}) == 200  # a proxy's host
    for origin in ("https://evil.example", "null", "http://localhost:3000", "http://localhost:8501.evil.example"):
        assert status("/_stcore/stream", kind=kind, **ours | {"origin": origin}) == 403
        assert status("/lab/room", kind=kind, **ours | {"origin": origin}) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_picture_of_another_site_starts_no_work_and_its_links_are_followed(named: None, site: str) -> None:
    assert status("/lab/paths/a/b/geodesic", sec_fetch_site=site, sec_fetch_mode="no-cors") == 403
    assert status("/?map_x=3", sec_fetch_site=site, sec_fetch_mode="navigate") == 200
    assert status("/lab/live", sec_fetch_site="same-origin", sec_fetch_mode="cors") == 200


def test_the_operators_figures_are_not_told_to_a_page_of_another_name(named: None, proxied: None) -> None:
    assert status("/lab/metrics", host="localhost:8501") == 200
    assert status("/lab/metrics", host="evil.example") == 403
    assert status("/lab/metrics", host="10.0.0.9", client="10.0.0.7", authorization=f"Bearer {TOKEN}") == 200


def test_who_may_not_upload_cannot_do_it_without_the_page_either(proxied: None) -> None:
    put = {"path": "/_stcore/upload_file/session/file", "method": "PUT", "x_vae_lab_proxy": SECRET}
    assert status(**put) == 403
    assert status(**put, x_forwarded_user="ada") == 200


def test_a_server_that_is_leaving_begins_no_page_and_answers_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "_begun", True)
    assert status("/_stcore/stream", kind="websocket") == 503  # for which a proxy asks the next replica
    assert status("/lab/live") == 200


@pytest.mark.parametrize("said", ["soon", "-1", "121", "nan"])
def test_a_grace_that_is_no_number_of_seconds_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(shutdown.GRACE_VARIABLE, said)
    with pytest.raises(ValueError, match=r"expected seconds from 0 to 120"):
        shutdown.grace()


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "app")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv("VAE_LAB_UPLOADS", str(tmp_path / "uploads"))
    make_run(tmp_path / "runs" / "one", "bernoulli")
    return tmp_path


def answer(path: str) -> tuple[int, str]:
    from tests.app.asgi import get

    found = get(Starlette(routes=[*ROUTES, Route("/", lambda _: PlainTextResponse(""))]), path)
    return found.status, found.body.decode()


def test_it_is_ready_when_a_model_can_be_read_and_the_disk_takes_files(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, told = answer("/lab/health")
    assert (code, "Nobody looks after the queue" in told) == (200, True)
    assert leader.lead_and_schedule(folders / "runs")
    assert answer("/lab/health") == (200, '{"ready":true,"problems":[],"notes":[]}')
    leader.release(folders / "runs")
    (folders / "uploads").rmdir()
    (folders / "uploads").write_text("a file where a folder should be")
    code, told = answer("/lab/health")
    assert (code, "The folder uploads cannot be written" in told) == (503, True)
    monkeypatch.setenv(FOLDER_VARIABLE, str(folders / "empty"))
    code, told = answer("/lab/health")
    assert (code, "No model can be read." in told) == (503, True)
    assert answer("/lab/alive") == (200, "alive\n")


def test_figures_are_what_prometheus_reads(folders: Path) -> None:
    prometheus.observe("vae_lab_test_seconds", 0.03, kind="a")
    prometheus.observe("vae_lab_test_seconds", 99, kind="a")
    prometheus.count("vae_lab_test_total", 2)
    code, text = answer("/lab/metrics")
    assert code == 200
    lines = text.splitlines()
    for line in (
        "# TYPE vae_lab_test_seconds histogram",
        'vae_lab_test_seconds_bucket{kind="a",le="0.02"} 0',
        'vae_lab_test_seconds_bucket{kind="a",le="0.05"} 1',
        'vae_lab_test_seconds_bucket{kind="a",le="+Inf"} 2',
        'vae_lab_test_seconds_sum{kind="a"} 99.03',
        'vae_lab_test_seconds_count{kind="a"} 2',
        "vae_lab_test_total 2",
        'vae_lab_jobs{state="running"} 0',
    ):
        assert line in lines
    for line in lines:
        assert re.fullmatch(r"# TYPE \w+ (counter|gauge|histogram)|" + SAMPLE, line), line
    resident = next(float(line.split()[1]) for line in lines if line.startswith("vae_lab_resident_bytes"))
    assert 1e7 < resident < 1e11


def test_the_operator_sees_the_bytes_of_each_budget(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(what: str) -> tuple[float, float]:
        lines = dict(line.rsplit(" ", 1) for line in answer("/lab/metrics")[1].splitlines())
        names = (f'vae_lab_{kind}_bytes{{what="{what}"}}' for kind in ("held", "budget"))
        return tuple(float(lines[name]) for name in names)

    write_json(folders / "runs" / "one" / "request.json", {"owner": "ann"})
    (folders / "runs" / ".trash" / "old").mkdir(parents=True)
    (folders / "runs" / ".trash" / "old" / "weights").write_bytes(bytes(300_000))
    of_one = disk_space.size(folders / "runs" / "one")
    runs.forget()
    runs._bytes_at.cache_clear()
    assert told("runs_of_one") == pytest.approx((of_one, 4e9), rel=1e-4)
    held, budget = told("runs")
    assert held == pytest.approx(of_one + 300_000, rel=1e-4)
    assert budget == pytest.approx(held + disk_space.free(folders) - disk_space.LEAST_FREE, rel=1e-2)

    monkeypatch.setattr(upload_limit, "_held", OrderedDict(a={"x": upload_limit._File(70, 0.0, "ann")}))
    assert told("uploads") == (70, pytest.approx(768 << 20, rel=1e-4))
    monkeypatch.setattr(array_cache, "_kept", OrderedDict(a=bytes(30)))
    assert told("arrays") == (30, 64e6)
    monkeypatch.setattr(message_limit, "_held", {None: 50})
    assert told("messages") == (50, pytest.approx(64 << 20, rel=1e-4))
    (entry,) = (entry for entry in catalogue.catalogue().runs.values() if entry.id == "one")
    before = told("packed")[0]
    packed = len(assets.packed_tensors(entry, "decoder"))
    assert told("packed") == pytest.approx((before + packed, 256 << 20), rel=1e-4)
