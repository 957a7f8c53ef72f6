"""Files as people bring them: what each becomes, or its one sentence, in the Library and on the command line alike."""

import gzip
import importlib
import io
import pickle
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sample_uploads import encoded, idx, noise, npy, npz, zipped
from vae_core import data
from vae_core.data import uploaded
from vae_core.data.uploaded import read_cleaned
from vae_core.readers import limits
from vae_core.readers.read import read
from vae_core.readers.schema import Choices, Cleaned, Notes, Preview, class_places
from vae_core.uploads import store
from vae_core.uploads.sandbox import read_sandboxed

rng = np.random.default_rng(13)
N = 60
FLOATS = rng.normal(size=(N, 3)).round(4)
KINDS = ["red", "green", "blue"]


def lines(*rows: str, body: Callable[[int], str], count: int = N, end: str = "\n") -> bytes:
    return end.join([*rows, *(body(n) for n in range(count))]).encode()


def row(n: int, separator: str = ",") -> str:
    return separator.join(map(str, FLOATS[n]))


@dataclass(frozen=True)
class Case:
    """A file by its name, and what is right: parts of the preview, and words of its sentences."""

    name: str
    make: Callable[[], bytes]
    right: dict[str, Any] = field(default_factory=dict)
    says: str = ""
    values: dict[str, list[float]] = field(default_factory=dict)  # of a column's first rows
    choices: dict[str, Any] = field(default_factory=dict)
    held_out: int | None = None  # of PIXELS, from which place on


XYZ = {"columns": ("x", "y", "z"), "count": N}
XYZW = {"columns": ("x", "y", "z", "w")}
INDEX = XYZ | {"left_out": ("column 1",)}
GROUPED = [1651, 960, 2_374_000, 3582.5]


def grouped(n: int, group: str, point: str) -> str:
    """A number of a country in which thousands are parted."""
    value = GROUPED[n % 4]
    return f"{value:,.1f}".removesuffix(".0").translate(str.maketrans({",": group, ".": point}))


def thousands(group: str, point: str, separator: str) -> Callable[[], bytes]:
    return lambda: lines(f"pay{separator}b", body=lambda n: f"{grouped(n, group, point)}{separator}{n}")


def quoted_thousands() -> bytes:
    return lines("pay,b", body=lambda n: f'"{grouped(n, ",", ".")}",{n}')


def gaps_in(count: int) -> Callable[[], bytes]:
    """A table whose last column, w, has no value in so many rows."""
    return lambda: lines("x,y,z,w", body=lambda n: f"{row(n)},{'' if n < count else 2 * n}")


