"""Uploads that were made to do harm, or are broken: each a function of a marker file that must never appear."""

import functools
import io
import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import save as serialize

HTML = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
_rng = np.random.default_rng(0)


class Payload:
    """Unpickling it makes the marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


def picture(width: int = 8, height: int = 8, kind: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    noise = Image.fromarray(_rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    out = io.BytesIO()
    noise.convert(mode).save(out, kind, **options)
    return out.getvalue()


def zipped(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def forty(content: bytes | Callable[[int], bytes], suffix: str = "png", good: int = 0) -> bytes:
    """Forty files, of which the first `good` are sound pictures."""
    made = content if callable(content) else lambda n: content
    return zipped({f"{n}.{suffix}": picture() if n < good else made(n) for n in range(40)})


def chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    crc = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def png(width: int, height: int, *more: bytes, rows: bytes = b"", depth: int = 8, colour: int = 0) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


@functools.cache
def vast_png() -> bytes:
    """9,000 x 9,000 pixels in 80 kB."""
    return png(9000, 9000, rows=bytes(9000 * 9001))


@functools.cache
def large_png() -> bytes:
    """Just below 16 megapixels, in 50 kB."""
    return png(3990, 3990, rows=b"".join(b"\0" + bytes([n % 251]) * 3990 for n in range(3990)))


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose header lies about its size: black at the left, white at the right and in all that is missing."""
    out = io.BytesIO()
    Image.fromarray(np.repeat(np.array([[0, 255]], np.uint8), 8, axis=1).repeat(16, axis=0)).save(out, "JPEG")
    whole = bytearray(out.getvalue())
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(whole)


def jpeg_of_scans(scans: int, side: int = 256) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    out = io.BytesIO()
    Image.fromarray(_rng.integers(0, 256, (side, side), dtype=np.uint8)).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * (scans - whole.count(b"\xff\xda")) + whole[-2:]


def webp_of(width: int, height: int) -> bytes:
    whole = bytearray(picture(16, 16, "WEBP"))
    at = whole.index(b"\x9d\x01\x2a") + 3
    whole[at : at + 4] = struct.pack("<HH", width, height)
    return bytes(whole)


def animated(kind: str) -> bytes:
    frames = [Image.fromarray(_rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)) for _ in range(60)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], lossless=True)
    return out.getvalue()


def patched(archive: bytes, change: Callable[[bytearray], None]) -> bytes:
    whole = bytearray(archive)
    change(whole)
    return bytes(whole)


def claim_size(size: int) -> Callable[[bytearray], None]:
    """Every member says that it unpacks to so many bytes."""

    def change(whole: bytearray) -> None:
        for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            at = whole.find(magic)
            while at >= 0:
                whole[at + offset : at + offset + 4] = struct.pack("<I", size)
                at = whole.find(magic, at + 4)

    return change


def set_flag(whole: bytearray) -> None:
    """Every member says that it is encrypted."""
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = whole.find(magic)
        while at >= 0:
            whole[at + offset] |= 1
            at = whole.find(magic, at + 4)


def overlapping() -> bytes:
    """Forty names for the same packed bytes."""
    one = zipped({"0.png": bytes(3_000_000)})
    start = one.index(b"PK\x01\x02")
    entry, end = one[start : one.index(b"PK\x05\x06")], bytearray(one[one.index(b"PK\x05\x06") :])
    entries = b"".join(entry.replace(b"0.png", b"%c.png" % (65 + n)) for n in range(40))
    end[8:16] = struct.pack("<HHI", 40, 40, len(entries))
    return one[:start] + entries + bytes(end)


