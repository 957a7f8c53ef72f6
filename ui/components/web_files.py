"""The files of the browser side under hashed addresses: the components' own in ui/web/, and plotly.js.

The components' own modules and style sheets have one address together, which changes with any of them. plotly.js is
that of the installed plotly package.
"""

import gzip
import hashlib
import time
from functools import lru_cache
from importlib.metadata import distribution
from pathlib import Path

WEB = Path(__file__).resolve().parents[1] / "web"
TYPES = {".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".mjs": "text/javascript"}


def asset_base() -> str:
    """Return where the components' own modules are served from, each at its path under ui/web/."""
    return f"lab/web/{assets_digest()}/"


def assets_digest() -> str:
    """Hash all the components' own files; they are looked at again each second."""
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
    """Pack one of the components' own files, gzip; None for a name that is not among them."""
    known = {path.relative_to(WEB).as_posix(): path for path in _asset_files()}
    return gzip.compress(known[name].read_bytes(), 6, mtime=0) if name in known else None


def plotly_address() -> str:
    """Return where plotly.js is served from."""
    return f"lab/charts/{plotly_digest()}/plotly.min.js"


@lru_cache(maxsize=1)
def plotly_digest() -> str:
    """Name plotly.js without reading it: the package's version and the file's size."""
    return hashlib.sha256(f"{distribution('plotly').version}:{_plotly_file().stat().st_size}".encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def packed_plotly() -> bytes:
    """Pack plotly.js, gzip, when a page first asks for it."""
    return gzip.compress(_plotly_file().read_bytes(), 6, mtime=0)


def _plotly_file() -> Path:
    return Path(str(distribution("plotly").locate_file("plotly/package_data/plotly.min.js")))