PAY = {"pay": GROUPED}
TABLES = [
    # 1. numbers of the rows
    Case("index of pandas.csv", lambda: lines(",x,y,z", body=lambda n: f"{n},{row(n)}"), INDEX, "only names the rows"),
    Case("index of R.csv", lambda: lines('"","x","y","z"', body=lambda n: f'"{n + 1}",{row(n)}'), INDEX),
    Case(
        "index of pandas twice.csv",
        lambda: lines("Unnamed: 0,x,y,z", body=lambda n: f"{n},{row(n)}"),
        XYZ | {"left_out": ("Unnamed: 0",)},
    ),
    Case(
        "an id.csv",
        lambda: lines("x,y,z,Id", body=lambda n: f"{row(n)},{n * 7919 % 1000}"),
        XYZ | {"left_out": ("Id",)},
    ),
    Case("rows left after a filter.csv", lambda: lines(",x,y,z", body=lambda n: f"{n * n},{row(n)}"), INDEX),
    Case(
        "days.csv",
        lambda: lines("day,x", body=lambda n: f"{n},{FLOATS[n, 0]}"),
        {"columns": ("day", "x")},
        "number the rows",
    ),
    Case(
        "the index is wanted.csv",
        lambda: lines(",x,y,z", body=lambda n: f"{n},{row(n)}"),
        {"columns": ("column 1", "x", "y", "z"), "left_out": ()},
        choices={"left_out": ()},
    ),
    # 2. empty columns and columns that cost the rows
    Case("comma at the end of the header.csv", lambda: lines("x,y,z,", body=row), XYZ),
    Case("comma at the end of rows.csv", lambda: lines("x,y,z", body=lambda n: row(n) + ","), XYZ),
    Case("commas everywhere.csv", lambda: lines("x,y,z,,", body=lambda n: row(n) + ",,"), XYZ),
    Case(
        "a named empty column.csv", lambda: lines("x,y,z,Unnamed: 32", body=lambda n: row(n) + ","), XYZ, "Unnamed: 32"
    ),
    Case(
        "a column with gaps.csv",
        lambda: lines("x,y,z,w", body=lambda n: f"{row(n)},{n if n % 10 == 0 else ''}"),
        XYZ | {"left_out": ("w",)},
        r"no value there: w \(54 of 60\)",
    ),
    Case(
        "a column that costs some rows.csv", gaps_in(15), XYZW | {"count": 45}, r"w has no number in 15 of them: leave"
    ),
    Case(
        "a column that leaves too few rows.csv",
        gaps_in(29),
        XYZ | {"left_out": ("w",)},
        r"no value there: w \(29 of 60",
    ),
    Case(
        "a column that leaves too few rows is wanted.csv",
        gaps_in(29),
        says="31 of its 60 rows have a number in every column, expected at least 32: w has none in 29",
        choices={"left_out": ()},
    ),
    Case(
        "years of the World Bank.csv",
        lambda: lines(
            '"Data Source","Indicators",',
            "",
            '"Last Updated Date","2024",',
            "",
            '"Country Name","Country Code","1960","1961","1962","1963",',
            body=lambda n: f'"Land {n}","L{n}","{n + 0.5}","{n % 7}","","{3 * n}",',
        ),
        {"columns": ("1960", "1961", "1963"), "count": N, "classes": ()},
        "1962",
    ),
    # 4. words that are no classes
    Case(
        "months.csv",
        lambda: lines("date,x,y,z", body=lambda n: f"2{n:03d}-01-01,{row(n)}"),
        XYZ | {"classes": ()},
        "are dates",
    ),
    Case(
        "names.csv",
        lambda: lines("model,x,y,z", body=lambda n: f"Car {n},{row(n)}"),
        XYZ | {"classes": ()},
        "60 different words",
    ),
    Case(
        "names and kinds.csv",
        lambda: lines("model,x,y,z,colour", body=lambda n: f"Car {n},{row(n)},{KINDS[n % 3]}"),
        XYZ | {"classes": ("blue", "green", "red"), "labels_from": "colour"},
    ),
    # 7. thousands of every country
    Case("US.tsv", thousands(",", ".", "\t"), {"count": N}, values=PAY),
    Case("US quoted.csv", quoted_thousands, {"count": N}, values=PAY),
    Case("Germany.csv", thousands(".", ",", ";"), {"count": N}, values=PAY),
    Case("Switzerland.csv", thousands("'", ".", ","), {"count": N}, values=PAY),
    Case("Switzerland, curly.csv", thousands("’", ".", ","), {"count": N}, values=PAY),
    Case("France.csv", thousands("\u202f", ",", ";"), {"count": N}, values=PAY),
    Case("Poland.csv", thousands("\u00a0", ",", ";"), {"count": N}, values=PAY),
    Case("Sweden.csv", thousands(" ", ",", ";"), {"count": N}, values=PAY),
    Case("thin.tsv", thousands("\u2009", ".", "\t"), {"count": N}, values=PAY),
    Case(
        "India has no groups of three.csv",
        lambda: lines("a;b", body=lambda n: f"{n},5;{n}"),
        {},
        values={"a": [0.5, 1.5]},
    ),
    Case(
        "either.tsv",
        lambda: lines("pay\tage", body=lambda n: f"{'960' if n % 5 == 2 else f'{n % 9 + 1},{651 + n}'}\t{40 + n % 7}"),
        {"marks": "1,651 in pay", "marks_read": "thousands"},
        "could also have a decimal mark",
        {"pay": [1651, 2652, 960]},
    ),
    Case(
        "either, read as decimals.tsv",
        lambda: lines("pay\tage", body=lambda n: f"{n % 9 + 1},{651 + n}\t{40 + n % 7}"),
        {"marks": "1,651 in pay", "marks_read": "decimal"},
        values={"pay": [1.651, 2.652]},
        choices={"marks": "decimal"},
    ),
    Case(
        "other columns tell.csv",
        lambda: lines("pay;price", body=lambda n: f"{n % 9 + 1},{651 + n};{n}.5"),
        {"marks": ""},
        "is read as 1651",
        {"pay": [1651, 2652], "price": [0.5, 1.5]},
    ),
    Case(
        "points in a German table.csv",
        lambda: lines("pay;price", body=lambda n: f"{n % 9 + 1}.{651 + n};{n},5"),
        {"marks": ""},
        "is read as 1651",
        {"pay": [1651, 2652], "price": [0.5, 1.5]},
    ),
    Case(
        "decimals of three places.csv",
        lambda: lines("a,b", body=lambda n: f"{n % 9 + 1}.{651 + n},{n}"),
        {"marks": ""},
        values={"a": [1.651]},
    ),
    # 9. digits without a header
    Case(
        "digits.csv",
        lambda: "\n".join(",".join(map(str, [n % 10, *r])) for n, r in enumerate(noise(N, 64).tolist())).encode(),
        {"kind": "pictures", "shape": (1, 8, 8), "classes": tuple("0123456789")},
        "read as a picture of 8 × 8",
    ),
    Case(
        "digits with an index.csv",
        lambda: lines(
            "," + ",".join(f"p{i}" for i in range(64)),
            body=lambda n: f"{n}," + ",".join(map(str, (np.arange(64) * (n + 3)) % 256)),
        ),
        {"kind": "pictures", "shape": (1, 8, 8), "left_out": ("column 1",)},
    ),
    *(
        Case(
            f"words in the last column of a table without a header.{suffix}",
            lambda: lines(body=lambda n: f"{row(n)},Iris-{KINDS[n // 20]}") + b"\n\n",
            {"columns": ("column 1", "column 2", "column 3"), "count": N, "labels_from": "column 4"}
            | {"classes": ("Iris-blue", "Iris-green", "Iris-red"), "per_class": (20, 20, 20), "left_out": ()},
        )
        for suffix in ("data", "csv")
    ),
    # 11. what stands above a table
    Case("sep.csv", lambda: lines("sep=;", "x;y;z", body=lambda n: row(n, ";")), XYZ),
    Case(
        "sep of commas.csv",
        lambda: lines("sep=,", "x,y/y,z,target", body=lambda n: f"{row(n)},{n % 3}"),
        {"columns": ("x", "y/y", "z"), "count": N, "labels_from": "target", "classes": ("0", "1", "2")},
        r"(?s)\A(?!.*Skipped)",  # the line is no title
    ),
    Case(
        "comments.csv",
        lambda: lines("# made by a machine", "# on a day", "x,y,z", body=row),
        XYZ,
        "2 lines of comments",
    ),
    Case("savetxt.csv", lambda: lines("# x,y,z", body=row), XYZ),
    Case(
        "titles.csv",
        lambda: lines("Spectrometer export 3000", "Operator: Smith", "", "x,y,z", body=row),
        XYZ,
        "2 lines above the table",
    ),
    Case("titles of a workbook.csv", lambda: lines("Report,,", ",,", "x,y,z", body=row), XYZ),
    Case("units.csv", lambda: lines("x,y,z", "cm,(mV),m/s", body=row), XYZ, r"the units cm, \(mV\), m/s"),
    Case("write.table of R.txt", lambda: lines('"x" "y" "z"', body=lambda n: f'"{n + 1}" {row(n, " ")}'), INDEX),
    Case(
        "names of cars by R.txt",
        lambda: lines('"x" "y" "z"', body=lambda n: f'"Car {n}" {row(n, " ")}'),
        XYZ | {"classes": ()},
    ),
    Case("Windows.csv", lambda: lines("x,y,z", body=row, end="\r\n"), XYZ),
    # 21. limits
    Case(
        "a long cell.csv",
        lambda: lines("x,y,z,text", body=lambda n: f'{row(n)},"{"word, " * (9999 if n == 7 else 1)}{n}"'),
        XYZ,
    ),
    Case("a story of several lines.csv", lambda: lines("x,y,z,text", body=lambda n: f'{row(n)},"one\ntwo {n}"'), XYZ),
    Case(
        "few rows.csv",
        lambda: lines("x,y", "1,2", body=row, count=0),
        says="there is 1 usable row, expected at least 32",
    ),
    Case("words.csv", lambda: lines("a,b", body=lambda n: f"w{n},v{n}"), says="none of its 2 columns holds numbers"),
    Case(
        "too wide.csv",
        lambda: lines(body=lambda n: ",".join(str((n * k) % 11) for k in range(4097)), count=40),
        says="its rows have 4,097 numbers, expected at most 4,096",
    ),
]

