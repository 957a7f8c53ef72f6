"""What a visitor has chosen as one open file: an archive as it is, several pictures as a new archive of them."""

import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from typing import BinaryIO, Protocol

from vae_core.readers.file_kinds import Form, kind_of
from vae_core.readers.image_files import SUFFIXES
from vae_core.readers.members import BEGIN
from vae_core.uploads.sandbox import MOST_UPLOAD, UploadError


class Chosen(Protocol):
    """A file that was uploaded."""

    name: str

    def getbuffer(self) -> memoryview: ...


def combine(files: Sequence[Chosen]) -> BinaryIO:
    """An open file with all that was chosen. Raises UploadError with one sentence if these cannot go together."""
    forms = [_form(file) for file in files]
    if len(files) == 1 and forms[0] != "picture":
        return _written(lambda whole: whole.write(files[0].getbuffer()))
    used = _used(files, forms)
    if not used:
        raise UploadError("several files are chosen and none is a picture: choose one archive, array or table")
    total = sum(len(file.getbuffer()) for file in used)
    if total > MOST_UPLOAD:
        raise UploadError(
            f"the pictures are {total / 2**20:,.0f} MiB together, expected at most {MOST_UPLOAD >> 20} MiB"
        )
    name = _member if "picture" in forms else lambda name, number: "/".join(_parts(name))

    def write(whole: BinaryIO) -> None:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
            for number, file in enumerate(used):
                archive.writestr(zipfile.ZipInfo(name(file.name, number)), bytes(file.getbuffer()))

    return _written(write)


def left_out(files: Sequence[Chosen]) -> str:
    """A sentence on what `bundle` leaves out; empty where it takes all."""
    used = len(_used(files, [_form(file) for file in files]))
    others = len(files) - used
    if not used or not others:
        return ""
    return (
        f"{others:,} of the {len(files):,} files {'is' if others == 1 else 'are'} left out: beside pictures or arrays, "
        "nothing else is used. Classes come from the sub-folders of a zip or a folder."
    )


def _used(files: Sequence[Chosen], forms: Sequence[Form]) -> list[Chosen]:
    """The pictures among several files, or else the arrays."""
    wanted = ("picture",) if "picture" in forms else ("npy", "idx")
    return [file for file, form in zip(files, forms, strict=True) if form in wanted]


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
    if len(files) > 1 or _form(files[0]) == "picture":
        return folder or "My pictures"
    return os.path.splitext(name.rpartition("/")[2])[0][:60] or "My data"


def source_of(files: Sequence[Chosen]) -> str:
    """Where the data came from, for their card."""
    return files[0].name if len(files) == 1 else f"{len(files):,} files"


def _member(name: str, number: int) -> str:
    """The folders that a file was in, for its class, and a name that no other has."""
    parts = _parts(name)
    folders = [part.lstrip(".") or "folder" for part in parts[:-1]]
    suffix = os.path.splitext(name)[1].lower()
    return "/".join([*folders, f"{number:05d}{suffix}"])[-1000:]


def _parts(name: str) -> list[str]:
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]


def _form(file: Chosen) -> Form:
    """What a file is by its content; one with a picture's suffix is taken for a picture until it is read."""
    return "picture" if file.name.lower().endswith(SUFFIXES) else kind_of(bytes(file.getbuffer()[:BEGIN])).form
