"""Arrays of an .npz file that nobody vouches for: sizes and types are checked before anything is unpacked."""

import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from vae_core.data.idx import MOST_BYTES

MOST_MEMBERS, MOST_RATIO = 5000, 100
_SMALL = 1 << 16  # bytes that may unpack at any ratio
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the two that NumPy writes
_KINDS = "biuf"  # bool, whole numbers, floats


def read_npz(path: Path, wanted: Sequence[Sequence[str]]) -> list[np.ndarray | None]:
    """For each group of names, the first array that the file holds under one of them, None if there is none.

    Raises ValueError with half a sentence if the file is no archive of plain numeric arrays or is too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_directory(archive.infolist())
            held = {name.removesuffix(".npy"): name for name in archive.namelist()}
            if not any(key in held for key in wanted[0]):
                raise ValueError(f"it has the keys {list(held)[:10]}, expected {wanted[0][0]!r}")
            chosen = (next((held[key] for key in group if key in held), None) for group in wanted)
            return [None if member is None else _read_array(archive, member) for member in chosen]
    except zipfile.BadZipFile:
        raise ValueError("it is not a readable .npz file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"it is corrupt or cut short ({error})") from None


def _check_directory(members: Sequence[zipfile.ZipInfo]) -> None:
    """A small file can claim gigabytes. Names do not matter: nothing is written to disk."""
    total, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if len(members) > MOST_MEMBERS or total > MOST_BYTES or total > MOST_RATIO * max(packed, _SMALL):
        raise ValueError(
            f"it unpacks to {total:,} bytes in {len(members)} arrays, expected at most {MOST_BYTES:,} bytes, "
            f"{MOST_RATIO} times the packed size and {MOST_MEMBERS:,} arrays"
        )
    if any(m.flag_bits & 1 or m.compress_type not in _PACKINGS for m in members):
        raise ValueError("it is encrypted or packed in another way than NumPy's")


def _read_array(archive: zipfile.ZipFile, member: str) -> np.ndarray:
    """One array, whose header must agree with the directory before memory is set aside for it."""
    key = member.removesuffix(".npy")
    with archive.open(member) as stream:
        try:
            shape, _, dtype = _HEADERS[npy.read_magic(stream)](stream)
        except (ValueError, KeyError, OverflowError):
            raise ValueError(f"its array {key!r} has no readable header") from None
        if dtype.kind not in _KINDS:
            raise ValueError(f"its array {key!r} is {dtype}, expected numbers")
        promised, held = math.prod(shape) * dtype.itemsize, archive.getinfo(member).file_size - stream.tell()
        if promised != held or min(shape, default=0) < 0:
            raise ValueError(f"its array {key!r} holds {held:,} bytes, expected {promised:,} for {list(shape)}")
    with archive.open(member) as stream:
        return npy.read_array(stream, allow_pickle=False)