def linked() -> bytes:
    """Forty symbolic links to a file of the system."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(40):
            info = zipfile.ZipInfo(f"{n}.png")
            info.create_system, info.external_attr = 3, 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def npy(array: np.ndarray, **options: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array, **options)
    return out.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def raw_npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    words = header.encode("latin1") + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(words)) + words + data


def header(shape: str = "(40, 4, 4)", descr: str = "'|u1'", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def images(*shape: int) -> np.ndarray:
    return _rng.integers(0, 256, shape, dtype=np.uint8)


def table(rows: int = 40, columns: int = 3, cell: Callable[[int, int], str] = lambda r, c: f"{r}.{c}") -> bytes:
    return "\n".join(",".join(cell(r, c) for c in range(columns)) for r in range(rows)).encode()


def doubtful(rows: int, columns: int, mark: str = ",") -> bytes:
    """A table of numbers such as 123,456, each of which is whole in one country and has three decimals in another."""
    cells = _rng.integers(ord("1"), ord("9") + 1, (rows, columns, 8), dtype=np.uint8)
    cells[..., 3], cells[..., 7], cells[:, -1, 7] = ord(mark), ord("\t"), ord("\n")
    return cells.tobytes()


def half_words(rows: int, columns: int) -> bytes:
    """Such numbers, of which one in twenty is a word."""
    whole = np.frombuffer(doubtful(rows, columns, "."), np.uint8).reshape(rows, columns, 8).copy()
    whole[_rng.random((rows, columns)) < 0.05, :7] = np.frombuffer(b"unknown", np.uint8)
    return whole.tobytes()


Maker = Callable[[Path], bytes]

# What is made, and words of the sentence it is refused with; None where what is sound in it is used.
ARCHIVES: dict[str, tuple[Maker, str | None]] = {
    "bomb of one file": (lambda m: zipped({"a.png": bytes(200_000_000)}), "unpack to 200,000,000"),
    "bomb beyond all sizes": (lambda m: patched(forty(picture()), claim_size(2**31)), "unpacks to 85,899 MB"),
    "files larger than they say": (lambda m: patched(forty(bytes(9_000_000)), claim_size(1000)), "0 usable pictures"),
    "6,000 files": (lambda m: zipped({f"{n}.png": b"" for n in range(6000)}), "has 6,000 files"),
    "5,000 empty files": (lambda m: zipped({f"{n}.png": b"" for n in range(5000)}), "0 usable pictures"),
    "overlapping files": (lambda m: overlapping(), "holds 116,920 packed bytes, and is 5,020"),
    "archives in an archive": (
        lambda m: zipped({f"{n}.zip": zipped({"a.png": b"a"}) for n in range(9)}),
        "no pictures",
    ),
    "encrypted": (lambda m: patched(forty(picture()), set_flag), "encrypted"),
    "packed by LZMA": (lambda m: zipped({"a.png": bytes(999)}, zipfile.ZIP_LZMA), "packed in another way"),
    "packed by bzip2": (lambda m: zipped({"a.png": bytes(999)}, zipfile.ZIP_BZIP2), "packed in another way"),
    "a name that climbs": (lambda m: zipped({"../../../etc/cron.d/x.png": picture()}), "leads out of it"),
    "a name that climbs as on Windows": (lambda m: zipped({"..\\..\\x.png": picture()}), "leads out of it"),
    "a name from the root": (lambda m: zipped({"/etc/passwd.png": picture()}), "leads out of it"),
    "names of 60,000 letters": (lambda m: zipped({"a" * 60_000 + f"{n}.png": b"?" for n in range(40)}), "0 usable"),
    "HTML in the names of broken files": (lambda m: zipped({f"{n}{HTML}.png": b"?" for n in range(40)}), "0 usable"),
    "HTML in the names of folders": (
        lambda m: zipped({f"{HTML}{n % 2}/{n}.png".replace("</", "< "): picture() for n in range(40)}),
        None,
    ),
    "control letters in names": (lambda m: zipped({f"\x1b[2J\r\n{n}.png": b"?" for n in range(40)}), "0 usable"),
    "symbolic links": (lambda m: linked(), "0 usable pictures"),
    "cut in half": (lambda m: forty(picture())[:4000], "not a readable zip"),
    "only its beginning": (lambda m: b"PK\x03\x04", "not a readable zip"),
    "a directory that points elsewhere": (
        lambda m: patched(forty(picture()), lambda w: w.__setitem__(slice(-6, -2), b"\xff\xff\xff\x7f")),
        "0 usable pictures",
    ),
    "no file": (lambda m: zipped({}), "no pictures"),
    "only texts": (lambda m: zipped({"a.txt": b"hello", "run.sh": b"#!/bin/sh\nrm -rf /"}), "no pictures"),
    "only what macOS adds": (lambda m: zipped({"__MACOSX/._a.png": b"?", ".DS_Store": b"?"}), "no pictures"),
    "wrong checksums": (
        lambda m: zipped({f"{n}.png": picture() for n in range(40)}, zipfile.ZIP_STORED).replace(b"IDAT", b"IDAX"),
        "0 usable pictures",
    ),
    "a torch checkpoint": (
        lambda m: zipped({"archive/data.pkl": pickle.dumps(Payload(m)), "archive/data/0": bytes(64)}),
        "a PyTorch file, which is never opened",
    ),
    "a workbook": (
        lambda m: zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>"}),
        "Excel workbook",
    ),
}

PICTURES: dict[str, tuple[Maker, str | None]] = {
    "PNG of 10 gigapixels": (lambda m: forty(png(100_000, 100_000)), "more than 16 megapixels"),
    "PNG of 81 megapixels": (lambda m: zipped({f"{n}.png": vast_png() for n in range(32)}), "more than|megapixels"),
    "300 PNGs of 16 megapixels": (
        lambda m: zipped({f"{n}.png": large_png() for n in range(300)}, zipfile.ZIP_STORED),
        "more than 150 megapixels",
    ),
    "one PNG of 16 megapixels": (lambda m: forty(lambda n: large_png() if n == 39 else picture()), None),
    "JPEG of 4 gigapixels": (lambda m: forty(jpeg_of(65_500, 65_500), "jpg"), "0 usable pictures"),
    "JPEG that is smaller than it says": (lambda m: forty(jpeg_of(1900, 1900), "jpg"), None),
    "JPEGs of many scans": (lambda m: forty(jpeg_of_scans(500, 64), "jpg"), "0 usable pictures"),
    "large JPEGs of some scans": (
        lambda m: zipped({f"{n}.jpg": jpeg_of_scans(60, 400) for n in range(80)}),
        "JPEGs have so many scans that reading takes too long",
    ),
    "WebP of 268 megapixels": (lambda m: forty(webp_of(16_383, 16_383), "webp"), "0 usable pictures"),
    "cut PNGs": (lambda m: forty(lambda n: picture(32, 32)[:-900]), "0 usable pictures"),
    "cut JPEGs": (lambda m: forty(lambda n: picture(64, 64, "JPEG")[:700], "jpg"), "0 usable pictures"),
    "cut WebPs": (lambda m: forty(lambda n: picture(64, 64, "WEBP")[:300], "webp"), "0 usable pictures"),
    "some cut PNGs": (lambda m: forty(lambda n: picture(32, 32)[:-900], good=35), None),
    "GIFs by another name": (lambda m: forty(picture(8, 8, "GIF", "P")), None),
    "TIFFs by another name": (lambda m: forty(picture(8, 8, "TIFF")), None),
    "PostScript by another name": (lambda m: forty(b"%!PS-Adobe-3.0 EPSF-3.0\n(x) run"), "cannot be read"),
    "SVG by another name": (lambda m: forty(f"<svg>{HTML}</svg>".encode()), "cannot be read"),
    "a PNG without size": (lambda m: forty(png(0, 0)), "0 usable pictures"),
    "a PNG with wrong checksums": (
        lambda m: forty(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13), 7)),
        "0 usable pictures",
    ),
    "a PNG whose comment is a bomb": (
        lambda m: forty(png(8, 8, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(60_000_000), 9)), rows=bytes(72))),
        "0 usable pictures",
    ),
    "a PNG whose profile is a bomb": (
        lambda m: forty(png(8, 8, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(60_000_000), 9)), rows=bytes(72))),
        "usable|one value|is 0",
    ),
    "a ribbon": (lambda m: forty(png(30_000, 1, rows=bytes(30_001))), "sides that differ less"),
    "animations": (lambda m: forty(animated("WEBP"), "webp"), None),
    "animated PNGs": (lambda m: forty(lambda n: animated("PNG") if n < 2 else picture(32, 32)), None),
    "31 pictures": (lambda m: zipped({f"{n}.png": picture() for n in range(31)}), "31 usable pictures"),
    "black pictures": (lambda m: forty(png(8, 8, rows=bytes(72))), "every pixel of every picture is 0"),
    "CMYK, 16 bits, palettes": (
        lambda m: zipped(
            {f"{n}.jpg": picture(16, 16, "JPEG", "CMYK") for n in range(20)}
            | {f"{n}.png": picture(16, 16, "PNG", "I;16") for n in range(10)}
            | {f"p{n}.png": picture(16, 16, "PNG", "P", transparency=3) for n in range(10)}
        ),
        None,
    ),
    "broken EXIF": (
        lambda m: forty(lambda n: picture(16, 16, "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"), "jpg"),
        None,
    ),
}

ARRAYS: dict[str, tuple[Maker, str | None]] = {
    "an array of objects": (lambda m: npy(np.array([Payload(m)] * 40, object), allow_pickle=True), "expected numbers"),
    "objects in an archive": (
        lambda m: zipped({"images.npy": npy(np.array([Payload(m)] * 40, object), allow_pickle=True)}),
        "expected numbers",
    ),
    "objects as labels": (
        lambda m: zipped(
            {
                "images.npy": npy(images(40, 4, 4)),
                "y.npy": npy(np.array([Payload(m)] * 40, object), allow_pickle=True),
            }
        ),
        None,
    ),
    "a header of 10 GB": (lambda m: raw_npy(header("(100000, 100000)"), b"few"), "promises 10,000,000,000"),
    "a header that runs a program": (
        lambda m: raw_npy("{'descr': __import__('os').system('touch " + str(m) + "'), 'shape': (40,)}"),
        "no readable header",
    ),
    "a header of brackets": (lambda m: raw_npy("(" * 9000), "no readable header"),
    "a header with too many keys": (lambda m: raw_npy(header()[:-1] + "'x': 1}"), "no readable header"),
    "a header of another version": (lambda m: raw_npy(header(), bytes(640), b"\x09\x00"), "no readable header"),
    "a header without end": (lambda m: b"\x93NUMPY\x01\x00\xff\xff{'descr'", "no readable header"),
    "a negative shape": (lambda m: raw_npy(header("(-40, 4, -4)"), bytes(640)), "expected up to 8 whole numbers"),
    "a shape of truth values": (lambda m: raw_npy(header("(40, True, True)"), bytes(40)), "header|whole numbers"),
    "a shape of 40 axes": (lambda m: raw_npy(header("(" + "1, " * 40 + ")"), bytes(1)), "whole numbers"),
    "a shape beyond counting": (lambda m: raw_npy(header("(99999999999999999999, 0)")), "whole numbers|header"),
    "cut short": (lambda m: npy(images(40, 8, 8))[:-9], "promises 2,560"),
    "more than it says": (lambda m: npy(images(40, 8, 8)) + b"more", "promises 2,560"),
    "complex numbers": (lambda m: npy(np.ones((40, 4, 4), complex)), "complex128, expected numbers"),
    "words": (lambda m: npy(np.full((40, 4), "a")), "expected numbers"),
    "records": (lambda m: npy(np.zeros(40, [("a", "u1"), ("b", "f8")])), "expected numbers"),
    "dates": (lambda m: npy(np.zeros((40, 4), "datetime64[s]")), "expected numbers"),
    "long doubles": (lambda m: npy(np.ones((40, 4), np.longdouble)), "expected numbers"),
    "NaN": (lambda m: npy(np.full((40, 4, 4), np.nan)), "not finite"),
    "one NaN": (lambda m: npz(images=np.where(np.arange(640).reshape(40, 4, 4) == 9, np.nan, 0.5)), "not finite"),
    "infinite": (lambda m: npy(np.full((40, 4), np.inf, np.float32)), "not finite"),
    "one value": (lambda m: npy(np.full((40, 4, 4), 0.5)), "all its values are 0.5"),
    "no rows": (lambda m: npy(np.zeros((0, 4, 4), np.uint8)), "0 usable pictures"),
    "no rows of numbers": (lambda m: npy(np.zeros((0, 9))), "0 usable rows"),
    "one row": (lambda m: npz(images=images(1, 4, 4)), "there is 1 usable picture,"),
    "no pixels": (lambda m: npy(np.zeros((40, 0, 4))), "expected pictures or rows"),
    "one number": (lambda m: npy(np.float64(3)), "its shape is"),
    "one axis": (lambda m: npy(np.arange(100.0)), "its shape is"),
    "five axes": (lambda m: npy(images(40, 2, 2, 2, 3)), "its shape is"),
    "two channels": (lambda m: npy(images(40, 2, 9, 9)), "1, 3 or 4 channels"),
    "200,000 columns of numbers": (lambda m: npy(images(40, 200_000)), "200,000 numbers, expected at most"),
    "pictures of 25 megapixels": (lambda m: npz(images=np.zeros((40, 1, 2500, 2500), np.uint8)), "more than 100 times"),
    "a gigabyte of zeros": (
        lambda m: patched(zipped({"images.npy": bytes(200_000_000)}), claim_size(2**30)),
        "unpacks to|unpack to",
    ),
    "6,000 arrays": (lambda m: zipped({f"{n}.npy": b"" for n in range(6000)}), "6,000 files"),
    "an archive of no array": (lambda m: zipped({"images.npy": b"hello"}), "no readable header"),
    "columns first": (
        lambda m: raw_npy(header("(40, 500000)", order="True"), bytes(20_000_000)),
        "500,000 numbers",
    ),
    "labels of another length": (lambda m: npz(images=images(40, 4, 4), labels=np.arange(7)), None),
    "labels that are HTML": (lambda m: npz(images=images(40, 4, 4), labels=np.array([HTML, "b"] * 20)), None),
    "no number at all": (lambda m: npy(np.zeros((40, 4), "V8")), "expected numbers"),
}

TABLES: dict[str, tuple[Maker, str | None]] = {
    "empty": (lambda m: b"", "it is empty"),
    "blank": (lambda m: b"\n" * 10_000_000, "it is empty"),
    "200,000 columns": (lambda m: table(40, 200_000, lambda r, c: "1"), "letters|200,000 numbers"),
    "numbers in doubt": (lambda m: doubtful(80_000, 40), None),
    "numbers in doubt among words": (lambda m: half_words(80_000, 40), None),
    "5,000 columns": (lambda m: table(40, 5000, lambda r, c: "1"), "4,999 numbers|5,000 numbers"),
    "one cell of 20 MB": (lambda m: b'"' + b"1" * 20_000_000, "letters"),
    "a quote that never ends": (lambda m: b'a,b\n"' + b"1,2\n" * 4_000_000, "letters"),
    "commas alone": (lambda m: b"," * 20_000_000, "letters"),
    "lines of commas": (lambda m: (b"," * 999 + b"\n") * 20_000, "none of its first"),
    "a header alone": (lambda m: b"a,b,c\n", "no rows of numbers"),
    "one row": (lambda m: b"a,b\n1,2\n", "1 usable"),
    "words": (lambda m: table(cell=lambda r, c: f"word{r}"), "none of its 3 columns holds numbers"),
    "no value": (lambda m: b"a,b\n" + b"nan,nan\n" * 60, "none of its first 60 rows"),
    "infinite values": (lambda m: b"a,b\n" + b"inf,-inf\n" * 60, "none of its first 60 rows"),
    "one value": (lambda m: b"a,b\n" + b"1,2\n" * 60, "one value in all rows"),
    "rows of every length": (lambda m: "\n".join("1," * (n % 7) + "2" for n in range(100)).encode(), "usable rows"),
    "values beyond range": (lambda m: table(cell=lambda r, c: f"{(-1) ** r}e308"), "differ by more"),
    "numbers of 250 digits": (lambda m: table(cell=lambda r, c: "9" * 250 + str(r)), None),
    "formulas": (lambda m: table(cell=lambda r, c: "=cmd|'/c calc'!A1"), "holds numbers"),
    "HTML in the header": (lambda m: f"{HTML},b\n".replace(",b", ",x,b").encode() + table(), None),
    "NUL bytes": (lambda m: b"a,b\n" + b"1,\0\n" * 60, "neither a zip"),
    "NUL bytes further on": (lambda m: table(3000) + b"\n1,\0,2\n", None),
    "noise": (
        lambda m: bytes(_rng.integers(1, 256, 500_000, dtype=np.uint8)),
        "usable|letters|columns|numbers|neither",
    ),
    "half of UTF-16": (lambda m: "a,b\n1,2\n".encode("utf-16")[:-1] * 50, "neither|columns|usable|numbers"),
    "2,000,000 rows": (lambda m: b"1,2\n3,4\n" * 1_000_000, "more than 838,860 rows of 2 columns"),
    "a cell of 100,000 letters": (lambda m: table(40, 3) + b"\n1,2," + b"x" * 100_000, None),
    "a JSON file": (lambda m: b'{"a": [1, 2]}', "a JSON file: save the table as CSV"),
    "a pickle": (lambda m: pickle.dumps(Payload(m)), "it is a pickle"),
    "an old pickle": (lambda m: pickle.dumps(Payload(m), 0), "usable|numbers|columns"),
    "a program": (lambda m: b"\x7fELF" + bytes(4000), "neither a zip"),
    "a script": (lambda m: b"#!/bin/sh\ntouch " + str(m).encode(), "usable|numbers|columns"),
    "a web page": (lambda m: f"<html>{HTML}</html>".encode() * 99, "a web page"),
    "a gzip bomb": (lambda m: b"\x1f\x8b\x08" + bytes(900), "it is a gzip file"),
    "one picture": (lambda m: picture(), "it is one picture"),
    "an HDF5 file": (lambda m: b"\x89HDF\r\n\x1a\n" + bytes(900), "it is an HDF5 file"),
}


def tensors(**arrays: np.ndarray) -> bytes:
    return serialize({name.replace("__", "."): array for name, array in arrays.items()})


def raw_tensors(header: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    return (len(header) if length is None else length).to_bytes(8, "little") + header + data


MANIFEST = {"architecture": "mlp", "image_shape": [1, 2, 2], "latent_dim": 1, "hidden": [], "likelihood": "bernoulli"}
DECODER = {"0__weight": np.ones((4, 1), np.float32), "0__bias": np.ones(4, np.float32)}


def model(manifest: Any = None, decoder: bytes | None = None, **more: bytes) -> bytes:
    """A zip of a manifest and a decoder."""
    whole = {**MANIFEST, **manifest} if isinstance(manifest, dict) else MANIFEST if manifest is None else manifest
    words = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
    files = {"manifest.json": words, "decoder.safetensors": tensors(**DECODER) if decoder is None else decoder}
    return zipped(files | {name.replace("__", "."): content for name, content in more.items()})


def changed(**arrays: np.ndarray) -> bytes:
    """A decoder some of whose tensors are others."""
    return tensors(**{name: array for name, array in (DECODER | arrays).items() if array is not None})


def run_config() -> dict[str, Any]:
    kind = {"image_shape": [1, 2, 2], "latent_dim": 1, "arch": "mlp", "hidden": [], "likelihood": "bernoulli"}
    return {"model": kind, "data": {"name": "/etc", "binarize": "dynamic"}, "train": {"steps": 9}}


def run(**changes: Any) -> bytes:
    """A zip of a run folder with the weights of the same model."""
    weights = {f"decoder__{name}": array for name, array in DECODER.items()}
    weights |= {"encoder__1__weight": np.ones((2, 4), np.float32), "encoder__1__bias": np.ones(2, np.float32)}
    files = {"config.json": json.dumps(run_config()).encode(), "weights.safetensors": tensors(**weights)}
    return zipped({f"mine/{name}": content for name, content in {**files, **changes}.items() if content is not None})


NAN, HUGE = np.full((4, 1), np.nan, np.float32), b'{"a":{"dtype":"F32","shape":[100000,100000],"data_offsets":[0,8]}}'

MODELS: dict[str, tuple[Maker, str | None]] = {
    "sound weights": (lambda m: model(), None),
    "a sound run with a path as its data": (lambda m: run(), None),
    "a run among 5,000 files": (
        lambda m: zipped({"run/config.json": b"[]", **{f"run/moments/{n}/card.json": b"" for n in range(4990)}}),
        "is a list, expected an object",
    ),
    "a pickled model": (lambda m: pickle.dumps(Payload(m)), "it is no zip archive"),
    "a torch checkpoint": (
        lambda m: zipped({"archive/data.pkl": pickle.dumps(Payload(m)), "archive/version": b"3"}),
        "neither config.json",
    ),
    "a pickle as weights": (lambda m: model(decoder=pickle.dumps(Payload(m))), "not a readable safetensors"),
    "no decoder": (
        lambda m: zipped({"manifest.json": json.dumps(MANIFEST).encode()}),
        "decoder.safetensors is missing",
    ),
    "a list as manifest": (lambda m: model([1, 2]), "is a list, expected an object"),
    "a manifest of brackets": (lambda m: model(b"[" * 500_000), "not readable JSON"),
    "a manifest of 2 MB": (lambda m: model(b'"' + b"a" * 2_000_000 + b'"'), "it is 2,000,002 bytes"),
    "a manifest with NaN": (lambda m: model({"sigma": float("nan")}), "sigma is nan"),
    "an unknown key": (lambda m: model({"command": "rm -rf /"}), "unknown key 'command'"),
    "an unknown architecture": (lambda m: model({"architecture": "__import__('os')"}), "arch is"),
    "a width of a billion": (lambda m: model({"hidden": [10**9]}), "parameters, expected at most"),
    "a width that is no number": (lambda m: model({"hidden": ["a"]}), "hidden is"),
    "hidden that is no list": (lambda m: model({"hidden": 7}), "'int' object is not iterable|hidden"),
    "a million latents": (lambda m: model({"latent_dim": 10**6}), "latent size|parameters"),
    "a negative latent size": (lambda m: model({"latent_dim": -1}), "latent_dim is -1"),
    "pictures of a gigapixel": (lambda m: model({"image_shape": [1, 10**5, 10**4]}), "parameters, expected at most"),
    "layers that do not fit": (
        lambda m: model({"architecture": "given", "encoder": ["flatten"], "decoder": ["linear 1 4", "relu"]}),
        "expected|fit",
    ),
    "a layer that is code": (
        lambda m: model({"architecture": "given", "encoder": ["exec 1"], "decoder": ["linear 1 4"]}),
        "a layer is 'exec 1'",
    ),
    "a thousand layers": (
        lambda m: model({"architecture": "given", "encoder": ["relu"] * 1000, "decoder": ["relu"]}),
        "has 1000 layers",
    ),
    "another shape": (
        lambda m: model(decoder=changed(**{"0__weight": np.ones((5, 1), np.float32)})),
        "expected float16",
    ),
    "another tensor": (lambda m: model(decoder=changed(extra=np.ones(1, np.float32))), "unexpected tensor"),
    "a missing tensor": (lambda m: model(decoder=changed(**{"0__bias": None})), "missing tensor"),
    "whole numbers": (lambda m: model(decoder=changed(**{"0__bias": np.ones(4, np.int64)})), "is int64"),
    "NaN in the weights": (lambda m: model(decoder=changed(**{"0__weight": NAN})), "not finite"),
    "a header of 10 exabytes": (
        lambda m: model(decoder=raw_tensors(b"{}", length=2**63)),
        "not a readable safetensors",
    ),
    "a header of 2 MB": (lambda m: model(decoder=raw_tensors(b"{" + b" " * 2**21)), "not a readable safetensors"),
    "a tensor of 40 GB": (lambda m: model(decoder=raw_tensors(HUGE, bytes(8))), "not a readable safetensors"),
    "overlapping tensors": (
        lambda m: model(
            decoder=raw_tensors(
                b'{"0.weight":{"dtype":"F32","shape":[4,1],"data_offsets":[0,16]},'
                b'"0.bias":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
                bytes(16),
            )
        ),
        "not a readable safetensors",
    ),
    "a bomb as weights": (lambda m: model(decoder=bytes(200_000_000)), "unpack to|unpacks to"),
    "codes far away": (
        lambda m: run(
            **{
                "codes.safetensors": tensors(
                    mu=np.full((9, 1), 1e9, np.float32),
                    logvar=np.zeros((9, 1), np.float32),
                    label=np.zeros(9, np.uint8),
                )
            }
        ),
        "within",
    ),
    "codes of another size": (
        lambda m: run(
            **{
                "codes.safetensors": tensors(
                    mu=np.zeros((9, 3), np.float32), logvar=np.zeros((9, 3), np.float32), label=np.zeros(9, np.uint8)
                )
            }
        ),
        "does not hold mu and logvar",
    ),
    "a run without weights": (lambda m: run(**{"weights.safetensors": None}), "weights.safetensors is missing"),
    "a run whose configuration is empty": (lambda m: run(**{"config.json": b"{}"}), "lacks the key"),
    "a run with a title that is HTML": (lambda m: run(**{"card.json": json.dumps({"title": HTML}).encode()}), None),
    "a card of brackets": (lambda m: run(**{"card.json": b"{" * 300_000}), "not readable JSON"),
}

CRAFTED = {
    f"{group}: {name}": made
    for group, cases in {
        "zip": ARCHIVES,
        "pictures": PICTURES,
        "array": ARRAYS,
        "table": TABLES,
        "model": MODELS,
    }.items()
    for name, made in cases.items()
}