PIXELS = noise(N, 8, 8)
WORDS = np.array(KINDS * (N // 3))
GREY = {"kind": "pictures", "shape": (1, 8, 8)}
COLOURS = {"classes": ("blue", "green", "red")}
SPLIT = {"x_train": PIXELS[:40], "y_train": WORDS[:40], "x_test": PIXELS[40:], "y_test": WORDS[40:]}
ARRAYS = [
    Case(
        "column of labels.npz",
        lambda: npz(train_images=PIXELS, train_labels=np.arange(N)[:, None] % 3),
        {"classes": ("0", "1", "2")},
    ),
    Case(
        "one hot.npz",
        lambda: npz(x=PIXELS, y=np.eye(3, dtype=np.float32)[np.arange(N) % 3]),
        {"classes": ("0", "1", "2")},
    ),
    *(
        Case(
            f"{images}, {labels}.npz",
            lambda images=images, labels=labels: npz(**{images: PIXELS, labels: WORDS}),
            GREY | COLOURS,
        )
        for images, labels in [
            ("X", "Y"),
            ("Images", "Labels"),
            ("train_X", "train_Y"),
            ("xtrain", "ytrain"),
            ("DATA", "TARGETS"),
        ]
    ),
    Case(
        "a split of its own.npz",
        lambda: npz(**SPLIT),
        GREY | COLOURS | {"held_out": 20, "parts": True},
        "20 of 60 are held out",
    ),
    Case(
        "a third part.npz",
        lambda: npz(
            train_images=PIXELS[:40],
            train_labels=np.arange(40, dtype=np.uint8)[:, None] % 3,
            val_images=PIXELS[40:50],
            val_labels=np.arange(10, dtype=np.uint8)[:, None] % 3,
            test_images=PIXELS[50:],
            test_labels=np.arange(10, dtype=np.uint8)[:, None] % 3,
        ),
        GREY | {"classes": ("0", "1", "2"), "held_out": 10},
        "10 of 60 are held out for testing, the others are trained on",
        held_out=50,
    ),
    Case(
        "train and valid.npz",
        lambda: npz(X_valid=PIXELS[40:], X_train=PIXELS[:40], Y_train=WORDS[:40], Y_valid=WORDS[40:]),
        GREY | COLOURS | {"held_out": 20},
        "X_train, X_valid are parts of a split",
        held_out=40,
    ),
    Case("a split anew.npz", lambda: npz(**SPLIT), GREY | {"held_out": 0, "parts": True}, choices={"split": "anew"}),
    Case(
        "another array of words.npz",
        lambda: npz(images=PIXELS, colour=WORDS),
        {"classes": (), "label_columns": ("colour",)},
        "'colour' could give",
    ),
    Case(
        "another array is chosen.npz", lambda: npz(images=PIXELS, colour=WORDS), COLOURS, choices={"labels": "colour"}
    ),
    Case(
        "objects as labels.npz",
        lambda: npz(images=PIXELS, labels=WORDS.astype(object)),
        GREY | {"classes": ()},
        r"labels\.astype\(str\)\.\nNot used: labels\.$",
    ),
    Case(
        "wrong labels.npz", lambda: npz(images=PIXELS, labels=np.arange(7)), GREY | {"classes": ()}, "Not used: labels"
    ),
    Case(
        "each its own label.npz",
        lambda: npz(images=PIXELS, labels=np.arange(N)),
        GREY | {"classes": ()},
        "nearly one for each",
    ),
    Case(
        "a pickled list.npy",
        lambda: npy(np.array([{"a": 1}] * 40, object)),
        says=r"numpy\.savez\(name, images=numpy\.stack",
    ),
    Case(
        "a pickled dictionary.npy",
        lambda: npy(np.array({"images": PIXELS}, object)),
        says=r"a dictionary, .* save the arrays in it with numpy\.savez\(name, images=images, labels=labels\)$",
    ),
    Case(
        "one array for each picture.zip",
        lambda: zipped({f"{KINDS[n % 3]}/{n:03d}.npy": npy(PIXELS[n]) for n in range(N)}),
        GREY | COLOURS,
    ),
    Case("savez of a list.npz", lambda: npz(**{f"arr_{n}": PIXELS[n] for n in range(N)}), GREY),
    Case(
        "arrays in a folder.zip",
        lambda: zipped({"mine/images.npy": npy(PIXELS), "mine/labels.npy": npy(WORDS)}),
        GREY | COLOURS,
    ),
    Case(
        "pictures and an array.zip",
        lambda: zipped({f"{n}.png": encoded(PIXELS[n]) for n in range(N)} | {"codes.npy": npy(FLOATS)}),
        GREY | {"count": N},
        "no picture: arrays",
    ),
    Case(
        "MNIST with dots.zip",
        lambda: zipped(
            {
                "train-images.idx3-ubyte": idx(PIXELS[:40]),
                "train-labels.idx1-ubyte": idx(np.arange(40, dtype=np.uint8) % 4),
                "t10k-images.idx3-ubyte": idx(PIXELS[40:]),
                "t10k-labels.idx1-ubyte": idx(np.arange(20, dtype=np.uint8) % 4),
            }
        ),
        GREY | {"classes": ("0", "1", "2", "3"), "held_out": 20},
    ),
    Case(
        "MNIST packed.zip",
        lambda: zipped({"train-images-idx3-ubyte.gz": gzip.compress(idx(PIXELS))}),
        GREY | {"count": N},
    ),
    Case("one file of MNIST.gz", lambda: gzip.compress(idx(PIXELS)), GREY | {"count": N}),
]


def pictures(
    suffix: str, kind: str, folder: Callable[[int], str] = lambda n: "", **options: Any
) -> Callable[[], bytes]:
    return lambda: zipped({f"{folder(n)}{n:03d}{suffix}": encoded(PIXELS[n], kind, **options) for n in range(N)})


PETS = ["dogs", "cats"]


def parted(n: int) -> str:
    return f"pets/{'train' if n < 40 else 'Test'}/{PETS[n % 2]}/"


def wide(high: int) -> bytes:
    made = (PIXELS[:, :, :].astype(np.uint16) * 257) >> (16 - high)
    return zipped({f"{n:03d}.png": encoded(each) for n, each in enumerate(made)})


DEEP = rng.integers(0, 1 << 16, (N, 8, 8, 3)).astype(np.uint16)


def of_16_bits(pixels: np.ndarray) -> bytes:
    """A PNG of 16 bits a colour, which Pillow reads and does not write."""
    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in pixels)
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0),
        b"IDAT": zlib.compress(lines),
        b"IEND": b"",
    }
    framed = (struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in parts.items())
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def deep() -> bytes:
    return zipped({f"{n:03d}.png": of_16_bits(each) for n, each in enumerate(DEEP)})


