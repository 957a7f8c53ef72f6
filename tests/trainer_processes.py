"""Real trainers in processes of their own, small enough to be killed often.

They are forked from one process that has read torch and the core once: to read them anew takes longer than to train.
"""

import atexit
import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vae_core.io.atomic import write_bytes
from vae_core.runs.status import Status, stored_status

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 240.0  # seconds on a very busy machine
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}
MODEL = ["--data", "digits", "--hidden", "24", "--batch-size", "32", "--seed", "5"]


class _Forks:
    """The process that forks trainers, `python -m tests.trainer_processes`; it is started for the first one."""

    process: subprocess.Popen | None = None

    @classmethod
    def ask(cls, request: object) -> None:
        if cls.process is None or cls.process.poll() is not None:
            command = [sys.executable, "-m", "tests.trainer_processes"]
            cls.process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.PIPE)
            atexit.register(cls.process.communicate)
        pickle.dump(request, cls.process.stdin)
        cls.process.stdin.flush()


class Trainer:
    """`python -m vae_core train ...` in a process of its own, and what it says; `before` is called in it first."""

    def __init__(self, arguments: tuple[object, ...], folder: Path, before: Callable[[], None] | None = None) -> None:
        self._folder = folder
        _Forks.ask(([str(argument) for argument in arguments], folder, before))
        self.pid = int(wait_for(lambda: self._read("pid"), "the start of a trainer"))

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, if it is still there, and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            if self.poll() is None:
                self.send_signal(signal.SIGKILL)
        self.wait()

    def poll(self) -> int | None:
        """Its exit code, None while it is at work, the negative number of the signal that has killed it."""
        ended = self._read("ended")
        return int(ended) if ended else None

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit code at its end."""
        return int(wait_for(lambda: self._read("ended"), "the end of a trainer", seconds))

    def said(self) -> str:
        """Its standard output."""
        return self._read("said")

    def errors(self) -> str:
        """Its standard error."""
        return self._read("errors")

    def _read(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""


def _fork_trainers() -> None:
    """Fork one for each request on standard input, until that ends."""
    import sklearn.datasets  # noqa: F401

    import vae_core.training_process.run_training  # noqa: F401
    from vae_core.__main__ import main

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait below
    while True:
        try:
            words, folder, before = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if os.fork():
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if trainer := os.fork():
            write_bytes(folder / "pid", str(trainer).encode(), flush=False)
            code = os.waitstatus_to_exitcode(os.waitpid(trainer, 0)[1])
            with contextlib.suppress(FileNotFoundError):  # whoever has killed it did not wait
                write_bytes(folder / "ended", str(code).encode(), flush=False)
            os._exit(0)
        for number, name in enumerate((os.devnull, folder / "said", folder / "errors")):
            file = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
            os.dup2(file, number)
            os.close(file)
        if before:
            before()
        sys.exit(main(["train", *words]))


@contextmanager
def trainer(*arguments: object, before: Callable[[], None] | None = None) -> Iterator[Trainer]:
    """A trainer that is at work; killed at the end if it still is."""
    with tempfile.TemporaryDirectory() as folder:
        process = Trainer(arguments, Path(folder), before)
        try:
            yield process
        finally:
            process.kill()


def finish(*arguments: object) -> dict[str, Any]:
    """Train to the end; gives what it printed."""
    with trainer(*arguments, "--json") as process:
        code = process.wait()
        assert code == 0, process.errors()
        return json.loads(process.said())


def train_command(*arguments: object) -> list[str]:
    """The command that does the same."""
    return [sys.executable, "-m", "vae_core", "train", *map(str, arguments)]


def wait_for(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """The first true value of `condition`, looked at every few milliseconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def at_step(run: Path, step: int) -> Status:
    """Wait until the trainer has said that it is at `step` or beyond."""

    def reached() -> Status | None:
        status = stored_status(run)
        assert status.state != "failed", status.reason
        return status if status.step >= step else None

    return wait_for(reached, f"step {step} of {run.name}")


def losses(run: Path) -> list[tuple[int, float]]:
    return [(line["step"], line["loss"]) for line in map(json.loads, (run / "metrics.jsonl").read_text().splitlines())]


if __name__ == "__main__":
    _fork_trainers()
