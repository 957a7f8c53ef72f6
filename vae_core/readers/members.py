"""The files of an upload, from an archive or a folder: their names, and their bytes on request."""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vae_core.readers.limits import UNPACKED

BEGIN = 512  # bytes by which a file's kind is told
_PIECE = 1 << 20
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, RuntimeError)

Opener = Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True)
class Member:
    """A file, with its name for words only: no path is ever made of it."""

    name: str
    size: int
    open: Opener
    packed: bool = False  # whether it can only be read from its beginning on

    @property
    def parts(self) -> list[str]:
        """The folders and the file's own name."""
        return parts(self.name)

    def begin(self) -> bytes:
        """The first bytes; none where they cannot be read."""
        try:
            with self.open() as stream:
                return stream.read(BEGIN)
        except BROKEN:
            return b""

    def unpacked(self, most: int) -> bytes:
        """All bytes. Raises ValueError with half a sentence when there are more than `most`, or they are corrupt."""
        if self.size > most:
            raise ValueError(f"it is {self.size:,} bytes, expected at most {most:,}")
        pieces, held = [], 0
        try:
            with self.open() as stream:  # in pieces: a file may unpack to more than its header says
                while piece := stream.read(_PIECE):
                    held += len(piece)
                    if held > most:
                        raise ValueError(f"it is more than {most:,} bytes")
                    pieces.append(piece)
        except BROKEN:
            raise ValueError("it is corrupt or cut short") from None
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def parts(name: str) -> list[str]:
    """The folders and the file of a name, for words only."""
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def is_hidden(name: str) -> bool:
    """Return whether an operating system adds such a file by itself."""
    found = parts(name)
    return not found or any(part.startswith(".") or part == "__MACOSX" for part in found) or found[-1] in _BY_THEMSELVES


_BY_THEMSELVES = ("Thumbs.db", "desktop.ini")


def held_open(name: str, file: BinaryIO) -> Member:
    """Wrap an open file as a member."""
    size = file.seek(0, 2)

    @contextmanager
    def from_the_start() -> Iterator[BinaryIO]:
        file.seek(0)
        yield file

    return Member(name, size, from_the_start)


def members_in(folder: Path) -> list[Member]:
    """List all files below a folder but hidden ones, in a fixed order."""
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not is_hidden(name) and path.is_file():
            found.append(Member(name, path.stat().st_size, lambda path=path: path.open("rb")))
    return sorted(found, key=lambda member: member.name)


def gunzipped(member: Member) -> Member:
    """Decompress a gzip file. Raises ValueError with one sentence if it is corrupt or too large."""

    @contextmanager
    def unpacking() -> Iterator[BinaryIO]:
        with member.open() as packed, gzip.GzipFile(fileobj=packed) as stream:
            yield stream

    size = 0
    try:
        with unpacking() as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > UNPACKED:
                    raise ValueError(f"it is a gzip file that unpacks to more than {UNPACKED >> 20} MiB")
    except BROKEN:
        raise ValueError("it is a gzip file that is corrupt or cut short") from None
    return Member(member.name.removesuffix(".gz"), size, unpacking, packed=True)