def named(*names: str, encoding: str) -> Callable[[], bytes]:
    """A zip whose names are bytes of an encoding that it does not tell."""
    folders = [name.encode(encoding) for name in names]
    return lambda: raw_zip({folders[n % len(folders)] + b"/%03d.png" % n: encoded(PIXELS[n]) for n in range(N)})


def raw_zip(files: dict[bytes, bytes]) -> bytes:
    """A stored zip, without the flag of names in UTF-8."""
    out, directory = bytearray(), bytearray()
    for name, content in files.items():
        size = len(content)
        head = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, zlib.crc32(content), size, size, len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + name
        out += b"PK\x03\x04" + head + name + content
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(out), 0)
    return bytes(out + directory + b"PK\x05\x06" + end)


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.png"))
    return out.getvalue()


TABLE = lines("x,y,z", body=row)
ARCHIVES = [
    Case(
        "train and test.zip",
        pictures(".png", "PNG", parted),
        GREY | {"classes": ("cats", "dogs"), "held_out": 20},
        "parts of a split",
        held_out=40,
    ),
    Case(
        "train, val and test.zip",
        pictures(".png", "PNG", lambda n: f"pets/{['train', 'val', 'test'][max(0, n // 10 - 3)]}/{PETS[n % 2]}/"),
        GREY | {"classes": ("cats", "dogs"), "held_out": 10},
        "test, train, val are parts of a split: 10 of 60 are held out for testing, the others are trained on",
        held_out=50,
    ),
    Case(
        "training and validation.zip",
        pictures(".png", "PNG", lambda n: f"{'Training' if n < 40 else 'Validation'}/{PETS[n % 2]}/"),
        GREY | {"classes": ("cats", "dogs"), "held_out": 20},
        held_out=40,
    ),
    Case(
        "the split as classes.zip",
        pictures(".png", "PNG", parted),
        {"classes": ("Test", "train")},
        choices={"labels": "folders Test, train"},
    ),
    Case("train alone.zip", pictures(".png", "PNG", lambda n: f"train/{KINDS[n % 3]}/"), COLOURS | {"held_out": 0}),
    Case(
        "train and test without classes.zip",
        pictures(".png", "PNG", lambda n: "train/" if n < 40 else "test/"),
        {"classes": (), "held_out": 20},
    ),
    Case("a folder for each.zip", pictures(".png", "PNG", lambda n: f"{n}/"), {"classes": ()}, "nearly one for each"),
    *(
        Case(f"{kind}{suffix}.zip", pictures(suffix, kind), GREY | {"count": N})
        for suffix, kind in [
            (".jfif", "JPEG"),
            ("", "PNG"),
            ("", "JPEG"),
            (".pgm", "PPM"),
            (".bmp", "BMP"),
            (".tif", "TIFF"),
            (".gif", "GIF"),
            (".PNG", "PNG"),
        ]
    ),
    Case(
        "HEIC.zip",
        lambda: zipped({f"{n}.heic": b"\0\0\0\x18ftypheic" + bytes(40) for n in range(N)}),
        says="60 of its 60 files are HEIC: save the pictures as PNG",
    ),
    Case("12 bits.zip", lambda: wide(12), GREY, "the smallest becomes black"),
    Case("16 bits.zip", lambda: wide(16), GREY),
    Case(
        "16 bits a colour.zip",
        deep,
        {"count": N, "shape": (3, 8, 8)},
        "60 files are of 16 bits a colour: the upper 8 are used",
    ),
    Case("UTF-8 without its flag.zip", named("größe", "ächt", encoding="utf-8"), {"classes": ("größe", "ächt")}),
    Case(
        "Chinese.zip",
        named("猫的图片", "狗的图片", encoding="gbk"),
        {"classes": ("狗的图片", "猫的图片")},
        "read as Chinese",
    ),
    Case(
        "Japanese.zip",
        named("ねこ写真", "いぬ写真", encoding="cp932"),
        {"classes": ("いぬ写真", "ねこ写真")},
        "read as Japanese",
    ),
    Case(
        "Russian.zip", named("Кошки", "Собаки", encoding="cp866"), {"classes": ("Кошки", "Собаки")}, "read as Cyrillic"
    ),
    Case(
        "Thai.zip",
        named("แมว", "สุนัข", encoding="cp874"),
        {"count": N, "per_class": (30, 30)},
        "does not say how its names are encoded: they may look wrong",
    ),
    Case("German.zip", named("Größe", "Bär", encoding="cp437"), {"classes": ("Bär", "Größe")}),
    Case(
        "a table.zip", lambda: zipped({"archive/iris.csv": TABLE, "archive/README.md": b"about"}), XYZ, "holds iris.csv"
    ),
    Case("a packed table.csv.gz", lambda: gzip.compress(TABLE), XYZ),
    Case("arrays in an archive.zip", lambda: zipped({"mnist.npz": npz(images=PIXELS, labels=WORDS)}), GREY | COLOURS),
    Case(
        "tables.zip",
        lambda: zipped({"a.csv": TABLE, "b.csv": TABLE}),
        says="the files a.csv, b.csv; unpack it and choose one",
    ),
    Case(
        "archives.zip",
        lambda: zipped({f"{n}.zip": zipped({"a.csv": TABLE}) for n in range(3)}),
        says="the archives 0.zip, 1.zip, 2.zip",
    ),
    Case(
        "a workbook.csv",
        lambda: zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
        says="Excel workbook: save the sheet as CSV",
    ),
    Case(
        "weights.pt",
        lambda: zipped({"archive/data.pkl": b"\x80\x02", "archive/data/0": bytes(9)}),
        says=r"PyTorch file.*numpy\.savez",
    ),
    Case("a pickle.data", lambda: pickle.dumps([1, 2]), says=r"a pickle, which is never opened here: save the arrays"),
    Case("a matrix.mat", lambda: b"MATLAB 5.0 MAT-file" + bytes(500), says="a MATLAB file: save the arrays"),
    Case("a tar.tar", tar, says="a tar archive: unpack it"),
    Case("a tar.tgz", lambda: gzip.compress(tar()), says="a tar archive: unpack it"),
    Case("one picture.png", lambda: encoded(PIXELS[0]), says="one picture: pack 32 or more as zip"),
    Case("a body mass.csv", lambda: lines("BMI,GIF8,PAR1", body=row), {"columns": ("BMI", "GIF8", "PAR1")}),
]
CASES = [*TABLES, *ARRAYS, *ARCHIVES]


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_becomes_what_is_right_in_the_library_and_on_the_command_line(case: Case, tmp_path: Path) -> None:
    content = case.make()
    path = tmp_path / case.name
    path.write_bytes(content)
    if not case.right and not case.values:
        with pytest.raises(ValueError, match=case.says) as by_library:
            read(io.BytesIO(content), Choices(**case.choices))
        with pytest.raises(ValueError, match=case.says) as by_command:
            data.load(named_with(str(path), case.choices))
        assert str(by_command.value).endswith(f"cannot be used: {by_library.value}")
        return
    got = read(io.BytesIO(content), Choices(**case.choices))
    preview = got.preview
    assert {name: getattr(preview, name) for name in case.right} == case.right, preview
    said = "\n".join((*preview.found, *preview.done, *preview.warnings))
    assert re.search(case.says, said), said
    for column, values in case.values.items():
        at = preview.columns.index(column)
        step = (preview.high[at] - preview.low[at]) / 255
        back = preview.low[at] + got.images[: len(values), 0, 0, at] * step
        assert back == pytest.approx(values, abs=0.51 * step)
        assert preview.low[at] <= min(values)
        assert preview.high[at] >= max(values)
    if case.held_out is not None:
        assert as_bytes(got.images[got.held_out == 1]) == as_bytes(PIXELS[case.held_out :])
    require_alike(got, str(path), case.choices)


