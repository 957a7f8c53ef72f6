"""Store uploaded data sets: drafts, quotas, trash and restore."""

import contextlib
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from vae_core.data.uploaded import ARRAYS, SET, UploadedSet, folder_of, read_cleaned, read_description, root
from vae_core.io.atomic import TEMPORARY, remove_folder, sync, write_bytes, write_json
from vae_core.io.disk_space import require_free
from vae_core.io.file_lock import locked
from vae_core.readers.schema import Choices, Preview, shown
from vae_core.uploads.contact_sheet import contact_sheet
from vae_core.uploads.sandbox import UploadError, read_sandboxed

SHEET = "sheet.png"
OWNER_BYTES, OWNER_SETS = 256_000_000, 20
ALL_BYTES = 4_000_000_000
_DRAFTS, _TRASH, _LOCK = ".drafts", ".trash", ".shelf.lock"
_DRAFT_SECONDS, _TRASH_SECONDS = 3600.0, 24 * 3600.0
_OWNER_DRAFTS, ALL_DRAFTS, _OWNER_TRASH = 2, 60, 3
_OWNER = re.compile(r"[a-z0-9]{1,64}")


@dataclass(frozen=True)
class Draft:
    """An upload that was read and can be saved: its folder, preview and seconds of processor time."""

    path: Path
    preview: Preview
    seconds: float


@dataclass(frozen=True)
class Quota:
    """The bytes and sets that an owner has, and may have."""

    bytes: int
    sets: int
    most_bytes: int = OWNER_BYTES
    most_sets: int = OWNER_SETS


def read_draft(upload: BinaryIO, choices: Choices, owner: str) -> Draft:
    """Read an upload in the sandbox. Raises UploadError with one sentence if it cannot be used."""
    folder = new_draft(owner)
    try:
        answer = read_sandboxed("data", upload, asdict(choices), folder / ARRAYS, owner)
        try:
            preview = Preview.from_json(answer.told)
            images = read_cleaned(folder / ARRAYS, preview).images
        except ValueError as error:
            raise UploadError(str(error), answer.seconds, answer.peak) from None
        write_bytes(folder / SHEET, contact_sheet(images, preview.kind), flush=False)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Draft(folder, preview, answer.seconds)


def new_draft(owner: str) -> Path:
    """Create an empty folder for a draft.

    Raises UploadError when too many visitors look at once or the disk is nearly full.
    """
    drafts = root() / _DRAFTS
    try:
        require_free(root())
    except ValueError as error:
        raise UploadError(str(error)) from None
    drafts.mkdir(parents=True, exist_ok=True)
    _sweep_drafts(drafts, _checked(owner))
    folder = drafts / f"{owner}.{uuid.uuid4().hex}"
    folder.mkdir()
    return folder


def save(draft: Draft, title: str, source: str, owner: str) -> UploadedSet:
    """Save a draft as a data set. Raises ValueError with one sentence if it is gone or a quota is reached."""
    title = shown(" ".join(title.split())) if title.strip() else "My data"
    try:
        images = read_cleaned(draft.path / ARRAYS, draft.preview).images
    except ValueError:
        raise ValueError("this preview is no longer kept: choose the file again") from None
    size = (draft.path / ARRAYS).stat().st_size
    with locked(root() / _LOCK):
        _require_quota(size, _checked(owner))
        stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "data"
        name = f"{stem}-{uuid.uuid4().hex[:6]}"  # never one that another set has had: what is cached goes by name
        values = {"title": title, "owner": owner, "made": time.time(), "source": shown(source), "bytes": size}
        values |= {"sha256": hashlib.sha256(images).hexdigest(), "preview": draft.preview.to_json()}
        write_json(draft.path / SET, values)
        for file in draft.path.iterdir():
            sync(file)
        os.replace(draft.path, root() / name)
        sync(root())
    return read_description(root() / name)


def discard(draft: Draft) -> None:
    """Delete a draft."""
    shutil.rmtree(draft.path, ignore_errors=True)


def list_sets() -> list[UploadedSet]:
    """List every data set that can be read, the newest first."""
    return sorted(_all(root()), key=lambda kept: (-kept.made, kept.name))


