"""Open untrusted zip archives: the directory is validated before unpacking, names are never paths."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from vae_core.readers.limits import MEMBERS, RATIO, UNPACKED
from vae_core.readers.member_names import decoded
from vae_core.readers.members import BROKEN, Member, is_hidden, parts
from vae_core.readers.schema import Notes, file_name

_SMALL = 1 << 20  # bytes that may unpack at any ratio
__all__ = ["hidden", "members_of", "opened", "parts", "unpacked"]
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def opened(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive whose directory is valid. Raises ValueError with one sentence otherwise."""
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
    if len(members) > MEMBERS:
        raise ValueError(f"the archive has {len(members):,} files, expected at most {MEMBERS:,}")
    if total > UNPACKED:
        raise ValueError(f"the archive unpacks to {total / 1e6:,.0f} MB, expected at most {UNPACKED / 1e6:.0f} MB")
    if total > RATIO * max(packed, _SMALL) or packed > size:
        raise ValueError(
            f"the archive says that {packed:,} bytes unpack to {total:,}, more than {RATIO} times as many"
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


def members_of(archive: zipfile.ZipFile, notes: Notes) -> list[Member]:
    """List the files in an archive but hidden ones, sorted by name; guessed names are said in `notes`."""
    infos = [info for info in archive.infolist() if not hidden(info)]
    members = [
        Member(name, info.file_size, lambda info=info: archive.open(info), packed=True)
        for info, name in zip(infos, decoded(infos, notes), strict=True)
    ]
    return sorted(members, key=lambda member: member.name)


def hidden(member: zipfile.ZipInfo) -> bool:
    """Return whether a member is a folder, or a file that an operating system adds by itself."""
    return is_hidden(member.filename) or member.is_dir()


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """Unpack a member of at most `most` bytes.

    Raises ValueError with half a sentence when there are more, or it is corrupt or cut short.
    """
    return Member(member.filename, member.file_size, lambda: archive.open(member)).unpacked(most)