def as_bytes(images: np.ndarray) -> list[bytes]:
    return sorted(each.tobytes() for each in images)


def named_with(path: str, choices: dict[str, Any]) -> str:
    """The name of data with its choices, as the command line takes it."""
    flat = [(k, v) for k, v in choices.items() if k != "left_out"]
    flat += [("left_out", v) for v in choices.get("left_out", ()) or ([""] if "left_out" in choices else [])]
    return f"{path}?{urlencode(flat)}" if flat else path


def require_alike(got: Cleaned, path: str, choices: dict[str, Any]) -> None:
    """The command line gives the same pictures, classes and sentences."""
    train, test = (data.load(named_with(path, choices), split) for split in ("train", "test"))
    assert len(train) + len(test) == got.preview.count
    assert train.classes == test.classes == got.preview.classes
    assert sorted([*as_bytes(train.images), *as_bytes(test.images)]) == as_bytes(got.images)
    if got.held_out is not None:
        np.testing.assert_array_equal(test.images, got.images[got.held_out == 1])
    assert set(got.preview.warnings) <= set(train.notes)


def has_plain_names(case: Case) -> bool:
    """Whether unpacking gives the names that are meant: others would have to be guessed again."""
    with zipfile.ZipFile(io.BytesIO(case.make())) as archive:
        return all(name.isascii() for name in archive.namelist())


