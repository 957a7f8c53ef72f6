"""Reading data: the shipped sets and their checksums, IDX and .npz files with every trap that was seen, folders."""

import gzip
import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae_core import data
from vae_core.data.idx import parse_idx, read_idx


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def pictures(*shape: int, dtype=np.uint8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape).astype(dtype)


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


def test_face_labels_are_the_colour_of_the_corner():
    faces = data.load("pixel-faces", "test")
    for label in range(4):
        corners = faces.images[faces.labels == label][:, :, 0, 0]
        assert (corners == corners[0]).all()


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


LAYOUTS = {
    "grey": (pictures(50, 6, 4), (1, 6, 4)),
    "grey with channel": (pictures(50, 6, 4, 1), (1, 6, 4)),
    "colour last": (pictures(50, 6, 4, 3), (3, 6, 4)),
    "colour first": (pictures(50, 3, 6, 4), (3, 6, 4)),
    "floats": (pictures(50, 6, 4) / 255, (1, 6, 4)),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_own_npz_file_is_split_and_kept(tmp_path, name):
    images, shape = LAYOUTS[name]
    np.savez(tmp_path / "own.npz", images=images, labels=np.arange(50) % 5)
    train, test = (data.load(str(tmp_path / "own.npz"), split) for split in ("train", "test"))
    assert (len(train), len(test)) == (40, 10)
    assert train.shape == test.shape == shape
    assert train.classes == ("0", "1", "2", "3", "4")
    rows = {row.tobytes() for part in (train, test) for row in part.images}
    assert len(rows) == 50  # every picture is in exactly one split


def write_npz(**arrays):
    return lambda path: np.savez(path, **arrays)


def bomb(path):
    """A zip whose one array unpacks to 200 MB from a few hundred kB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            buffer, {"descr": "|u1", "fortran_order": False, "shape": (200_000, 1, 32, 32)}
        )
        archive.writestr("images.npy", buffer.getvalue() + bytes(200_000_000))


TRAPS = {
    "not a zip": (lambda path: path.write_bytes(b"hello"), "is not a readable .npz file"),
    "no images": (write_npz(pixels=pictures(40, 4, 4)), r"has the keys \['pixels'\], expected 'images'"),
    "no rows": (write_npz(images=np.zeros((0, 4, 4), np.uint8)), "expected"),
    "few rows": (write_npz(images=pictures(31, 4, 4)), "it has 31 images, expected at least 32"),
    "five axes": (write_npz(images=pictures(40, 2, 2, 2, 3)), r"its images are \[40, 2, 2, 2, 3\]"),
    "two channels": (write_npz(images=pictures(40, 2, 4, 4)), "with C 1 or 3"),
    "not a number": (write_npz(images=np.full((40, 4, 4), np.nan)), "its values go from nan to nan"),
    "unscaled": (write_npz(images=pictures(40, 4, 4, dtype=np.float32)), r"expected floats in \[0, 1\]"),
    "negative": (write_npz(images=np.full((40, 4, 4), -0.5)), "its values go from -0.5"),
    "integers": (write_npz(images=pictures(40, 4, 4, dtype=np.int32)), "its images are int32"),
    "strings": (write_npz(images=np.full((40, 4, 4), "a")), "its images are <U1"),
    "complex": (write_npz(images=np.zeros((40, 4, 4), complex)), "its images are complex128"),
    "objects": (write_npz(images=np.array([None] * 40)), "cannot be used"),
    "labels": (write_npz(images=pictures(40, 4, 4), labels=np.zeros(3, int)), "expected 40 whole numbers"),
    "bomb": (bomb, "unpacks to 200,000,"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_in_an_npz_file_is_one_sentence(tmp_path, name):
    make, sentence = TRAPS[name]
    make(tmp_path / "trap.npz")
    with pytest.raises(ValueError, match=sentence) as raised:
        data.load(str(tmp_path / "trap.npz"))
    assert "\n" not in str(raised.value)


def write_pictures(folder, count=40, mode="RGB", size=(5, 4)):
    shape = (size[1], size[0], 3) if mode == "RGB" else (size[1], size[0])
    for i in range(count):
        place = folder / ("cat" if i % 2 else "dog")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full(shape, 3 * i, np.uint8)).save(place / f"{i:03}.png")


@pytest.mark.parametrize(("mode", "channels"), [("RGB", 1), ("L", 1)])
def test_a_folder_of_grey_pictures_is_grey_and_its_folders_are_classes(tmp_path, mode, channels):
    write_pictures(tmp_path / "pets", mode=mode)
    train = data.load(str(tmp_path / "pets"), "train")
    assert train.shape == (channels, 4, 5)
    assert train.classes == ("cat", "dog")
    assert (train.labels == (train.images[:, 0, 0, 0] // 3 + 1) % 2).all()


def test_a_picture_of_another_size_is_named(tmp_path):
    write_pictures(tmp_path / "pets")
    Image.new("RGB", (9, 9)).save(tmp_path / "pets" / "dog" / "zebra.png")
    with pytest.raises(ValueError, match=r"zebra.png is 9 × 9 pixels, expected 5 × 4 as in"):
        data.load(str(tmp_path / "pets"))


def test_a_file_that_is_no_picture_is_named(tmp_path):
    write_pictures(tmp_path / "pets")
    (tmp_path / "pets" / "dog" / "fake.png").write_bytes(b"GIF89a")
    with pytest.raises(ValueError, match=r"fake.png is not a readable PNG, JPEG or WebP picture"):
        data.load(str(tmp_path / "pets"))


def test_an_empty_folder_says_what_it_needs(tmp_path):
    with pytest.raises(ValueError, match="has 0 pictures, expected at least 32"):
        data.load(str(tmp_path))


def test_a_folder_of_idx_files(tmp_path):
    for prefix, n in (("train", 60), ("t10k", 40)):
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(idx(pictures(n, 5, 5)))
        (tmp_path / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(pictures(n) % 3)))
    train, test = (data.load(str(tmp_path), split) for split in ("train", "test"))
    assert (len(train), len(test), train.shape, test.classes) == (60, 40, (1, 5, 5), ("0", "1", "2"))
