"""A checkpoint is there whole or not at all, whenever its writer is killed and however full the disk is."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.figures import figure
from tests.trainers import ENVIRONMENT, MODEL, PATIENCE, ROOT, train_command

KILLS = 200

_IN_A_SMALL_DISK = """
mount -t tmpfs -o size=1500k none {disk} || exit 99
{train} 2>{disk}.err; echo $? >{disk}.code
cp -r {disk} {disk}.copy
"""


def test_two_hundred_kills_during_saving_leave_nothing_unreadable(tmp_path, capsys):
    run = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.saver", str(run), str(KILLS)],
        **{"cwd": ROOT, "env": ENVIRONMENT, "capture_output": True, "text": True, "timeout": PATIENCE},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    with capsys.disabled():
        print(f"\nkill -9 during saving: {found}")
        figure("saving.kills", found["kills"], "==", KILLS)
        figure("saving.unreadable", found["unreadable"], "==", 0)
        figure("saving.lost", found["lost"], "==", 0)
    assert found["unfinished"] > KILLS / 20  # some did hit a save


def test_a_full_disk_is_one_sentence_and_the_last_checkpoint_stands(tmp_path):
    from vae_core.checkpoint import newest_checkpoint
    from vae_core.status import stored_status

    disk = tmp_path / "disk"
    disk.mkdir()
    steps = ["--hidden", "200", "--steps", "100000", "--checkpoint-seconds", "0"]
    train = " ".join(train_command("--out", disk / "run", *MODEL, *steps))
    script = _IN_A_SMALL_DISK.format(disk=disk, train=train)
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare to mount a small disk with")
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], cwd=ROOT, env=ENVIRONMENT, timeout=PATIENCE)
    if done.returncode in (1, 99):
        pytest.skip("this machine does not let a small disk be mounted")
    said = (tmp_path / "disk.err").read_text().splitlines()[-1]
    assert (tmp_path / "disk.code").read_text() == "1\n"
    assert "no space left on the disk at step" in said
    assert "make room and resume, the last checkpoint stands" in said
    run = tmp_path / "disk.copy" / "run"
    status = stored_status(run)
    assert status.state == "failed"
    assert f"vae_core: {status.reason}" == said
    assert newest_checkpoint(run) is not None
    assert not list(run.rglob("*.tmp-*"))
