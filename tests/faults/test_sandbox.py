"""What a process that reads uploads cannot do, tried from inside it."""

import subprocess
import sys
from pathlib import Path

import pytest

from vae_core.uploads import sandbox_limits

ROOT = Path(__file__).resolve().parents[2]
BEGIN = (
    "import ctypes, os, pickle, signal, socket, subprocess\nfrom vae_core.uploads import sandbox_limits\n{}\n"
    "sandbox_limits.restrict_process()\n"
)
LINUX = sys.platform.startswith("linux")


def inside(code: str, before: str = "", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The end of a process that locks itself in and then runs `code`."""
    script = BEGIN.format(before) + code
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )


REFUSED = {
    "a socket": "socket.socket()",
    "a program": "subprocess.run(['/bin/true'])",
    "a fork": "os.fork()",
    "another program in its place": "os.execv('/bin/true', ['true'])",
    "a new file": "open('harm', 'w')",
    "what lies in another file": "open('/etc/hosts')",
    "what lies in a file, by the system's own call": "os.open('/etc/hosts', os.O_RDONLY)",
    "another module": "import xmlrpc.client",
    "a new folder": "os.mkdir('harm')",
    "a rename": "os.rename('here', 'there')",
    "a removal": "os.remove('here')",
    "a pickle with a payload": "pickle.loads(b'cos\\nsystem\\n(S\"touch harm\"\\ntR.')",
    "a signal to others": "os.kill(os.getppid(), signal.SIGTERM)",
    "more memory than it may have": "bytearray(400_000_000)",
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_reader_cannot_make(what: str, tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    done = inside(REFUSED[what], cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith(("PermissionError", "MemoryError"))
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


@pytest.mark.skipif(not LINUX, reason="the kernel's filter is Linux's")
def test_code_that_is_not_python_cannot_either() -> None:
    before = "libc = ctypes.CDLL(None)\nsocket, fork, system = libc.socket, libc.fork, libc.system"
    done = inside("print(socket(2, 1, 0), fork(), system(b'true') != 0)", before)
    assert done.stdout.split() == ["-1", "-1", "True"], done.stderr


def test_processor_time_has_an_end() -> None:
    done = inside("while True: pass", "sandbox_limits.SECONDS = 0")
    assert done.returncode < 0


def test_it_can_read_what_is_open_and_is_nice() -> None:
    stat = "file.read().rpartition(')')[2].split()[16]" if LINUX else "19"
    done = inside(f"print({stat})", "file = open('/proc/self/stat')" if LINUX else "")
    assert int(done.stdout) >= sandbox_limits.NICE, done.stderr