ARCHIVED = [c for c in CASES if c.name.endswith((".zip", ".npz")) and c.right][::4]


@pytest.mark.parametrize("case", [*filter(has_plain_names, ARCHIVED)], ids=lambda c: c.name)
def test_a_folder_is_read_as_an_archive_of_the_same_files(case: Case, tmp_path: Path) -> None:
    content = case.make()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "folder")
    require_alike(read(io.BytesIO(content), Choices(**case.choices)), str(tmp_path / "folder"), case.choices)


LOCKED_IN = (
    "Chinese",
    "Japanese",
    "Russian",
    "TIFF",
    "GIF",
    "PPM",
    "BMP",
    "MNIST packed",
    "packed table",
    "France",
    "units",
)


@pytest.mark.parametrize("name", LOCKED_IN)
def test_the_process_that_reads_uploads_needs_nothing_that_is_locked_away(name: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if name in case.name)
    (tmp_path / "upload").write_bytes(case.make())
    with (tmp_path / "upload").open("rb") as upload:
        answer = read_sandboxed("data", upload, case.choices, tmp_path / "arrays.safetensors")
    preview = Preview.from_json(answer.told)
    assert {name: getattr(preview, name) for name in case.right} == case.right
    assert len(read_cleaned(tmp_path / "arrays.safetensors", preview).images) == N


