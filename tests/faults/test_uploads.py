"""Crafted uploads in the capped process: one sentence, little time, little memory, nothing executed."""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.malicious_uploads import CRAFTED, forty, images, npz, picture, table
from tests.measured_figures import figure, timed
from tests.promise_cases import few
from tests.sample_uploads import SEEDS
from vae_core.data.uploaded import read_cleaned
from vae_core.readers.schema import Preview
from vae_core.uploads import sandbox
from vae_core.uploads.sandbox import UploadError, read_sandboxed
from vae_core.uploads.sandbox_worker import READERS

TURNED = Image.Exif()
TURNED[0x0112] = 6
SECONDS, PEAK = 2.0, 300e6  # of the process that reads, processor time and bytes

# Each way of taking time or memory, or of being executed, and each kind of file that is used; the others are promises.
HELD_IN = (
    "zip: files larger than they say",
    "zip: overlapping files",
    "zip: symbolic links",
    "pictures: one PNG of 16 megapixels",
    "pictures: some cut PNGs",
    "array: an array of objects",
    "array: a header that runs a program",
    "array: labels that are HTML",
    "table: 2,000,000 rows",
    "table: an old pickle",
    "model: a pickle as weights",
    "model: a bomb as weights",
    "model: sound weights",
)
# Too long to be read twice in an ordinary run.
LONG = ("table: numbers in doubt", "table: numbers in doubt among words")
# What took far more than was promised once.
SCANS = ("pictures: JPEGs of many scans", "pictures: large JPEGs of some scans")
MEMBERS = ("model: a run among 5,000 files",)


def asked(name: str) -> tuple[str, dict[str, Any]]:
    """What is asked of the reader: the kind of upload, and the choices."""
    return ("model", {"data": ["digits"]}) if name.startswith("model:") else ("data", {})


_measured: dict[str, tuple[float, float, str]] = {}


@pytest.fixture(scope="module", autouse=True)
def figures() -> Iterator[None]:
    """Print the worst of all cases at the end."""
    yield
    if _measured:
        slowest = max(_measured, key=lambda name: _measured[name][0])
        largest = max(_measured, key=lambda name: _measured[name][1])
        refused = sum(sentence != "" for _, _, sentence in _measured.values())
        print(
            f"\n{len(_measured)} crafted uploads, {refused} refused: at most {_measured[slowest][0]:.2f} s of the "
            f"processor ({slowest}), at most {_measured[largest][1] / 1e6:.0f} MB ({largest})"
        )
        if timed():
            figure("uploads.slowest", _measured[slowest][0], "<=", SECONDS, "s")
            if SCANS[0] in _measured:
                figure("uploads.scans", slowest_of(SCANS), "<=", SECONDS, "s")
            if MEMBERS[0] in _measured:
                figure("uploads.members", slowest_of(MEMBERS), "<=", SECONDS, "s")
            if LONG[0] in _measured:
                figure("uploads.doubtful-numbers", slowest_of(LONG), "<=", SECONDS, "s")
        figure("uploads.largest", _measured[largest][1] / 1e6, "<=", PEAK / 1e6, "MB")


def slowest_of(names: tuple[str, ...]) -> float:
    return max(_measured[name][0] for name in names if name in _measured)


def test_there_are_enough_of_them() -> None:
    figure("uploads.crafted", len(CRAFTED), ">=", 60)


@pytest.mark.parametrize("name", few(CRAFTED, set(CRAFTED) - set(LONG)))
def test_a_crafted_upload_is_used_or_refused_with_its_sentence(name: str, tmp_path: Path) -> None:
    """By the reader itself, without what holds it in."""
    make, words = CRAFTED[name]
    content = make(tmp_path / "marker")
    assert len(content) <= sandbox.MOST_UPLOAD
    kind, choices = asked(name)
    sentence, told = "", {}
    try:
        told, arrays = READERS[kind](io.BytesIO(content), choices)
    except ValueError as error:
        sentence = " ".join(str(error).split())
    assert not (tmp_path / "marker").exists(), "something was executed"
    if words is not None:
        assert re.search(words, sentence), sentence
        assert one_sentence(sentence)
        return
    assert sentence == ""
    if kind == "model":
        assert told["config"]["data"]["name"] == "unknown"
        return
    preview = Preview.from_json(told)
    assert arrays["images"].shape == (preview.count, *preview.shape)
    assert all(one_sentence(said) for said in (*preview.found, *preview.done, *preview.warnings))


