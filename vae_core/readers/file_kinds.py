"""Detect the kind of a file by its first bytes, never by its name."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

Form = Literal["picture", "npy", "idx", "zip", "gzip", "text", "other"]

EXPECTED = "expected a zip of pictures, an .npz or .npy file or a CSV of numbers"
_AS_CSV = "save the sheet as CSV"
_UNPACK = "unpack it and choose what is in it, or pack it as zip"
_ARRAYS = "save the arrays with numpy.savez(name, images=images, labels=labels)"
_PNG = "save the pictures as PNG or JPEG"
_TABLE = "save the table as CSV, in Python with table.to_csv(name, index=False)"


class Kind(NamedTuple):
    """The kind of a file. `advice` says what to do with one that cannot be read."""

    form: Form
    what: str
    advice: str = ""

    @property
    def sentence(self) -> str:
        return f"it is {self.what}: {self.advice}" if self.advice else f"it is {self.what}, {EXPECTED}"


_HEIC, _AVIF, _JPEG2000 = (Kind("other", what, _PNG) for what in ("HEIC", "AVIF", "JPEG 2000"))
_KINDS: dict[bytes, Kind] = {  # patterns of the first bytes, strict enough that no table begins so
    rb"PK(\x03\x04|\x05\x06)": Kind("zip", "a zip archive"),
    rb"\x93NUMPY": Kind("npy", "an array"),
    rb"\x1f\x8b": Kind("gzip", "a gzip file"),
    rb"\x89PNG": Kind("picture", "PNG"),
    rb"\xff\xd8\xff": Kind("picture", "JPEG"),
    rb"RIFF.{4}WEBP": Kind("picture", "WebP"),
    rb"GIF8": Kind("picture", "GIF"),
    rb"BM.{4}\0{4}": Kind("picture", "BMP"),
    rb"II\*\0|MM\0\*": Kind("picture", "TIFF"),
    rb"P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+\d+\s": Kind("picture", "PGM"),
    rb".{4}ftyp(heic|heix|hevc|mif1|msf1)": _HEIC,
    rb".{4}ftyp(avif|avis)": _AVIF,
    rb".{4}ftyp": Kind("other", "a video", "save some of its frames as PNG"),
    rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51": _JPEG2000,
    rb"8BPS\0": Kind("other", "a Photoshop file", _PNG),
    rb".{128}DICM": Kind("other", "a DICOM file", _PNG),
    rb"RIFF.{4}WAVE|ID3|OggS|fLaC": Kind("other", "a sound"),
    rb"%PDF": Kind("other", "a PDF"),
    rb"Rar!\x1a": Kind("other", "a RAR archive", _UNPACK),
    rb"7z\xbc\xaf": Kind("other", "a 7z archive", _UNPACK),
    rb".{257}ustar": Kind("other", "a tar archive", _UNPACK),
    rb"BZh[1-9]1AY": Kind("other", "a bzip2 file", _UNPACK),
    rb"\xfd7zXZ": Kind("other", "an xz file", _UNPACK),
    rb"\x28\xb5\x2f\xfd": Kind("other", "a zstd file", _UNPACK),
    rb"\x80[\x02-\x05]": Kind("other", "a pickle, which is never opened here", _ARRAYS),
    rb"\x89HDF": Kind("other", "an HDF5 file", _ARRAYS),
    rb"MATLAB 5": Kind("other", "a MATLAB file", _ARRAYS),
    rb"PAR1[^ -~]": Kind("other", "a Parquet file", _TABLE),
    rb"ARROW1": Kind("other", "a Feather file", _TABLE),
    rb"SQLite format": Kind("other", "a database", "save its table as CSV"),
    rb"\xd0\xcf\x11\xe0": Kind("other", "an old Office file", _AS_CSV),
    rb"RDX[23]\n": Kind("other", "an R file", "save the table with write.csv(table, name)"),
    rb"<stata_dta": Kind("other", "a Stata file", _TABLE),
    rb"\$FL2": Kind("other", "an SPSS file", _TABLE),
}
_IDX_TYPES = (8, 9, 11, 12, 13, 14)


def kind_of(begin: bytes) -> Kind:
    """Detect the kind of a file from its first bytes; text if no other kind fits."""
    for pattern, kind in _KINDS.items():
        if re.match(pattern, begin, re.DOTALL):
            return kind
    if begin[:2] == b"\0\0" and len(begin) > 3 and begin[2] in _IDX_TYPES and 1 <= begin[3] <= 4:
        return Kind("idx", "an IDX file")
    return Kind("text", "a text")


def kind_of_archive(names: Sequence[str]) -> Kind | None:
    """Detect the kind of a zip archive that is not a plain one, by the names in it."""
    held = set(names)
    if "[Content_Types].xml" in held:
        if any(name.startswith("xl/") for name in held):
            return Kind("other", "an Excel workbook", _AS_CSV)
        return Kind("other", "an Office document", "save its table as CSV")
    if "mimetype" in held and "content.xml" in held:
        return Kind("other", "an OpenDocument file", _AS_CSV)
    if any(name.endswith(("/data.pkl", "data.pkl")) for name in held):
        return Kind(
            "other",
            "a PyTorch file, which is never opened here",
            "save the pictures with numpy.savez(name, images=x.numpy())",
        )
    if "META-INF/MANIFEST.MF" in held:
        return Kind("other", "a Java archive")
    return None
