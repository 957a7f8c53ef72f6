"""A checkpoint is there whole or not at all, whenever its writer is killed and however full the disk is."""

import functools
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.checkpoint_saver import training
from tests.measured_figures import figure, full
from tests.trainer_processes import ENVIRONMENT, MODEL, PATIENCE, ROOT, train_command, trainer
from vae_core.runs.checkpoint import newest_checkpoint, read_state, save_checkpoint
from vae_core.runs.status import stored_status

KILLS = 200 if full() else 6
_SAVES = ["--hidden", "200", "--steps", "100000", "--checkpoint-seconds", "0"]

_IN_A_SMALL_DISK = """
mount -t tmpfs -o size=1500k none {disk} || exit 99
{train} 2>{disk}.err; echo $? >{disk}.code
cp -r {disk} {disk}.copy
"""


def test_kills_during_saving_leave_nothing_unreadable(tmp_path, capsys):
    run = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.checkpoint_saver", str(run), str(KILLS)],
        **{"cwd": ROOT, "env": ENVIRONMENT, "capture_output": True, "text": True, "timeout": PATIENCE},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    with capsys.disabled():
        print(f"\nkill -9 during saving: {found}")
        figure("saving.kills", found["kills"], "==", KILLS)
        figure("saving.unreadable", found["unreadable"], "==", 0)
        figure("saving.lost", found["lost"], "==", 0)
    assert found["unfinished"] >= KILLS / 2  # as many as were meant to hit a save


@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.safetensors", "state.json", "manifest.json"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(name, tmp_path):
    current, saved = training(), []
    for step in (1, 2):
        current.advance(step)
        save_checkpoint(tmp_path, current, "none")
        saved.append(newest_checkpoint(tmp_path))
    assert [read_state(checkpoint)["step"] for checkpoint in saved] == [1, 2]
    file = saved[1] / name
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert newest_checkpoint(tmp_path) == saved[0]
    file.write_bytes(whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
    assert newest_checkpoint(tmp_path) == saved[0]
    file.unlink()
    assert newest_checkpoint(tmp_path) == saved[0]
    (saved[0] / name).unlink()
    assert newest_checkpoint(tmp_path) is None


def test_a_full_disk_is_one_sentence_and_the_last_checkpoint_stands(tmp_path):
    """The system's own error, of its file that is always full: a small disk can be mounted on few machines only."""
    run = tmp_path / "run"
    with trainer("--out", run, *MODEL, *_SAVES, before=functools.partial(fill_disk, run)) as process:
        assert process.wait() == 1
        said = process.errors().splitlines()[-1]
    stands(run, said)
    assert len(list((run / "checkpoints").iterdir())) == 2


@pytest.mark.promise
def test_a_small_disk_that_is_full_is_one_sentence_and_the_last_checkpoint_stands(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    train = " ".join(train_command("--out", disk / "run", *MODEL, *_SAVES))
    script = _IN_A_SMALL_DISK.format(disk=disk, train=train)
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], cwd=ROOT, env=ENVIRONMENT, timeout=PATIENCE)
    assert done.returncode == 0, "this machine does not let a small disk be mounted: measure as root, or on another one"
    assert (tmp_path / "disk.code").read_text() == "1\n"
    stands(tmp_path / "disk.copy" / "run", (tmp_path / "disk.err").read_text().splitlines()[-1])


def fill_disk(run):
    """From the third checkpoint on its weights go to /dev/full, which takes no byte; small files still have room."""
    opened = io.open

    def open_(file, mode="r", *rest, **options):
        path = Path(str(file))
        within = "w" in mode and path.name == "weights.safetensors" and path.parent.parent == run / "checkpoints"
        return opened(
            "/dev/full" if within and len(list(path.parent.parent.iterdir())) > 2 else file, mode, *rest, **options
        )

    io.open = open_


def stands(run, said):
    """The run's last checkpoint is whole, and what the trainer said at its end is why it has ended."""
    assert "no space left on the disk at step" in said
    assert "make room and resume, the last checkpoint stands" in said
    status = stored_status(run)
    assert status.state == "failed"
    assert f"vae_core: {status.reason}" == said
    assert newest_checkpoint(run) is not None
    assert not list(run.rglob("*.tmp-*"))
