"""A fork server: a process that has imported torch, from which trainers are forked; so nobody waits for the import.

It belongs to the process that started it: it ends with that one, or after ten minutes without a request. Its trainers
go on. Threads do not outlive a fork, so the server computes nothing itself.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn

IDLE_SECONDS = 600.0
_PATIENCE = 2.0  # seconds for an answer
_IMPORTED = "vae_core.training_process.run_training"  # before the first request: it brings all that a trainer needs
_READY = "ready"
_ROOT = Path(__file__).resolve().parents[2]


class ForkServer:
    """The server of this process, which starts it when it wants one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._ready = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The number of its process, None before the first `start`."""
        return self._process and self._process.pid

    def start(self, environment: dict[str, str]) -> None:
        """Start the server unless it runs already; returns at once."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                cwd=_ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )

    def fork(self, arguments: list[str], log: Path) -> bool:
        """Fork `python -m vae_core` with these arguments and its errors in `log`; False if no server is ready."""
        with self._lock:
            if self._process is None:
                return False
            try:
                self._ready = self._ready or self._answer(0.0) == _READY
                if not self._ready:
                    return False
                self._process.stdin.write(json.dumps([arguments, str(log)]) + "\n")
                self._process.stdin.flush()
                return self._answer(_PATIENCE).isdecimal()
            except OSError:  # it has just ended
                return False

    def stop(self) -> None:
        """End the server, if one runs; its trainers go on."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        """End the server, even while it still imports, and wait for it."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(BrokenPipeError):
                self._process.communicate()
        self._process, self._ready = None, False

    def _answer(self, seconds: float) -> str:
        """The next line of the server; empty if there is none within so many seconds."""
        there, _, _ = select.select([self._process.stdout], [], [], seconds)
        return self._process.stdout.readline().strip() if there else ""


def _serve() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who has ended is forgotten
    importlib.import_module(_IMPORTED)
    gc.freeze()  # what is not looked at is not copied into a fork
    print(_READY, flush=True)
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        if not (request := sys.stdin.readline()):
            return
        if (pid := os.fork()) == 0:
            _run(*json.loads(request))
        print(pid, flush=True)


def _run(arguments: list[str], log: str) -> NoReturn:
    """Be `python -m vae_core` in a session of its own, and end with its exit code."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nowhere, errors = os.open(os.devnull, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for opened, standard in ((nowhere, 0), (nowhere, 1), (errors, 2)):
            os.dup2(opened, standard)
        sys.argv[1:] = arguments
        runpy.run_module("vae_core", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
