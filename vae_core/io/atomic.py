"""Write files and folders atomically: complete or absent, also after a power cut.

A temporary sibling is filled, flushed to the disk and renamed; then the folder that holds it is flushed. What a killed
process leaves behind carries `.tmp-` in its name and is swept at the next start.
"""

import contextlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TEMPORARY = ".tmp-"


def write_bytes(path: Path, data: bytes, flush: bool = True) -> None:
    """Replace the file at `path` atomically. Without `flush` a power cut, not a killed process, may lose it."""
    draft = temporary_sibling(path)
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            if flush:
                os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    if flush:
        sync(path.parent)


def write_json(path: Path, values: dict[str, Any], flush: bool = True) -> None:
    """Replace a JSON file atomically. Raises ValueError for numbers that are not finite."""
    write_bytes(path, (json.dumps(values, indent=1, allow_nan=False) + "\n").encode(), flush)


@contextmanager
def new_folder(path: Path, replace: bool = False) -> Iterator[Path]:
    """Yield a folder to fill, which becomes `path` if the block succeeds and is deleted otherwise.

    With `replace` it takes the place of a folder that is there; without, `path` must not exist or must be an empty
    folder, else OSError is raised at the end.
    """
    draft = temporary_sibling(path)
    draft.mkdir(parents=True)
    try:
        yield draft
        for file in draft.iterdir():
            sync(file)
        sync(draft)
        if replace and path.exists():
            remove_folder(path)
        os.replace(draft, path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder atomically: readers see all of it or nothing."""
    doomed = temporary_sibling(path)
    os.replace(path, doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def sweep(folder: Path, older_than: float = 0) -> None:
    """Delete temporary files that killed processes left in a folder, if older than so many seconds."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if TEMPORARY in path.name and time.time() - path.stat().st_mtime >= older_than:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def temporary_sibling(path: Path) -> Path:
    return path.with_name(f"{path.name}{TEMPORARY}{uuid.uuid4().hex[:8]}")


def sync(path: Path) -> None:
    """Flush a file or a folder's entries to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
