"""Zip archives that nobody vouches for: the directory is judged before a byte is unpacked, names are never paths."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from vae_core.data.idx import MOST_BYTES
from vae_core.data.npz import MOST_MEMBERS, MOST_RATIO
from vae_core.upload.cleaned import file_name

_SMALL = 1 << 20  # bytes that may unpack at any ratio
_PIECE = 1 << 20
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, RuntimeError)


@contextmanager
def opened(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """A zip archive whose directory is sound. Raises ValueError with one sentence otherwise."""
    file.seek(0, 2)
    size = file.tell()
    try:
        archive = zipfile.ZipFile(file)
    except (*BROKEN, ValueError, IndexError, OverflowError):
        raise ValueError("it is not a readable zip archive: it may be cut short") from None
    with archive:
        _check(archive.infolist(), size)
        yield archive


def _check(members: list[zipfile.ZipInfo], size: int) -> None:
    total, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if len(members) > MOST_MEMBERS:
        raise ValueError(f"the archive has {len(members):,} files, expected at most {MOST_MEMBERS:,}")
    if total > MOST_BYTES:
        raise ValueError(f"the archive unpacks to {total / 1e6:,.0f} MB, expected at most {MOST_BYTES / 1e6:.0f} MB")
    if total > MOST_RATIO * max(packed, _SMALL) or packed > size:
        raise ValueError(
            f"the archive says that {packed:,} bytes unpack to {total:,}, more than {MOST_RATIO} times as many"
            if packed <= size
            else f"the archive says that it holds {packed:,} packed bytes, and is {size:,} bytes long"
        )
    for member in members:
        if member.flag_bits & 1:
            raise ValueError(
                f"{file_name(member.filename)!r} in the archive is encrypted, expected files without password"
            )
        if member.compress_type not in _PACKINGS:
            raise ValueError(
                f"{file_name(member.filename)!r} in the archive is packed in another way than stored or deflate"
            )
        if ".." in parts(member.filename) or member.filename.startswith(("/", "\\")):
            raise ValueError(f"a name in the archive leads out of it: {member.filename[:60]!r}")


def parts(name: str) -> list[str]:
    """The folders and the file of a member's name, for words only: no path is ever made of it."""
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def hidden(member: zipfile.ZipInfo) -> bool:
    """Folders, and what operating systems put into archives by themselves."""
    found = parts(member.filename)
    return not found or member.is_dir() or any(part.startswith(".") or part == "__MACOSX" for part in found)


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of a member, at most `most`.

    Raises ValueError with half a sentence when there are more, or it is corrupt or cut short.
    """
    if member.file_size > most:
        raise ValueError(f"it is {member.file_size:,} bytes, expected at most {most:,}")
    pieces = []
    try:
        with archive.open(member) as stream:  # in pieces: a member may unpack to more than its header says
            while piece := stream.read(_PIECE):
                pieces.append(piece)
    except BROKEN:
        raise ValueError("it is corrupt or cut short") from None
    return b"".join(pieces)
