"""What a visitor has chosen as one open file: an archive as it is, several pictures as a new archive of them."""

import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from typing import BinaryIO, Protocol

from vae_core.upload.capped import MOST_UPLOAD, Refused
from vae_core.upload.pictures import SUFFIXES


class Chosen(Protocol):
    """A file that was uploaded."""

    name: str

    def getbuffer(self) -> memoryview: ...


def bundle(files: Sequence[Chosen]) -> BinaryIO:
    """An open file with all that was chosen. Raises Refused with one sentence if these cannot go together."""
    if len(files) == 1 and not _is_picture(files[0].name):
        return _written(lambda whole: whole.write(files[0].getbuffer()))
    pictures = [file for file in files if _is_picture(file.name)]
    if not pictures:
        raise Refused("several files are chosen and none is a picture: choose one archive, array or table")
    total = sum(len(file.getbuffer()) for file in pictures)
    if total > MOST_UPLOAD:
        raise Refused(f"the pictures are {total / 2**20:,.0f} MiB together, expected at most {MOST_UPLOAD >> 20} MiB")

    def write(whole: BinaryIO) -> None:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
            for number, file in enumerate(pictures):
                archive.writestr(zipfile.ZipInfo(_member(file.name, number)), bytes(file.getbuffer()))

    return _written(write)


def left_out(files: Sequence[Chosen]) -> str:
    """A sentence on what `bundle` leaves out; empty where it takes all."""
    pictures = sum(_is_picture(file.name) for file in files)
    others = len(files) - pictures
    if not pictures or not others:
        return ""
    return (
        f"{others:,} of the {len(files):,} files {'is' if others == 1 else 'are'} left out: beside pictures, only PNG, "
        "JPEG and WebP are used. Classes come from the sub-folders of a zip or a folder."
    )


def _written(write: Callable[[BinaryIO], object]) -> BinaryIO:
    """An open file without a name, filled."""
    whole = tempfile.TemporaryFile()  # noqa: SIM115  closed by whoever asked for it
    try:
        write(whole)
    except BaseException:
        whole.close()
        raise
    return whole


def title_of(files: Sequence[Chosen]) -> str:
    """What the data may be called: the file's name, or that of the folder."""
    name = files[0].name.replace("\\", "/")
    folder = name.partition("/")[0] if "/" in name else ""
    if len(files) > 1 or _is_picture(name):
        return folder or "My pictures"
    return os.path.splitext(name.rpartition("/")[2])[0][:60] or "My data"


def source_of(files: Sequence[Chosen]) -> str:
    """Where the data came from, for their card."""
    return files[0].name if len(files) == 1 else f"{len(files):,} files"


def _member(name: str, number: int) -> str:
    """The folders that a file was in, for its class, and a name that no other has."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    folders = [part.lstrip(".") or "folder" for part in parts[:-1]]
    suffix = os.path.splitext(name)[1].lower()
    return "/".join([*folders, f"{number:05d}{suffix}"])[-1000:]


def _is_picture(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)
