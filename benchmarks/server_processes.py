"""Streamlit servers in processes of their own, and what they cost."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import NotMeasured
from tests.server import ROOT, running_script


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
    """`streamlit run script`, started in `folder`, with $VAE_LAB_RUNS naming `runs`, until the block ends.

    Raises NotMeasured if it does not answer.
    """
    environment = {name: value for name, value in os.environ.items() if name != "VAE_LAB_RUNS"}
    environment |= {"PYTHONPATH": str(ROOT)} | ({"VAE_LAB_RUNS": str(runs)} if runs else {})
    with contextlib.ExitStack() as stack:
        log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "log.txt"
        begun = time.perf_counter()
        try:
            address, process = stack.enter_context(running_script(script, folder, environment, log))
        except RuntimeError:
            raise NotMeasured(f"the server of {script} did not answer") from None
        yield Server(f"http://{address}", process, begun)


def app(runs: Path | None = None) -> contextlib.AbstractContextManager[Server]:
    """VAE Lab itself, as `make run` starts it."""
    return running(ROOT / "app.py", runs=runs)
