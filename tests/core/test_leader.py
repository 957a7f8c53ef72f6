"""One process looks after a folder of runs, whatever starts and dies around it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vae_core.jobs import leader, queue

ROOT = Path(__file__).resolve().parents[2]


def service(root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vae_core", "jobs", str(root)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8")


@pytest.mark.slow
def test_of_several_processes_one_owns_the_folder_and_the_next_takes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[Path] = []
    monkeypatch.setattr(queue, "schedule", moved.append)
    first, second = service(tmp_path), None
    try:
        assert first.stderr.readline() == "vae_core jobs: looking after the queue\n"
        assert not leader.lead_and_schedule(tmp_path)
        assert moved == []
        assert leader.seconds_since_heartbeat(tmp_path) < leader.STALE
        second = service(tmp_path)
        assert "another process looks after the queue: waiting" in second.stderr.readline()
        first.kill()
        first.wait()
        assert second.stderr.readline() == "vae_core jobs: looking after the queue\n"
        second.send_signal(signal.SIGTERM)
        assert second.wait(10) == 0
    finally:
        for process in filter(None, (first, second)):
            process.kill()
            process.communicate()
    end = time.monotonic() + 10
    while not leader.lead_and_schedule(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert moved == [tmp_path]
    third = service(tmp_path)
    try:
        assert "waiting" in third.stderr.readline()
        leader.release(tmp_path)
        assert third.stderr.readline() == "vae_core jobs: looking after the queue\n"
    finally:
        third.kill()
        third.communicate()


def test_nobody_has_owned_a_new_folder(tmp_path: Path) -> None:
    assert leader.seconds_since_heartbeat(tmp_path) is None
    (tmp_path / leader.HEARTBEAT_FILE).write_text("{torn")
    assert leader.seconds_since_heartbeat(tmp_path) is None
