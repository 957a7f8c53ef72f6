"""A real Streamlit server in its own process, on a free port; for tests, benchmarks and screenshots."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120
_SETTINGS = ("--server.headless", "true", "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false")


@contextlib.contextmanager
def running_app(log: Path) -> Iterator[str]:
    """Start the app by `streamlit run app.py`; gives its address, host:port. What it says goes into `log`."""
    with running_script(ROOT / "app.py", ROOT, os.environ, log) as (address, _):
        yield address


@contextlib.contextmanager
def running_script(
    script: Path, folder: Path, environment: Mapping[str, str], log: Path, port: int = 0
) -> Iterator[tuple[str, subprocess.Popen]]:
    """`streamlit run script`, started in `folder`, until the block ends; gives its address, host:port, and its process.

    `port` is a free one where it is 0.

    Raises RuntimeError, with the end of `log`, if it does not answer.
    """
    address = f"127.0.0.1:{port or _free_port()}"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", address.split(":")[1]]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *_SETTINGS], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_healthy(address, process, log)
            yield address, process
        finally:
            _stop(process)


def _free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_healthy(address: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{address}/_stcore/health", timeout=2):
                return
        except urllib.error.HTTPError:  # it answers: behind a proxy it speaks to nobody else
            return
        except OSError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"the server did not answer on {address} within {START_SECONDS} s:\n{log.read_text()[-2000:]}")


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