@pytest.mark.parametrize("name", few(CRAFTED, HELD_IN))
def test_a_crafted_upload_gives_a_sentence_and_does_no_harm(name: str, tmp_path: Path) -> None:
    make, words = CRAFTED[name]
    marker, arrays = tmp_path / "marker", tmp_path / "arrays.safetensors"
    content = make(marker)
    assert len(content) <= sandbox.MOST_UPLOAD
    (tmp_path / "upload").write_bytes(content)
    with (tmp_path / "upload").open("rb") as upload:
        try:
            kind, choices = asked(name)
            answer = read_sandboxed(kind, upload, choices, arrays)
            sentence, seconds, peak = "", answer.seconds, answer.peak
        except UploadError as refused:
            sentence, seconds, peak = str(refused), refused.seconds, refused.peak
    print(f"{name}: {seconds:.2f} s, {peak / 1e6:.0f} MB, {sentence or 'used'}")
    _measured[name] = (seconds, peak, sentence)
    assert not marker.exists(), "something was executed"
    assert seconds <= SECONDS or not timed()
    assert peak <= PEAK
    if sentence:
        assert words is not None
        assert re.search(words, sentence), sentence
        assert one_sentence(sentence)
        assert not arrays.exists()
    else:
        assert words is None
        if kind == "model":
            assert answer.told["config"]["data"]["name"] == "unknown"
            return
        preview = Preview.from_json(answer.told)
        images = read_cleaned(arrays, preview).images
        assert images.shape == (preview.count, *preview.shape)
        assert all(one_sentence(said) for said in (*preview.found, *preview.done, *preview.warnings))
    assert {path.name for path in tmp_path.iterdir()} <= {"upload", "arrays.safetensors"}


SOUND = {
    **SEEDS,
    "turned JPEGs": forty(lambda n: picture(20, 30, "JPEG", exif=TURNED), "jpg"),
    "turned PNGs": forty(lambda n: picture(20, 30, exif=TURNED)),
    "turned WebPs": forty(lambda n: picture(20, 30, "WEBP", exif=TURNED), "webp"),
    "MPO by another name": forty(lambda n: picture(20, 30, "MPO"), "jpg"),
    "a table in UTF-16": "a;b\n".encode("utf-16") + "".join(f"{n},5;{n % 7}\n" for n in range(60)).encode("utf-16-le"),
    "a table in Latin letters": "größe,b\n".encode("cp1252") + table(40, 2),
    "words as labels": npz(images=images(40, 8, 8), y=np.array(["ä", "b"] * 20)),
    "large floats": npz(images=np.linspace(-3, 900, 40 * 70 * 80, dtype=np.float32).reshape(40, 70, 80)),
}
CHOICES = [
    {},
    {"side": 16, "fit": "pad", "colour": "grey"},
    {"side": 24, "fit": "crop", "colour": "colour", "scale": "all"},
]


USED = ("csv of other countries", "turned JPEGs", "MPO by another name", "a table in UTF-16")


@pytest.mark.parametrize("name", few(SOUND, USED))
def test_sound_uploads_need_nothing_that_is_locked_away(name: str, tmp_path: Path) -> None:
    (tmp_path / "upload").write_bytes(SOUND[name])
    for n, choices in enumerate(CHOICES):
        with (tmp_path / "upload").open("rb") as upload:
            answer = read_sandboxed("data", upload, choices, tmp_path / f"{n}.safetensors")
        assert answer.seconds > 0
        read_cleaned(tmp_path / f"{n}.safetensors", Preview.from_json(answer.told))


def one_sentence(said: str) -> bool:
    return said.isprintable() and 0 < len(said) <= 400 and "Traceback" not in said and "Error" not in said


def test_a_reader_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_PATIENCE", 0.01)
    (tmp_path / "upload").write_bytes(b"a,b\n" + b"1,2\n" * 100)
    with (tmp_path / "upload").open("rb") as upload, pytest.raises(UploadError, match="more than ten seconds"):
        read_sandboxed("data", upload, {}, tmp_path / "arrays.safetensors")
    assert {path.name for path in tmp_path.iterdir()} == {"upload"}


def test_what_is_too_large_is_not_read_at_all(tmp_path: Path) -> None:
    with (tmp_path / "upload").open("w+b") as upload:
        os.truncate(upload.fileno(), sandbox.MOST_UPLOAD + 1)
        with pytest.raises(UploadError, match=r"25\.0 MiB, expected at most 25\.0 MiB"):
            read_sandboxed("data", upload, {}, tmp_path / "arrays.safetensors")
