"""Decode the untrusted text of a table: its encoding, its lines, and texts that are no table."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from vae_core.readers.limits import UNPACKED
from vae_core.readers.schema import Notes

LONGEST_CELL, LONGEST_LINE = 1 << 17, 1 << 20  # letters
_NEITHER = "it is neither a zip archive, an .npz or .npy file nor a CSV of numbers"
_PIECE = 1 << 20
_KNOWN = {
    "<!doctype": "a web page: save the data themselves as CSV",
    "<html": "a web page: save the data themselves as CSV",
    "<?xml": "an XML file: save the table as CSV",
    "<svg": "an SVG drawing: save the pictures as PNG",
    "{": "a JSON file: save the table as CSV, in Python with pandas.read_json(file).to_csv(name, index=False)",
    "[{": "a JSON file: save the table as CSV, in Python with pandas.read_json(file).to_csv(name, index=False)",
    "[[": "a JSON file: save the numbers with numpy.save(name, numpy.array(json.load(file)))",
    "@relation": "an ARFF file: save the table as CSV",
    "{\\rtf": "an RTF text: save the table as CSV",
    "version https://git-lfs": "a pointer to a file that Git LFS keeps: fetch the file itself with git lfs pull",
    "%!ps": "a PostScript file: save the pictures as PNG",
}


def read_text(file: BinaryIO, notes: Notes) -> io.TextIOWrapper:
    """Open the file as text, in the first encoding that fits all of it. Raises ValueError if it is no text."""
    file.seek(0)
    raw = file.read(UNPACKED + 1)
    if len(raw) > UNPACKED:
        raise ValueError(f"it is more than {UNPACKED >> 20} MiB of text, expected less")
    if not raw.strip():
        raise ValueError("it is empty")
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in raw[:4096] and not wide:
        raise ValueError(_NEITHER)
    encoding = next((each for each in (("utf-16",) if wide else ("utf-8-sig", "cp1252")) if _is_in(raw, each)), None)
    if encoding is None:
        raise ValueError(_NEITHER)
    if encoding == "cp1252":
        notes.warnings.append("Its letters are not UTF-8: some names may look wrong.")
    text = io.TextIOWrapper(io.BytesIO(raw), encoding, newline="")
    begin = text.read(64).lstrip().lower()
    text.seek(0)
    for start, what in _KNOWN.items():
        if begin.startswith(start):
            raise ValueError(f"it is {what}")
    return text


def _is_in(raw: bytes, encoding: str) -> bool:
    """Whether all bytes are text in the encoding, looked at piece by piece: a copy as text may take four times more."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(raw), _PIECE):
            decoder.decode(raw[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def lines_of(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of the text. Raises ValueError at one that is too long to be a row."""
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise ValueError(f"it has a line of more than {LONGEST_LINE:,} letters, expected the rows of a table")
        yield line
