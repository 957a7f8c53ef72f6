"""A folder as on a read-only disk, for every user: those who run tests as root may write wherever a mode forbids it."""

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def make_read_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse, as the system does, to make a folder or to write a file below this one."""

    def guarded(act: Callable[..., Any], writes: Callable[..., object]) -> Callable[..., Any]:
        def call(path: Any, *more: Any, **options: Any) -> Any:
            if isinstance(path, str | os.PathLike) and writes(*more, **options) and Path(path).is_relative_to(folder):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
            return act(path, *more, **options)

        return call

    monkeypatch.setattr(os, "mkdir", guarded(os.mkdir, lambda *more, **options: True))
    monkeypatch.setattr(os, "open", guarded(os.open, lambda flags, *more, **options: flags & _WRITING))
    monkeypatch.setattr(io, "open", guarded(io.open, lambda mode="r", *more, **options: mode not in ("r", "rb")))
