"""Named data: the shipped sets and their checksums, binarisation, the IDX format."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sample_uploads import idx
from vae_core import data
from vae_core.data import idx as idx_format
from vae_core.data.idx import parse_idx, read_idx


def pictures(*shape: int, dtype=np.uint8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape).astype(dtype)


BACKGROUNDS = {
    "white background": (255, 255, 255),
    "blue background": (182, 227, 244),
    "lilac background": (192, 174, 222),
    "pink background": (255, 213, 220),
}


@pytest.mark.parametrize(
    ("name", "split", "shape", "classes", "digest"),
    [
        ("fashion-mnist", "test", (10000, 1, 28, 28), 10, "c867c93f"),
        ("pixel-faces", "train", (8000, 3, 16, 16), 4, "2e629f69"),
        ("pixel-faces", "test", (2000, 3, 16, 16), 4, "55540905"),
        ("digits", "train", (1438, 1, 8, 8), 10, "da1643f5"),
        ("digits", "test", (359, 1, 8, 8), 10, "f9c7ff0e"),
    ],
)
def test_what_is_shipped_is_what_it_was(name, split, shape, classes, digest):
    images = data.load(name, split)
    assert images.images.shape == shape
    assert images.sha256.startswith(digest)
    assert len(images.classes) == classes
    assert images.labels.shape == shape[:1]
    assert images.labels.min() == 0
    assert images.labels.max() == classes - 1
    assert images.images.flags.writeable  # torch warns about arrays that are not
    assert (data.load(name, split).images == images.images).all()


def test_face_labels_are_the_colour_of_the_corner():
    faces = data.load("pixel-faces", "test")
    for label in range(4):
        corners = faces.images[faces.labels == label][:, :, 0, 0]
        assert (corners == BACKGROUNDS[faces.classes[label]]).all()


def test_the_two_splits_of_the_faces_share_no_picture():
    rows = {row.tobytes() for split in ("train", "test") for row in data.load("pixel-faces", split).images}
    assert len(rows) == 10_000


def test_bytes_become_floats_between_zero_and_one():
    x = data.to_float(np.arange(256, dtype=np.uint8))
    assert x.dtype == np.float32
    assert (x == np.arange(256, dtype=np.float32) / np.float32(255)).all()
    assert (data.binarize(np.arange(256, dtype=np.uint8), "threshold", 0) == np.where(x >= 0.5, 255, 0)).all()


@given(st.lists(st.integers(0, 255), min_size=1, max_size=20), st.integers(0, 2**31))
def test_binarisation_gives_black_and_white(values, seed):
    images = np.array(values, np.uint8).reshape(-1, 1, 1, 1)
    threshold, dynamic = (data.binarize(images, how, seed) for how in ("threshold", "dynamic"))
    assert (threshold == np.where(images >= 128, 255, 0)).all()
    assert set(np.unique(dynamic)) <= {0, 255}
    assert (dynamic[images == 0] == 0).all()
    assert (dynamic[images == 255] == 255).all()
    assert data.binarize(images, "none", seed) is images


@pytest.mark.parametrize("value", [1, 64, 128, 200, 254])
def test_a_dynamic_draw_is_white_as_often_as_it_is_grey(value):
    n = 200_000
    share = (data.binarize(np.full((n, 1, 1, 1), value, np.uint8), "dynamic", 3) == 255).mean()
    p = value / 255
    assert abs(share - p) < 5 * (p * (1 - p) / n) ** 0.5


def test_a_draw_does_not_depend_on_how_many_pictures_follow():
    images = pictures(50, 1, 4, 4)
    assert (data.binarize(images, "dynamic", 1)[:7] == data.binarize(images[:7], "dynamic", 1)).all()
    assert (data.binarize(images, "dynamic", 1) != data.binarize(images, "dynamic", 2)).any()


def test_an_unknown_binarisation_or_split_is_named():
    with pytest.raises(ValueError, match="binarize is 'grey', expected none, threshold or dynamic"):
        data.binarize(pictures(1, 1, 2, 2), "grey", 0)
    with pytest.raises(ValueError, match="split is 'valid', expected train or test"):
        data.load("digits", "valid")
    with pytest.raises(ValueError, match="data is 'imagenet', expected one of fashion-mnist, mnist"):
        data.load("imagenet")
    with pytest.raises(ValueError, match="the pictures to binarize are float32, expected uint8"):
        data.binarize(data.to_float(pictures(1, 1, 2, 2)), "threshold", 0)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx_files_come_back(tmp_path, pack):
    array = pictures(5, 3, 2)
    (tmp_path / "x").write_bytes(pack(idx(array)))
    assert (read_idx(tmp_path / "x") == array).all()


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "begins with nothing, expected an IDX header"),
        (b"\x89PNG....", "begins with 89504e47"),
        (struct.pack(">HBBI", 0, 13, 1, 3) + b"abc", "expected an IDX header of unsigned bytes"),
        (idx(np.zeros((2, 2), np.uint8))[:6], "header is cut short"),
        (idx(np.zeros((2, 2), np.uint8))[:-1], "holds 3 values, expected 4"),
        (idx(np.zeros((2, 2), np.uint8)) + b"!", "holds 5 values, expected 4"),
        (struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**31, 2**31), "holds 0 values"),
    ],
)
def test_a_malformed_idx_file_is_one_sentence(payload, sentence):
    with pytest.raises(ValueError, match=sentence):
        parse_idx(payload)


@pytest.mark.parametrize("damage", [lambda b: b[:-20], lambda b: b[:40] + b"\0\0\0\0" + b[44:], lambda b: b[:5]])
def test_damaged_gzip_is_one_sentence(tmp_path, damage):
    (tmp_path / "x.gz").write_bytes(damage(gzip.compress(idx(pictures(40, 8, 8)))))
    with pytest.raises(ValueError, match=r"x\.gz cannot be read: its gzip data are corrupt or cut short"):
        read_idx(tmp_path / "x.gz")


def test_a_gzip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(idx_format, "MOST_BYTES", 1 << 20)
    (tmp_path / "x.gz").write_bytes(gzip.compress(bytes(1 << 21)))
    with pytest.raises(ValueError, match=r"x\.gz cannot be read: it unpacks to more than 1 MiB"):
        read_idx(tmp_path / "x.gz")


def test_a_file_that_cannot_be_opened_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="cannot be read: Is a directory"):
        read_idx(tmp_path)