def test_a_split_that_comes_with_the_pictures_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_LAB_UPLOADS", str(tmp_path / "uploads"))
    (tmp_path / "upload").write_bytes(pictures(".png", "PNG", parted)())
    with (tmp_path / "upload").open("rb") as upload:
        mine = store.save(store.read_draft(upload, Choices(), "me"), "Pets", "pets.zip", "me")
    train, test = (data.load(mine.name, split) for split in ("train", "test"))
    assert (len(train), len(test), uploaded.training_count(mine.preview)) == (40, 20, 40)
    assert as_bytes(test.images) == as_bytes(PIXELS[40:])


def test_bits_beyond_8_follow_the_rule_for_arrays() -> None:
    made = (PIXELS.astype(np.uint16) * 257) >> 4
    files = zipped({f"{n:03d}.png": encoded(each) for n, each in enumerate(made)})
    np.testing.assert_array_equal(
        read(io.BytesIO(files), Choices()).images, read(io.BytesIO(npy(made)), Choices()).images
    )


def test_of_16_bits_a_colour_the_upper_8_are_used() -> None:
    images = read(io.BytesIO(deep()), Choices()).images
    np.testing.assert_array_equal(images, (DEEP >> 8).transpose(0, 3, 1, 2))


@pytest.mark.slow
def test_ten_thousand_digits_as_a_table_are_read() -> None:
    one = ",".join(str(v) for v in noise(1, 784)[0].tolist())
    content = "\n".join(f"{n % 10},{one}" for n in range(10_000)).encode()
    got = read(io.BytesIO(content), Choices())
    assert (got.preview.count, got.preview.shape, len(got.preview.classes)) == (10_000, (1, 28, 28), 10)