def measure_quota(owner: str) -> Quota:
    """Sum up the bytes and sets of an owner."""
    mine = [kept.bytes for kept in _all(root()) if kept.owner == owner]
    return Quota(sum(mine), len(mine))


def read_contact_sheet(name: str) -> bytes:
    """Read the contact sheet of a set, a PNG. Raises OSError if it is gone."""
    return (folder_of(name) / SHEET).read_bytes()


def remove(name: str, owner: str) -> Path:
    """Move one of the owner's sets into the trash; returns its path there. Raises ValueError if it is another's."""
    folder = folder_of(name)
    with locked(root() / _LOCK):
        kept = read_description(folder)
        if kept.owner != owner:
            raise ValueError(f"{kept.title} is another visitor's: only its owner may delete it")
        trash = root() / _TRASH
        trash.mkdir(exist_ok=True)
        place = trash / f"{folder.name}.{time.time_ns():x}"
        os.replace(folder, place)
        os.utime(place, (time.time(),) * 2)
        _sweep_trash(trash, owner)
    return place


def list_removed(owner: str, within: float) -> list[Path]:
    """List this owner's sets in the trash that were removed in the last `within` seconds, the newest first."""
    found = []
    for place in (root() / _TRASH).glob("*"):
        with contextlib.suppress(ValueError):
            if _age(place) <= within and read_description(place).owner == owner:
                found.append(place)
    return sorted(found, key=_age)


def restore(place: Path, owner: str) -> UploadedSet:
    """Restore a set from the trash. Raises ValueError if it is gone, another's, or a quota is reached."""
    with locked(root() / _LOCK):
        kept = read_description(place)
        if kept.owner != owner:
            raise ValueError("it is another visitor's")
        _require_quota(kept.bytes, owner)
        folder = root() / place.name.rpartition(".")[0]
        os.replace(place, folder)
    return read_description(folder)


def _require_quota(size: int, owner: str) -> None:
    sets = _all(root())
    mine = [kept.bytes for kept in sets if kept.owner == owner]
    if len(mine) >= OWNER_SETS:
        raise ValueError(f"you have {len(mine)} data sets, and no more fit: delete one first")
    if sum(mine) + size > OWNER_BYTES:
        left = max(0, OWNER_BYTES - sum(mine)) / 1e6
        raise ValueError(f"it takes {size / 1e6:.0f} MB and you have {left:.0f} MB left: delete a data set first")
    if sum(kept.bytes for kept in sets) + size > ALL_BYTES:
        raise ValueError("this server's room for data sets is used up: ask who runs it")


def _all(folder: Path) -> list[UploadedSet]:
    return list(_readable(folder)) if folder.is_dir() else []


def _readable(folder: Path) -> Iterator[UploadedSet]:
    for child in folder.iterdir():
        if not child.name.startswith(".") and TEMPORARY not in child.name:
            with contextlib.suppress(ValueError):
                yield read_description(child)


def _sweep_drafts(drafts: Path, owner: str) -> None:
    """Delete old drafts and all but the owner's newest. Raises UploadError if there are too many drafts."""
    oldest_first = sorted(drafts.iterdir(), key=_age, reverse=True)
    mine = [draft for draft in oldest_first if draft.name.startswith(f"{owner}.")]
    doomed = {draft for draft in oldest_first if _age(draft) > _DRAFT_SECONDS}
    doomed |= set(mine[: max(0, len(mine) - _OWNER_DRAFTS + 1)])
    for draft in doomed:
        shutil.rmtree(draft, ignore_errors=True)
    if len(oldest_first) - len(doomed) >= ALL_DRAFTS:
        raise UploadError("too many visitors are looking at uploads: try again in a few minutes")


def _sweep_trash(trash: Path, owner: str) -> None:
    mine = 0
    for place in sorted(trash.iterdir(), key=_age):
        with contextlib.suppress(ValueError, OSError):
            own = read_description(place).owner == owner
            mine += own
            if _age(place) > _TRASH_SECONDS or (own and mine > _OWNER_TRASH):
                remove_folder(place)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")


def _checked(owner: str) -> str:
    if not _OWNER.fullmatch(owner):
        raise ValueError(f"owner is {owner[:80]!r}, expected a-z and 0-9")
    return owner
