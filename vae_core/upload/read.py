"""Any upload of data, told by its content and never by its name."""

from typing import BinaryIO

from vae_core.upload.archive import opened
from vae_core.upload.arrays import read_npy, read_npz
from vae_core.upload.cleaned import Choices, Cleaned
from vae_core.upload.pictures import read_pictures
from vae_core.upload.table import read_table

_ZIP, _EMPTY_ZIP, _NPY = b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY"
_KNOWN = {
    b"\x89PNG": "one picture",
    b"\xff\xd8\xff": "one picture",
    b"RIFF": "one picture",
    b"GIF8": "a GIF",
    b"%PDF": "a PDF",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\x80\x02": "a pickle",
    b"\x80\x03": "a pickle",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet file",
    b"SQLite": "a database",
    b"MATLAB": "a MATLAB file",
}
_EXPECTED = "expected a zip of pictures, an .npz or .npy file or a CSV of numbers"


def read(file: BinaryIO, choices: Choices) -> Cleaned:
    """The cleaned data of an upload: a zip of pictures, an .npz, an .npy or a CSV.

    Raises ValueError with one sentence, without its capital and its full stop, if it cannot be used.
    """
    file.seek(0)
    begin = file.read(8)
    if begin.startswith((_ZIP, _EMPTY_ZIP)):
        with opened(file) as archive:
            arrays = any(name.endswith(".npy") for name in archive.namelist())
            return read_npz(archive, choices) if arrays else read_pictures(archive, choices)
    if begin.startswith(_NPY):
        return read_npy(file, choices)
    for magic, what in _KNOWN.items():
        if begin.startswith(magic):
            raise ValueError(f"it is {what}, {_EXPECTED}")
    return read_table(file, choices)
