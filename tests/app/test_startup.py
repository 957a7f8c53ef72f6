"""What the server looks at before it begins: its names, and how many files it may open."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from ui.server import startup

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def hosts() -> Iterator[None]:
    before = config.get_option(startup.HOSTS)
    yield
    config.set_option(startup.HOSTS, before)


@pytest.mark.parametrize(
    "written",
    [
        ["lab.example.edu", "127.0.0.1"],
        ["lab.example.edu,127.0.0.1"],
        ["lab.example.edu, 127.0.0.1"],
        ["lab.example.edu;127.0.0.1 "],
        ["https://lab.example.edu/teach/vae/ 127.0.0.1:8501"],
    ],
)
def test_names_are_read_as_people_part_them(written: list[str]) -> None:
    config.set_option(startup.HOSTS, written)
    startup.require_hosts()
    assert is_host_allowed("lab.example.edu")
    assert is_host_allowed("127.0.0.1:8501")
    assert not is_host_allowed("evil.example")


@pytest.mark.parametrize("written", [[], [" , "]])
def test_without_a_name_the_server_does_not_begin(written: list[str]) -> None:
    config.set_option(startup.HOSTS, written)
    with pytest.raises(ValueError, match="expected the names of this server"):
        startup.require_hosts()


@pytest.mark.slow
@pytest.mark.parametrize("hosts", ["", "lab.example.edu"])
def test_started_from_another_folder_it_says_what_to_do_and_ends(hosts: str, tmp_path: Path) -> None:
    around = os.environ | {"PYTHONPATH": str(ROOT)} | ({"STREAMLIT_SERVER_ALLOWED_HOSTS": hosts} if hosts else {})
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "0"]
    done = subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "start it in its own folder, where .streamlit/config.toml is" in done.stderr


def test_as_many_files_may_be_open_as_the_system_allows() -> None:
    code = (
        "import resource; from ui.server import startup; hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]; "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard)); print(startup.raise_open_files())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) == min(65_536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def test_on_windows_one_sentence_says_what_is_supported() -> None:
    code = "import sys; sys.platform = 'win32'; import vae_core"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].startswith("ImportError: VAE Lab runs on Linux and macOS: on Windows use")
