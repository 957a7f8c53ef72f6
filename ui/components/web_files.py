"""The components' own modules and style sheets, ui/web/, served under one address that changes with any of them."""

import gzip
import hashlib
import time
from functools import lru_cache
from pathlib import Path

WEB = Path(__file__).resolve().parents[1] / "web"
TYPES = {".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".mjs": "text/javascript"}


def asset_base() -> str:
    """Where the components' own modules are served from, each at its path under ui/web/."""
    return f"lab/web/{assets_digest()}/"


def assets_digest() -> str:
    """Hash of all the components' own files; they are looked at again each second."""
    return _digest_at(int(time.monotonic()))


@lru_cache(maxsize=1)
def _digest_at(second: int) -> str:
    return _digest(tuple((path, path.stat().st_mtime_ns) for path in _asset_files()))


def _asset_files() -> list[Path]:
    return [path for path in sorted(WEB.rglob("*")) if path.is_file()]


@lru_cache(maxsize=4)
def _digest(files: tuple[tuple[Path, int], ...]) -> str:
    whole = hashlib.sha256()
    for path, _ in files:
        whole.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:16]


@lru_cache(maxsize=256)
def packed_asset(digest: str, name: str) -> bytes | None:
    """One of the components' own files, gzip; None for a name that is not among them."""
    known = {path.relative_to(WEB).as_posix(): path for path in _asset_files()}
    return gzip.compress(known[name].read_bytes(), 6, mtime=0) if name in known else None
