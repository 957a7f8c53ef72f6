"""Trainers forked from a process that has torch already: the same bits, lives of their own, no server left behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.trainer_processes import ENVIRONMENT, MODEL, ROOT, at_step, finish, losses, wait_for
from vae_core.jobs.fork_server import ForkServer
from vae_core.runs.run import CARD
from vae_core.runs.status import stored_status

OWNER = """
import json, os, sys, time
from pathlib import Path
from vae_core.jobs.fork_server import ForkServer
server = ForkServer()
server.start(dict(os.environ))
while not server.fork(json.loads(sys.argv[1]), Path(sys.argv[2])):
    time.sleep(0.01)
print(server.pid, flush=True)
time.sleep(600)
"""


def command(run: Path, steps: int) -> list[str]:
    return ["train", "--out", str(run), *MODEL, "--steps", str(steps)]


def forked(server: ForkServer, arguments: list[str], log: Path) -> None:
    wait_for(lambda: server.fork(arguments, log), "a fork")


def is_there(pid: int) -> bool:
    """Whether a process is there that has not ended; one that nobody has waited for counts as ended."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_forked_trainer_trains_bit_by_bit_as_any_other_and_its_errors_are_in_its_log(tmp_path: Path) -> None:
    server, log = ForkServer(), tmp_path / "log"
    assert not server.fork(command(tmp_path / "never", 1), log), "no server is there"
    server.start(ENVIRONMENT)
    pid = server.pid
    server.start(ENVIRONMENT)
    assert server.pid == pid, "one is enough"
    for name in ("one", "two"):
        forked(server, command(tmp_path / name, 200), log)
        wait_for((tmp_path / name / CARD).is_file, "the result")
    printed = finish("--out", tmp_path / "alone", *MODEL, "--steps", 200)
    for name in ("one", "two"):
        assert losses(tmp_path / name) == losses(tmp_path / "alone")
        assert json.loads((tmp_path / name / CARD).read_text())["weights_sha256"] == printed["weights_sha256"]
    refused = tmp_path / "refused"
    forked(server, command(tmp_path / "one", 200), refused)
    assert wait_for(lambda: refused.is_file() and refused.read_text(), "the sentence").startswith("vae_core: ")
    assert not (tmp_path / "never").exists()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not server.fork(command(tmp_path / "never", 1), log), "an answer of a dead server")
    wait_for(lambda: server.start(ENVIRONMENT) or server.pid != pid, "another server")
    server.stop()
    assert server.pid is None


def test_when_its_owner_is_killed_the_server_ends_and_the_trainer_goes_on(tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = [json.dumps(command(run, 1_000_000)), str(tmp_path / "log")]
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, *arguments], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    )
    with owner:
        pid = int(owner.stdout.readline())
        wait_for((run / "status.json").is_file, "a run")
        trainer = at_step(run, 100)
        try:
            assert os.getsid(trainer.pid) == trainer.pid
            assert is_there(pid)
            owner.kill()
            wait_for(lambda: not is_there(pid), "the end of the server")
            assert at_step(run, stored_status(run).step + 100).pid == trainer.pid
        finally:
            os.kill(trainer.pid, signal.SIGKILL)
