"""What deploy/ holds is what it says: nginx and systemd take it, every path in it exists, and it is locked down."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.server import ROOT
from tests.serving.site import DEPLOY, nginx, render, serving_file
from ui.pages.train import scheduler
from ui.server import deployment, health, shutdown
from ui.server.deployment import ACTS, Deployment, read
from vae_core.data import uploaded
from vae_core.runs import run

UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


@pytest.mark.parametrize("sign_in", ["sign-in-oidc.conf", "sign-in-campus.conf"])
def test_nginx_takes_its_files_with_either_sign_in(sign_in: str, tmp_path: Path) -> None:
    config, _ = render(tmp_path, ["127.0.0.1:1", "127.0.0.1:2"], 3)
    file = tmp_path / "vae-lab.conf"
    file.write_text(file.read_text().replace("sign-in-oidc.conf;", f"{sign_in};"))
    done = subprocess.run([nginx(), "-t", "-c", str(config)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_the_table_of_roles_is_read_and_says_what_is_usual_without_it(tmp_path: Path) -> None:
    found = read(serving_file(tmp_path))
    assert found == Deployment(found.secret, found.operator)
    assert set(tomllib.loads((DEPLOY / "serving.toml").read_text())["may"]) == set(ACTS)


def test_the_environment_names_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = variables((DEPLOY / "vae-lab.env").read_text())
    known = {deployment.FILE_VARIABLE, run.FOLDER_VARIABLE, uploaded.FOLDER_VARIABLE}
    known |= {scheduler.ELSEWHERE_VARIABLE, shutdown.GRACE_VARIABLE}
    assert {name for name in named if name.startswith("VAE_LAB_")} == known
    monkeypatch.setenv(shutdown.GRACE_VARIABLE, named[shutdown.GRACE_VARIABLE])
    assert shutdown.grace() == 10


def variables(text: str) -> dict[str, str]:
    """What an environment file sets."""
    return dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z]", line))


@pytest.mark.promise
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_each_unit(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    assert program, "this needs systemd-analyze: on Debian, apt-get install systemd"
    for source in UNITS:  # where the programs are on this machine
        text = source.read_text().replace("/opt/vae-lab/.venv/bin/", "/usr/bin/env ")
        (tmp_path / source.name).write_text(text)
    name = unit.name.replace("@", "@8601")
    done = subprocess.run([program, "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "vae-lab" not in done.stderr, done.stderr


class _Unit(configparser.ConfigParser):
    """A unit's sections and settings, as systemd reads them: letters count, and % is its own."""

    def __init__(self, unit: Path) -> None:
        super().__init__(interpolation=None)
        self.read(unit, encoding="utf-8")

    def optionxform(self, name: str) -> str:
        return name


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_names_units_and_files_that_there_are(unit: Path) -> None:
    found, here = _Unit(unit), {each.name for each in UNITS}
    wanted = " ".join(found["Unit"].get(key, "") for key in ("After", "Wants", "PartOf")).split()
    for name in wanted:
        assert re.sub("@[0-9]+", "@", name) in here or name == "network.target", name
    if "Service" not in found:
        return
    service = found["Service"]
    assert service["WorkingDirectory"] == "/opt/vae-lab"  # a checkout
    assert (ROOT / Path(found["Unit"]["Documentation"].removeprefix("file:///opt/vae-lab/"))).is_file()
    assert Path(service["EnvironmentFile"]).name in {each.name for each in DEPLOY.iterdir()}
    runs = variables((DEPLOY / "vae-lab.env").read_text())["VAE_LAB_RUNS"]
    program, *words = shlex.split(service["ExecStart"].removeprefix("/opt/vae-lab/.venv/bin/"))
    if program == "streamlit":
        assert words[0] == "run"
        assert (ROOT / words[1]).is_file()
    else:
        assert (program, words) == ("python", ["-m", "vae_core", "jobs", runs])
    state = Path("/var/lib") / service["StateDirectory"]  # the one place that may be written
    assert Path(runs).is_relative_to(state)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_has_no_more_rights_than_it_needs(unit: Path) -> None:
    service = _Unit(unit)["Service"]
    assert service["User"] == "vae-lab"
    for key in ("NoNewPrivileges", "ProtectHome", "PrivateTmp"):
        assert service.getboolean(key), key
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert (service["IPAddressDeny"], service["IPAddressAllow"]) == ("any", "localhost")
    assert service["SystemCallFilter"] == "@system-service"
    assert re.fullmatch(r"\d+G", service["MemoryMax"])


def test_the_container_runs_as_nobody_and_is_asked_whether_it_is_ready() -> None:
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text())
    steps = [line.split(maxsplit=1) for line in text.splitlines() if re.match(r"[A-Z]+ ", line)]
    names = [name for name, _ in steps]
    assert names.index("USER") < names.index("CMD")
    assert [words for name, words in steps if name == "USER"] == ["vae-lab"]
    asked = next(words for name, words in steps if name == "HEALTHCHECK").partition("CMD")[2]
    path = re.search(r"http://127\.0\.0\.1:8501(/[\w/]+)", json.loads(asked)[-1])[1]
    assert path in {route.path for route in health.ROUTES}
    for words in (words for name, words in steps if name == "COPY"):
        assert (ROOT / words.split()[0]).exists()
    command = json.loads(dict(steps)["CMD"])
    assert command[:2] == ["streamlit", "run"]
    assert (ROOT / command[2]).is_file()


def test_the_readme_names_files_that_are_there() -> None:
    text = (DEPLOY / "README.md").read_text()
    named = set(re.findall(r"deploy/([\w./@-]+\w)", text))
    assert {path.name for path in (*UNITS, *(DEPLOY / "nginx").iterdir())} <= {Path(name).name for name in named}
    for name in named:
        assert (DEPLOY / name).exists(), name


def test_alone_the_server_listens_to_its_own_machine_and_tells_visitors_no_details() -> None:
    """Read as Streamlit reads its file; the tests' own servers are told their address and port beside it."""
    code = "import json; from streamlit import config; print(json.dumps({n: config.get_option(n) for n in %r}))"
    wanted = {
        "server.address": "127.0.0.1",
        "server.allowedHosts": ["localhost", "127.0.0.1"],
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.enableAgentApi": False,
        "server.enableStaticServing": False,
        "server.maxUploadSize": 25,
        "server.maxMessageSize": 2,
        "server.maxWidgetStateSize": 2,
        "client.showErrorDetails": "none",
        "browser.gatherUsageStats": False,
    }
    done = subprocess.run([sys.executable, "-c", code % list(wanted)], cwd=ROOT, capture_output=True, text=True)
    assert json.loads(done.stdout) == wanted, done.stderr
