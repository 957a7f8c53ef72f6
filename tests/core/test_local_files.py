"""Own pictures at a path, read by the rules of the Library: .npz files, folders of pictures, folders of IDX files."""

import gzip
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.core.test_data_files import idx, pictures
from vae_core import data

LAYOUTS = {
    "grey": (pictures(50, 6, 4), (1, 6, 4)),
    "grey with channel": (pictures(50, 6, 4, 1), (1, 6, 4)),
    "colour last": (pictures(50, 6, 4, 3), (3, 6, 4)),
    "colour first": (pictures(50, 3, 6, 4), (3, 6, 4)),
    "floats": (pictures(50, 6, 4) / 255, (1, 6, 4)),
    "half floats": ((pictures(50, 6, 4) / 255).astype(np.float16), (1, 6, 4)),
    "black and white": (pictures(50, 6, 4) > 127, (1, 6, 4)),
    "Fortran order": (np.asfortranarray(pictures(50, 6, 4)), (1, 6, 4)),
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
    whole = np.round(255 * images.astype(np.float64)) if images.dtype != np.uint8 else images
    assert rows == {row.tobytes() for row in channels_first(whole.astype(np.uint8), shape)}
    assert data.load(str(tmp_path / "own.npz"), "test").sha256 == test.sha256


def channels_first(images: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    last = images.ndim == 4 and images.shape[1:] != shape
    return np.ascontiguousarray(np.moveaxis(images, 3, 1) if last else images.reshape(-1, *shape))


@pytest.mark.parametrize("key", ["images", "x", "arr_0", "data"])
def test_pictures_may_go_by_four_names_and_need_no_labels(tmp_path, key):
    np.savez_compressed(tmp_path / "own.npz", other=np.zeros(3), **{key: pictures(40, 4, 4)})
    own = data.load(str(tmp_path / "own.npz"))
    assert (own.name, own.shape, own.labels, own.classes) == ("own", (1, 4, 4), None, ())


def test_classes_are_the_values_that_occur_in_either_split(tmp_path):
    labels = np.where(np.arange(40) == 7, 250, np.arange(40) % 2 * 9)  # 250 occurs once
    np.savez(tmp_path / "own.npz", images=pictures(40, 4, 4), y=labels)
    train, test = (data.load(str(tmp_path / "own.npz"), split) for split in ("train", "test"))
    assert train.classes == test.classes == ("0", "9", "250")
    names = [part.classes[label] for part in (train, test) for label in part.labels]
    assert sorted(names) == sorted(map(str, labels))


def write_npz(**arrays):
    return lambda path: np.savez(path, **arrays)


def bomb(path):
    """A zip whose one array unpacks to 20 MB from some twenty kB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            buffer, {"descr": "|u1", "fortran_order": False, "shape": (20_000, 1, 32, 32)}
        )
        archive.writestr("images.npy", buffer.getvalue() + bytes(20_000_000))


def liar(path):
    """A header that promises 10 GB in a file of a few hundred bytes."""
    buffer = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (100_000, 100_000)}
    np.lib.format.write_array_header_1_0(buffer, header)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", buffer.getvalue() + b"few")


def broken(path):
    """One byte of the packed pictures is changed."""
    np.savez(path, images=pictures(40, 4, 4))
    content = bytearray(path.read_bytes())
    content[400] ^= 1
    path.write_bytes(content)


def member(content):
    def make(path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("images.npy", content)

    return make


def lzma(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("images.npy", bytes(1000))


TRAPS = {
    "not a zip": (lambda path: path.write_bytes(b"hello"), "it has no rows of numbers"),
    "no rows": (write_npz(images=np.zeros((0, 4, 4), np.uint8)), "there are 0 usable pictures, expected at least 32"),
    "few rows": (write_npz(images=pictures(31, 4, 4)), "there are 31 usable pictures, expected at least 32"),
    "five axes": (write_npz(images=pictures(40, 2, 2, 2, 3)), r"its shape is \[40, 2, 2, 2, 3\]"),
    "two channels": (write_npz(images=pictures(40, 2, 5, 5)), "expected 1, 3 or 4 channels"),
    "not a number": (write_npz(images=np.full((40, 4, 4), np.nan)), "are not finite numbers"),
    "negative": (write_npz(images=np.full((40, 4, 4), -0.5)), "all its values are -0.5"),
    "strings": (write_npz(images=np.full((40, 4, 4), "a")), "its array holds <U1, expected numbers"),
    "complex": (write_npz(images=np.zeros((40, 4, 4), complex)), "holds complex128, expected numbers"),
    "objects": (write_npz(images=np.array([None] * 40)), "holds Python objects, which are never unpickled"),
    "records": (write_npz(images=np.zeros(40, [("a", "u1")])), "expected numbers"),
    "infinite": (
        write_npz(images=np.where(np.arange(40) == 3, np.inf, 0.5)[:, None, None] * np.ones((4, 4))),
        "finite",
    ),
    "constant": (write_npz(images=np.full((40, 4, 4), 0.5)), "all its values are 0.5"),
    "one row": (write_npz(images=pictures(1, 4, 4)), "there is 1 usable picture"),
    "no pixels": (write_npz(images=np.zeros((40, 0, 4), np.uint8)), r"its shape is \[40, 0, 4\]"),
    "liar": (liar, "holds 3 bytes, and its header promises 10,000,000,000"),
    "no header": (member(b"numbers"), "'images' has no readable header"),
    "broken": (broken, "'images' (has no readable header|is corrupt)"),
    "another packing": (lzma, "packed in another way than stored or deflate"),
    "bomb": (bomb, "holds 20,000,000 bytes, and its header promises 20,480,000"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_in_an_npz_file_is_one_sentence(tmp_path, name):
    make, sentence = TRAPS[name]
    make(tmp_path / "trap.npz")
    with pytest.raises(ValueError, match=sentence) as raised:
        data.load(str(tmp_path / "trap.npz"))
    assert str(raised.value).startswith("trap.npz cannot be used: ")
    assert "\n" not in str(raised.value)


def write_pictures(folder, count=40, mode="RGB", folders=("dog", "cat")):
    """Grey pictures of 5 × 4 pixels, shared out among the folders in turn."""
    shape = (4, 5, 3) if mode == "RGB" else (4, 5)
    for i in range(count):
        place = folder / folders[i % len(folders)]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full(shape, 3 * i, np.uint8)).save(place / f"{i:03}.png")


@pytest.mark.parametrize(("mode", "channels"), [("RGB", 1), ("L", 1)])
def test_a_folder_of_grey_pictures_is_grey_and_its_folders_are_classes(tmp_path, mode, channels):
    write_pictures(tmp_path / "pets", mode=mode)
    train = data.load(str(tmp_path / "pets"), "train")
    assert train.shape == (channels, 4, 5)
    assert train.classes == ("cat", "dog")
    assert (train.labels == (train.images[:, 0, 0, 0] // 3 + 1) % 2).all()


TAKEN = {
    "another name": ({"scans": pictures(40, 4, 4)}, "'scans', the largest, is taken"),
    "floats up to 255": ({"images": pictures(40, 4, 4, dtype=np.float32)}, "Values 0 to 255"),
    "integers": ({"images": pictures(40, 4, 4, dtype=np.int32)}, "Values 0 to 255"),
    "bits as bytes": ({"images": pictures(40, 4, 4) % 2}, "Values 0 to 1"),
    "negative labels": ({"images": pictures(40, 4, 4), "y": np.full(40, -1)}, "Values 0 to 255"),
    "labels of another length": ({"images": pictures(40, 4, 4), "labels": np.zeros(3, int)}, "Not used: labels"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_the_library_takes_is_taken_and_said(tmp_path, name):
    arrays, said = TAKEN[name]
    np.savez(tmp_path / "own.npz", **arrays)
    own = data.load(str(tmp_path / "own.npz"))
    assert own.shape == (1, 4, 4)
    assert own.labels is None
    assert any(said in note for note in own.notes)


def test_a_picture_of_another_size_is_brought_to_the_size_of_all(tmp_path):
    write_pictures(tmp_path / "pets")
    Image.new("RGB", (9, 9)).save(tmp_path / "pets" / "dog" / "zebra.png")
    own = data.load(str(tmp_path / "pets"))
    assert own.shape == (1, 32, 32)
    assert "They are resized to 32 × 32 pixels." in own.notes
    assert data.load(f"{tmp_path / 'pets'}?side=16").shape == (1, 16, 16)


def test_a_file_that_is_no_picture_is_named(tmp_path):
    write_pictures(tmp_path / "pets")
    (tmp_path / "pets" / "dog" / "fake.png").write_bytes(b"GIF89a")
    own = data.load(str(tmp_path / "pets"))
    assert any("'fake.png'; it cannot be read as PNG, JPEG or WebP" in said for said in own.notes)


def test_an_empty_folder_says_what_it_needs(tmp_path):
    with pytest.raises(ValueError, match="cannot be used: there are no pictures in it"):
        data.load(str(tmp_path))


def test_a_folder_of_idx_files(tmp_path):
    for prefix, n in (("train", 60), ("t10k", 40)):
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(idx(pictures(n, 5, 5)))
        (tmp_path / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(pictures(n) % 3)))
    train, test = (data.load(str(tmp_path), split) for split in ("train", "test"))
    assert (len(train), len(test), train.shape, test.classes) == (60, 40, (1, 5, 5), ("0", "1", "2"))


def test_the_splits_of_an_idx_folder_share_their_classes(tmp_path):
    for prefix, n, label in (("train", 60, 4), ("t10k", 40, 2)):
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(idx(pictures(n, 5, 5)))
        (tmp_path / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(np.full(n, label, np.uint8)))
    train, test = (data.load(str(tmp_path), split) for split in ("train", "test"))
    assert train.classes == test.classes == ("2", "4")
    assert ((train.labels == 1).all(), (test.labels == 0).all()) == (True, True)


def test_an_idx_folder_without_the_split_is_split_and_wrong_labels_are_not_used(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(pictures(60, 5, 5)))
    assert data.load(str(tmp_path)).labels is None
    assert len(data.load(str(tmp_path), "test")) == 12
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(pictures(59)))
    own = data.load(str(tmp_path))
    assert own.labels is None
    assert any("uint8 [59], expected one whole number or word for each of the 60" in said for said in own.notes)


def picture(**changes) -> Image.Image:
    """A picture of 5 × 4 pixels like those of `write_pictures`, in colour."""
    return Image.new(**({"mode": "RGB", "size": (5, 4), "color": (10, 20, 30)} | changes))


def test_hidden_files_and_other_files_are_passed_over(tmp_path):
    write_pictures(tmp_path / "pets")
    before = data.load(str(tmp_path / "pets")).sha256
    picture(size=(9, 9)).save(tmp_path / "pets" / "dog" / "._000.png")
    (tmp_path / "pets" / "notes.txt").write_text("about the pets")
    assert data.load(str(tmp_path / "pets")).sha256 == before


def test_transparent_pixels_are_white_and_one_colour_picture_makes_the_set_colour(tmp_path):
    write_pictures(tmp_path, mode="L", folders=("",))
    picture(mode="RGBA", color=(200, 0, 0, 0)).save(tmp_path / "clear.png")
    picture().save(tmp_path / "colour.webp", lossless=True)
    parts = [data.load(str(tmp_path), split) for split in ("train", "test")]
    assert parts[0].shape == (3, 4, 5)
    assert parts[0].labels is None
    colours = {tuple(p[:, 0, 0].tolist()) for part in parts for p in part.images}
    assert {(255, 255, 255), (10, 20, 30)} <= colours
    assert (200, 0, 0) not in colours


def test_a_photograph_stands_upright_as_its_camera_says(tmp_path):
    write_pictures(tmp_path, folders=("",))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees: the file is 4 × 5, the picture 5 × 4
    picture(size=(4, 5)).save(tmp_path / "turned.jpg", exif=exif)
    assert data.load(str(tmp_path)).shape == (3, 4, 5)


LEFT_OUT = {
    "large.png": (picture(mode="1", size=(4001, 4000), color=0), "it has more than 16 megapixels"),
    "ribbon.png": (picture(size=(900, 4)), "expected sides that differ less"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_picture_that_is_too_large_or_too_long_is_left_out_and_named(tmp_path, name):
    write_pictures(tmp_path, folders=("",))
    made, sentence = LEFT_OUT[name]
    made.save(tmp_path / name)
    own = data.load(str(tmp_path))
    assert len(own) == 32
    assert any(name in said and sentence in said for said in own.notes)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_picture_that_is_cut_short_is_left_out_and_named(tmp_path, suffix):
    write_pictures(tmp_path, folders=("",))
    buffer = io.BytesIO()
    Image.fromarray(pictures(4, 5, 3)).save(buffer, {"jpg": "jpeg"}.get(suffix, suffix))
    (tmp_path / f"torn.{suffix}").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    assert any(f"'torn.{suffix}'; it cannot be read" in said for said in data.load(str(tmp_path)).notes)


def test_pictures_beside_folders_are_a_class_and_few_are_refused(tmp_path):
    write_pictures(tmp_path / "few", count=31, folders=("",))
    with pytest.raises(ValueError, match="few cannot be used: there are 31 usable pictures, expected at least 32"):
        data.load(str(tmp_path / "few"))
    write_pictures(tmp_path / "mixed")
    picture().save(tmp_path / "mixed" / "alone.png")
    assert data.load(str(tmp_path / "mixed")).classes == ("(no folder)", "cat", "dog")
