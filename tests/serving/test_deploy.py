"""What deploy/ holds is what it says: nginx and systemd take it, every path in it exists, and it is locked down."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.server import ROOT
from tests.serving.site import DEPLOY, environment, nginx, render, serving_file
from ui import leaving
from ui.serving import ACTS, Serving, read

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
    assert found == Serving(found.secret, found.operator)
    assert set(tomllib.loads((DEPLOY / "serving.toml").read_text())["may"]) == set(ACTS)


def test_the_environment_names_what_is_known_and_every_unit_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = environment(tmp_path)
    sources = "".join(path.read_text() for folder in ("ui", "vae_core") for path in (ROOT / folder).rglob("*.py"))
    for name in (
        name for name in around if name.startswith("VAE_LAB_") and name in (DEPLOY / "vae-lab.env").read_text()
    ):
        assert f'"{name}"' in sources, f"{name} is read nowhere"
    monkeypatch.setenv(
        leaving.GRACE_VARIABLE, re.search(r"VAE_LAB_GRACE=(.*)", (DEPLOY / "vae-lab.env").read_text())[1]
    )
    assert leaving.grace() == 10
    for unit in SERVICES:
        assert "EnvironmentFile=/etc/vae-lab/vae-lab.env" in unit.read_text()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_each_unit(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd-analyze here")
    for source in UNITS:  # where the programs are on this machine
        text = source.read_text().replace("/opt/vae-lab/.venv/bin/", "/usr/bin/env ")
        (tmp_path / source.name).write_text(text)
    name = unit.name.replace("@", "@8601")
    done = subprocess.run([program, "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "vae-lab" not in done.stderr, done.stderr


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_has_no_more_rights_than_it_needs(unit: Path) -> None:
    text = unit.read_text()
    for line in (
        "User=vae-lab",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
        "IPAddressDeny=any",
        "SystemCallFilter=@system-service",
    ):
        assert f"\n{line}\n" in text
    assert re.search(r"\nMemoryMax=\d+G\n", text)
    command = re.search(r"\nExecStart=/opt/vae-lab/\.venv/bin/(.*)", text)[1]
    assert command in ("streamlit run app.py --server.port %i", "python -m vae_core jobs /var/lib/vae-lab/runs")
    assert (ROOT / "app.py").is_file()
    assert f"VAE_LAB_RUNS={command.split()[-1]}" in (DEPLOY / "vae-lab.env").read_text() or "streamlit" in command


def test_the_container_runs_as_nobody_and_is_asked_whether_it_is_ready() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    steps = [line.split()[0] for line in text.splitlines() if re.match(r"[A-Z]+ ", line)]
    assert steps.index("USER") < steps.index("CMD")
    assert re.search(r"^USER vae-lab$", text, re.MULTILINE)
    assert "/lab/health" in text.partition("HEALTHCHECK")[2]
    for source in re.findall(r"^COPY (\S+) ", text, re.MULTILINE):
        assert (ROOT / source).exists()


def test_the_readme_names_files_that_are_there() -> None:
    text = (DEPLOY / "README.md").read_text()
    named = set(re.findall(r"deploy/([\w./@-]+\w)", text))
    assert {path.name for path in (*UNITS, *(DEPLOY / "nginx").iterdir())} <= {Path(name).name for name in named}
    for name in named:
        assert (DEPLOY / name).exists(), name


def test_alone_the_server_listens_to_its_own_machine_and_tells_visitors_no_details() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    server = config["server"]
    assert server["address"] == "127.0.0.1"
    assert server["allowedHosts"] == ["localhost", "127.0.0.1"]
    assert (server["enableCORS"], server["enableXsrfProtection"]) == (True, True)
    assert (server["enableAgentApi"], server["enableStaticServing"]) == (False, False)
    assert (server["maxUploadSize"], server["maxMessageSize"], server["maxWidgetStateSize"]) == (25, 50, 10)
    assert config["client"]["showErrorDetails"] == "none"
    assert config["browser"]["gatherUsageStats"] is False
