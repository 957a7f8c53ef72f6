"""Read any data file or folder by its content, never by its name: the one reader for uploads and local files."""

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from vae_core.readers.arrays import read_array, read_arrays
from vae_core.readers.file_kinds import Kind, kind_of, kind_of_archive
from vae_core.readers.image_files import SUFFIXES, read_pictures
from vae_core.readers.limits import CLEANED, FEWEST
from vae_core.readers.members import Member, gunzipped, held_open, members_in
from vae_core.readers.schema import Choices, Cleaned, Notes, listed, shown
from vae_core.readers.tables.table import read_table
from vae_core.readers.zip_archive import members_of, opened

_TABLES = (".csv", ".tsv", ".tab", ".data", ".dat")
_TEXTS = (".txt", ".md", ".json", ".xml", ".html", ".names", ".yaml", ".yml", ".py", ".ipynb", ".log")


def read(file: BinaryIO, choices: Choices) -> Cleaned:
    """Read and clean a file: a zip of images or arrays, an .npz, an .npy, a CSV, or one of them within a zip.

    Raises ValueError with one sentence, without its capital and its full stop, if it cannot be used.
    """
    return _read(held_open("", file), choices)


def read_folder(path: Path, choices: Choices) -> Cleaned:
    """Read and clean a folder, as an archive with the same files. Raises ValueError as `read` does."""
    return _read_members(members_in(path), choices, Notes())


def _read(member: Member, choices: Choices, within: Notes | None = None) -> Cleaned:
    """`within` are the notes on the archive that the file is in, if it is in one."""
    begin = member.begin()
    kind = kind_of(begin)
    match kind.form:
        case "zip":
            with member.open() as file, opened(_seekable(member, file)) as archive:
                if found := kind_of_archive(archive.namelist()):
                    raise ValueError(found.sentence)
                notes = within or Notes()
                return _read_members(members_of(archive, notes), choices, notes, within is not None)
        case "npy" | "idx":
            return read_array(member, choices)
        case "gzip":
            held = gunzipped(member)
            if kind_of(held.begin()).form == "gzip":
                raise ValueError("it is a gzip file within a gzip file: unpack it")
            return _read(held, choices, within)
        case "text":
            with member.open() as file:
                return read_table(_seekable(member, file), choices)
        case "picture":
            raise ValueError(f"it is one picture: pack {FEWEST} or more as zip, or choose them together")
    raise ValueError(kind.sentence)


def _seekable(member: Member, file: BinaryIO) -> BinaryIO:
    """The file, or a copy in memory of one that is packed itself."""
    return io.BytesIO(member.unpacked(CLEANED)) if member.packed else file


def _read_members(members: Sequence[Member], choices: Choices, notes: Notes, nested: bool = False) -> Cleaned:
    kinds = {member.name: _kind(member) for member in members}
    pictures = [member for member in members if kinds[member.name].form == "picture"]
    arrays = [member for member in members if kinds[member.name].form in ("npy", "idx")]
    if len(pictures) < FEWEST and arrays:
        return read_arrays([_plain(member) for member in arrays], choices, notes)
    if pictures:
        others = Counter(_word(kind) for kind in kinds.values() if kind.form != "picture")
        return read_pictures(pictures, others, choices, notes)
    single = _single(members, kinds)
    if single is not None and not nested:
        notes.found.append(f"It holds {shown(single.parts[-1])}, which is read.")
        try:
            return _with(notes, _read(single, choices, Notes()))
        except ValueError as error:
            raise ValueError(f"{shown(single.parts[-1])} in it cannot be used: {error}") from None
    raise ValueError(_why_nothing(members, kinds))


def _kind(member: Member) -> Kind:
    """What a file is; those with the suffix of a picture or an array are taken for one until they are opened."""
    if member.name.lower().endswith(SUFFIXES):
        return Kind("picture", "picture")
    if member.name.endswith(".npy"):
        return Kind("npy", "an array")
    kind = kind_of(member.begin())
    if kind.form != "gzip":
        return kind
    try:
        inside = kind_of(gunzipped(member).begin())
    except ValueError:
        return kind
    return inside if inside.form in ("npy", "idx") else kind


def _plain(member: Member) -> Member:
    return gunzipped(member) if kind_of(member.begin()).form == "gzip" else member


def _single(members: Sequence[Member], kinds: dict[str, Kind]) -> Member | None:
    """The one table or archive among the files, beside texts about it."""
    tables = [m for m in members if kinds[m.name].form == "text" and m.name.lower().endswith(_TABLES)]
    packed = [m for m in members if kinds[m.name].form in ("zip", "gzip")]
    found = [*tables, *packed]
    if not found:
        found = [m for m in members if kinds[m.name].form == "text" and not m.name.lower().endswith(_TEXTS[1:])]
    return found[0] if len(found) == 1 else None


def _with(notes: Notes, cleaned: Cleaned) -> Cleaned:
    preview = cleaned.preview
    return cleaned.with_preview(found=(*notes.found, *preview.found), warnings=(*notes.warnings, *preview.warnings))


def _word(kind: Kind) -> str:
    return {"npy": "arrays", "idx": "arrays", "text": "texts", "zip": "archives", "gzip": "gzip files"}.get(
        kind.form, kind.what
    )


def _why_nothing(members: Sequence[Member], kinds: dict[str, Kind]) -> str:
    """A sentence that names what is there instead."""
    if not members:
        return "there are no pictures in it, nor anything else"
    strange = [kinds[member.name] for member in members if kinds[member.name].form == "other"]
    if strange:
        kind, count = Counter(strange).most_common(1)[0]
        advice = f": {kind.advice}" if kind.advice else ""
        share = f"{count:,} of its {len(members):,} files are"
        return f"there are no pictures in it that can be read: {share} {kind.what}{advice}"
    names = [member.parts[-1] for member in members]
    forms = {kinds[member.name].form for member in members}
    advice = "unpack it and choose one of them" if len(members) > 1 else "unpack it and choose that"
    what = "archives" if forms <= {"zip", "gzip"} else "files"
    return f"there are no pictures in it, arrays or a single table: it holds the {what} {listed(names)}; {advice}"
