"""Streamlit servers in processes of their own, and what they cost."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import NotMeasured

ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """A running server; `begun` is when its process was started, on the clock of time.perf_counter."""

    url: str
    process: subprocess.Popen
    begun: float

    def cpu_seconds(self) -> float:
        """Processor time of the server so far. Raises NotMeasured where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            raise NotMeasured("this system does not tell the processor time of another process in /proc") from None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # user and system


@contextlib.contextmanager
def running(script: Path, folder: Path = ROOT, runs: Path | None = None) -> Iterator[Server]:
    """`streamlit run script`, started in `folder`, with $VAE_LAB_RUNS naming `runs`, until the block ends."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false"]
    environment = {name: value for name, value in os.environ.items() if name != "VAE_LAB_RUNS"}
    environment |= {"PYTHONPATH": str(ROOT)} | ({"VAE_LAB_RUNS": str(runs)} if runs else {})
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield Server(f"http://127.0.0.1:{port}", process, begun)
        finally:
            _stop(process)


def app(runs: Path | None = None) -> contextlib.AbstractContextManager[Server]:
    """VAE Lab itself, as `make run` starts it."""
    return running(ROOT / "app.py", runs=runs)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(health: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=2):
            return
        time.sleep(0.02)
    raise NotMeasured(f"the server of {process.args[4]} did not answer")


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
