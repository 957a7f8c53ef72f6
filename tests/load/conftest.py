"""One server for the tests of load."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server import ROOT, running_script


@dataclass
class Server:
    address: str
    process: subprocess.Popen
    folder: Path


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with runs and uploads of its own."""
    folder = tmp_path_factory.mktemp("class")
    around = os.environ | {"VAE_LAB_RUNS": str(folder / "runs"), "VAE_LAB_UPLOADS": str(folder / "uploads")}
    (folder / "runs").mkdir()
    with running_script(ROOT / "app.py", ROOT, around, folder / "log.txt") as (address, process):
        yield Server(address, process, folder)
