"""Measure disk space, require it, and explain failed writes."""

import errno
import shutil
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
_LOCKED = (errno.EACCES, errno.EPERM, errno.EROFS)
LEAST_FREE = 512 << 20  # bytes that are kept free, for what is being written already


def free(folder: Path) -> int:
    """Return the free bytes on the disk of a folder, which need not exist yet."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    return shutil.disk_usage(there).free


def require_free(folder: Path) -> None:
    """Raises ValueError with one sentence if the disk of a folder is nearly full."""
    if (left := free(folder)) < LEAST_FREE:
        raise ValueError(
            f"the disk of this server is nearly full, {left / 1e6:,.0f} MB are left: delete something, or tell "
            "who runs this server"
        )


def reason(error: ValueError | OSError) -> str:
    """Explain a failed write in a clause for visitors, without paths of the server."""
    if isinstance(error, ValueError):
        return str(error)
    if error.errno in FULL:
        return "the disk of this server is full: delete something, or tell who runs this server"
    if error.errno in _LOCKED:
        return "this server may not write into the folder where it keeps such things: tell who runs it"
    return f"the disk of this server could not take it ({error.strerror or type(error).__name__})"


def size(folder: Path) -> int:
    """Return the bytes of all files in a folder; files deleted meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total
