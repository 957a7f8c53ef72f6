"""Codes of many pictures: the same however they are cut, interrupted or shared out, in little memory."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from vae_core import data
from vae_core.__main__ import main
from vae_core.distributed import Group
from vae_core.estimators.metrics import encode_all
from vae_core.runs.checkpoint import load
from vae_core.runs.run import open_run, read_codes
from vae_core.tasks import encode

RUN = Path(__file__).parents[2] / "models" / "faces-16d"
BERNOULLI = RUN.parent / "fashion-2d-bernoulli"


@pytest.fixture
def small(monkeypatch) -> None:
    monkeypatch.setattr(encode, "CHUNK", 300)


def truth() -> torch.Tensor:
    x = torch.from_numpy(data.to_float(data.load("pixel-faces", "test").images))
    return encode_all(load(RUN), x)


def test_npy_and_parquet_hold_the_posteriors_in_order(tmp_path, small):
    q, labels = truth(), data.load("pixel-faces", "test").labels
    assert encode.encode_run(RUN, None, "test", tmp_path / "codes.npy")["n"] == 2000
    found = np.load(tmp_path / "codes.npy")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, q.mu, atol=1e-5)
    encode.encode_run(RUN, "pixel-faces", "test", tmp_path / "codes.parquet")
    table = pq.read_table(tmp_path / "codes.parquet")
    assert table.column_names == [f"mu_{j}" for j in range(16)] + [f"logvar_{j}" for j in range(16)] + ["label"]
    np.testing.assert_allclose(np.stack(table.columns[16:32], 1), q.logvar, atol=1e-4)
    assert table["mu_3"].to_numpy().tolist() == found[:, 3].tolist()
    assert table["label"].to_numpy().tolist() == labels.tolist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes.npy", "codes.parquet"]


def test_a_name_with_brackets_leaves_no_parts_behind(tmp_path, small):
    encode.encode_run(RUN, None, "test", tmp_path / "codes[1].npy")
    assert [path.name for path in tmp_path.iterdir()] == ["codes[1].npy"]


def test_binarised_pictures_have_the_codes_of_the_run_folder(tmp_path, small):
    encode.encode_run(BERNOULLI, None, "test", tmp_path / "codes.npy")
    kept = read_codes(open_run(BERNOULLI)).mu
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), kept, atol=0.004)


@pytest.mark.parametrize("pixels", [(1, 3, 3), (1, 4, 4)])
@pytest.mark.parametrize("first", [0, 1, 6, 7])
def test_a_part_of_the_pictures_is_binarised_as_the_whole(pixels, first):
    images = np.random.default_rng(1).integers(0, 256, (20, *pixels)).astype(np.uint8)
    whole = data.binarize(images, "dynamic", 5)
    assert (data.binarize(images[first:], "dynamic", 5, first) == whole[first:]).all()


@pytest.mark.parametrize("layout", ["grey", "last", "first"])
def test_an_npy_file_is_read_as_it_is_needed(tmp_path, layout):
    images = np.random.default_rng(0).integers(0, 256, (50, 3, 8, 10)).astype(np.uint8)
    stored = {"grey": images[:, 0], "last": images.transpose(0, 2, 3, 1), "first": images}[layout]
    np.save(tmp_path / "x.npy", np.ascontiguousarray(stored))
    found = encode.open_images(str(tmp_path / "x.npy"), "test")
    expected = images[:, :1] if layout == "grey" else images
    assert (found.count, found.shape) == (50, expected.shape[1:])
    assert (found.read(7, 31) == expected[7:31]).all()


@pytest.mark.parametrize("cut", [0, 100, 300 * 128 + 5, 1500 * 128])
def test_an_interrupted_part_is_taken_up_without_computing_again(tmp_path, small, monkeypatch, cut):
    encode.encode_run(RUN, None, "test", tmp_path / "whole.npy")

    class Killed(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 1500:
            raise Killed

    out = tmp_path / "codes.npy"
    with pytest.raises(Killed):
        encode.encode_run(RUN, None, "test", out, on_rows=stop)
    assert not out.exists()
    (part,) = tmp_path.glob("codes.npy.part-*")
    os.truncate(part, cut)
    counted = []
    real = encode.encode_all
    monkeypatch.setattr(encode, "encode_all", lambda model, x: counted.append(len(x)) or real(model, x))
    encode.encode_run(RUN, None, "test", out)
    assert sum(counted) == 2000 - cut // 128 // 300 * 300
    assert out.read_bytes() == (tmp_path / "whole.npy").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes.npy", "whole.npy"]


def test_a_part_of_other_pictures_is_not_taken_up(tmp_path, small):
    images = data.load("pixel-faces", "test").images[:400]
    np.save(tmp_path / "x.npy", images)

    def stop(done: int, total: int) -> None:
        if done == 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode.encode_run(RUN, str(tmp_path / "x.npy"), "test", tmp_path / "codes.npy", on_rows=stop)
    np.save(tmp_path / "x.npy", 255 - images)
    encode.encode_run(RUN, str(tmp_path / "x.npy"), "test", tmp_path / "codes.npy")
    expected = encode_all(load(RUN), torch.from_numpy(data.to_float(255 - images))).mu
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), expected, atol=1e-5)


def test_two_processes_of_a_group_write_what_one_does(tmp_path, small, monkeypatch):
    monkeypatch.setattr(Group, "wait", lambda self: None)
    for rank in (1, 0):
        encode.encode_run(RUN, None, "test", tmp_path / "codes.npy", group=Group(rank, 2))
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), truth().mu, atol=1e-5)


@pytest.mark.slow
def test_a_killed_command_goes_on_and_a_second_one_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.tile(data.load("pixel-faces", "test").images, (60, 1, 1, 1)))
    out = tmp_path / "codes.npy"
    command = [
        sys.executable,
        "-m",
        "vae_core",
        "encode",
        str(RUN),
        "--data",
        str(tmp_path / "x.npy"),
        "--out",
        str(out),
    ]
    process = subprocess.Popen(command, cwd=RUN.parents[1], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while not any(part.stat().st_size for part in tmp_path.glob("codes.npy.part-*")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        with pytest.raises(ValueError, match="another process is writing"):
            encode.encode_run(RUN, str(tmp_path / "x.npy"), "test", out)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert main(command[3:]) == 0
    found = np.load(out)
    assert found.shape == (120_000, 16)
    np.testing.assert_allclose(found[-2000:], truth().mu, atol=1e-5)


def test_what_cannot_be_used_is_one_sentence(tmp_path, capsys):
    np.save(tmp_path / "floats.npy", np.zeros((4, 3, 16, 16)))
    np.save(tmp_path / "grey.npy", np.zeros((4, 16, 16), np.uint8))
    (tmp_path / "there.npy").touch()
    (tmp_path / "broken.npy").write_bytes(b"no array")
    for data_, out, said in (
        (None, "codes.csv", "ends in .npy or .parquet"),
        (None, "there.npy", "already exists"),
        (None, "no/codes.npy", "is not a folder"),
        ("floats.npy", "codes.npy", "float64 \\[4, 3, 16, 16\\], expected uint8"),
        ("grey.npy", "codes.npy", "expected \\[3, 16, 16\\] for this run"),
        ("broken.npy", "codes.npy", "not a readable .npy"),
        ("missing.npy", "codes.npy", "not a readable .npy"),
    ):
        name = data_ and str(tmp_path / data_)
        with pytest.raises(ValueError, match=said):
            encode.encode_run(RUN, name, "test", tmp_path / out)
    assert main(["encode", str(RUN), "--out", str(tmp_path / "codes.csv")]) == 2
    assert "ends in .npy" in capsys.readouterr().err
