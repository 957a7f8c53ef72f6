"""Read an upload in a sandboxed process: the only place where untrusted bytes are parsed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from vae_core.readers.limits import UPLOAD as MOST_UPLOAD
from vae_core.readers.limits import VARIABLE
from vae_core.uploads.fair_slots import FairSlots

AT_ONCE = 2  # uploads that are read at the same time
_PATIENCE = 45.0  # seconds of waiting for one's turn, and then of reading
_MOST_ANSWER = 1 << 22  # bytes
_ROOT = Path(__file__).resolve().parents[2]
_turns = FairSlots(AT_ONCE)


@dataclass(frozen=True)
class Answer:
    """The answer of the sandbox: `told` describes the upload; seconds of processor time, and peak bytes of memory."""

    told: dict[str, Any]
    seconds: float
    peak: int


class UploadError(ValueError):
    """An upload that cannot be used, in one sentence. `seconds` and `peak` as in `Answer`, 0 if not known."""

    def __init__(self, sentence: str, seconds: float = 0.0, peak: int = 0) -> None:
        super().__init__(sentence)
        self.seconds, self.peak = seconds, peak


def read_sandboxed(kind: str, upload: BinaryIO, choices: dict[str, Any], arrays: Path, owner: str = "") -> Answer:
    """Read an open file in the sandbox, which writes the cleaned arrays to the new file `arrays`.

    Those of one owner are read one after another. Raises UploadError with one sentence if the upload cannot be used or
    takes too much.
    """
    size = upload.seek(0, os.SEEK_END)
    if size > MOST_UPLOAD:
        raise UploadError(f"it is {size / 2**20:,.1f} MiB, expected at most {MOST_UPLOAD / 2**20:.1f} MiB")
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(_turns.take(owner, _PATIENCE))
        except TimeoutError:
            raise UploadError("others' uploads are being read: try again in a moment") from None
        empty = held.enter_context(tempfile.TemporaryDirectory(prefix="vae-lab-upload-"))
        return _read(kind, upload, choices, arrays, empty)


def _read(kind: str, upload: BinaryIO, choices: dict[str, Any], arrays: Path, empty: str) -> Answer:
    upload.seek(0)
    command = [sys.executable, "-P", "-m", "vae_core.uploads.sandbox_worker", kind]
    with arrays.open("xb") as out, tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
        asked.write(json.dumps(choices).encode())  # names of columns and of data sets: too long for an argument
        asked.seek(0)
        child = subprocess.Popen(
            [*command, str(asked.fileno()), str(out.fileno())],
            cwd=empty,
            env=_environment(),
            stdin=upload,
            stdout=said,
            stderr=subprocess.DEVNULL,
            pass_fds=(asked.fileno(), out.fileno()),
            start_new_session=True,
        )
        code, seconds = _wait(child)
        said.seek(0)
        words = said.read(_MOST_ANSWER + 1)
    answer = _answer(words) if code == 0 else {}
    peak = answer.get("peak", 0)
    if "told" in answer:
        return Answer(answer["told"], seconds, peak)
    arrays.unlink()
    raise UploadError(answer.get("refused") or _why(code), seconds, peak)


def _environment() -> dict[str, str]:
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_ARENA_MAX"), "1")
    limits = {VARIABLE: os.environ[VARIABLE]} if VARIABLE in os.environ else {}
    return one | limits | {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}


def _wait(child: subprocess.Popen) -> tuple[int, float]:
    """Wait for the child; returns exit code and processor seconds. A child that takes too long is killed."""
    end = time.monotonic() + _PATIENCE
    pause = 0.005
    while True:
        pid, status, use = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, use.ru_utime + use.ru_stime
        if time.monotonic() > end:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            end = float("inf")
        time.sleep(pause)
        pause = min(0.05, 1.2 * pause)


def _answer(words: bytes) -> dict[str, Any]:
    """Parse and validate what the child printed."""
    try:
        answer = json.loads(words) if len(words) <= _MOST_ANSWER else {}
    except ValueError:
        return {}
    if not isinstance(answer, dict):
        return {}
    kinds = {"told": dict, "refused": str, "peak": int}
    return {key: value for key, value in answer.items() if isinstance(value, kinds.get(key, ()))}


def _why(code: int) -> str:
    """Explain the exit code of a child that gave no answer."""
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return "it takes more than ten seconds to read: make it smaller"
    return "it cannot be read: it breaks the program that reads such files"