def test_choices_of_the_command_line_are_checked(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(TABLE)
    for wrong, sentence in {
        "labels=w": "there is no column 'w'",
        "left_out=w": "there is no column 'w'",
        "sise=3": "'sise' cannot be chosen",
        "marks=x": "marks is 'x', expected one of auto, thousands, decimal",
        "nonsense": "'nonsense' cannot be chosen",
    }.items():
        with pytest.raises(ValueError, match=sentence):
            data.load(f"{tmp_path / 't.csv'}?{wrong}")


def test_the_limit_is_one_number_that_a_server_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    before = (limits.CLEANED, limits.UNPACKED, limits.READING)
    monkeypatch.setenv(limits.VARIABLE, "128")
    try:
        importlib.reload(limits)
        assert tuple(2 * each for each in before) == (limits.CLEANED, limits.UNPACKED, limits.READING)
        monkeypatch.setenv(limits.VARIABLE, "much")
        with pytest.raises(ValueError, match="VAE_LAB_DATA_MB is 'much', expected a whole number of megabytes"):
            importlib.reload(limits)
    finally:
        monkeypatch.delenv(limits.VARIABLE)
        importlib.reload(limits)


@given(st.permutations(["nan", "10", "9", "-inf", "NaN", "a", "1e3"]))
def test_classes_have_one_order_whatever_came_first(names: list[str]) -> None:
    labels, classes, _ = class_places([*names, *names], Notes())
    assert classes == ("-inf", "9", "10", "1e3", "NaN", "a", "nan")
    assert [classes[k] for k in labels] == [*names, *names]
