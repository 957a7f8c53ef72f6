"""What is said where something cannot be written: about the disk, and about nothing else."""

import errno
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.sample_uploads import noise, npz
from vae_core.io import disk_space

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk of this server is full"),
        (errno.EROFS, "this server may not write into the folder"),
        (errno.EACCES, "this server may not write into the folder"),
        (errno.EIO, "could not take it (Input/output error)"),
    ],
)
def test_each_reason_is_named_and_no_path_is_told(number: int, words: str) -> None:
    said = disk_space.reason(OSError(number, os.strerror(number), "/srv/secret/runs"))
    assert words in said
    assert "secret" not in said


def test_a_disk_that_is_full_while_an_upload_is_read_is_said_to_be_full() -> None:
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as upload, open("/dev/full", "wb") as full:
        asked.write(b"{}")
        upload.write(npz(images=noise(40, 8, 8)))
        for file in (asked, upload):
            file.seek(0)
        command = [
            sys.executable,
            "-m",
            "vae_core.uploads.sandbox_worker",
            "data",
            str(asked.fileno()),
            str(full.fileno()),
        ]
        given = (asked.fileno(), full.fileno())
        done = subprocess.run(command, cwd=ROOT, stdin=upload, capture_output=True, pass_fds=given, check=True)
    assert "the disk of this server is full" in json.loads(done.stdout)["refused"]


def test_what_a_folder_takes_and_what_is_left(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(bytes(1234))
    assert disk_space.size(tmp_path) == 1234
    assert disk_space.free(tmp_path / "not" / "yet" / "there") == pytest.approx(disk_space.free(tmp_path), rel=0.1)
