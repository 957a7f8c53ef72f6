"""The bytes that the pad fetches: its own modules, weights, codes and test images, each packed once and kept.

An address holds the hash of what it gives, so a browser may keep the answer for ever.
"""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np

from ui.run_folder import CODES, Run
from vae_core import data, export

BLOCK = 256  # test images in one answer
ASSETS = Path(__file__).parent / "latent_pad" / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".mjs": "text/javascript"}


def asset_base() -> str:
    """Where the pad's own modules are served from."""
    return f"/lab/pad/{assets_digest()}/"


def assets_digest() -> str:
    """Hash of all the pad's own files; computed again when one of them changes."""
    files = (path for path in sorted(ASSETS.rglob("*")) if path.is_file())
    return _digest(tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=4)
def _digest(files: tuple[tuple[Path, int], ...]) -> str:
    whole = hashlib.sha256()
    for path, _ in files:
        whole.update(path.relative_to(ASSETS).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:16]


@lru_cache(maxsize=256)
def packed_asset(digest: str, name: str) -> bytes | None:
    """One of the pad's own files, gzip; None for a name that is not among them."""
    known = {path.relative_to(ASSETS).as_posix(): path for path in ASSETS.rglob("*") if path.is_file()}
    return gzip.compress(known[name].read_bytes(), 6, mtime=0) if name in known else None


@lru_cache(maxsize=64)
def packed_tensors(run: Run, name: str) -> bytes:
    """`decoder`, `encoder` or `codes` of a run as a safetensors file, gzip."""
    raw = (run.folder / CODES).read_bytes() if name == "codes" else export.browser_weights(run.folder, name)
    return gzip.compress(raw, 6, mtime=0)


@lru_cache(maxsize=512)
def packed_images(run: Run, block: int) -> bytes:
    """Test images block * BLOCK onwards as raw bytes [n, C, H, W], as the model takes them, gzip."""
    images = _images(run.config.data.name, run.config.data.binarize, image_seed(run))[: run.count]
    return gzip.compress(images[block * BLOCK : (block + 1) * BLOCK].tobytes(), 6, mtime=0)


def image_seed(run: Run) -> int:
    """Seed of the one draw of binary test images that codes, figures and pictures share."""
    return int(run.card["test"].get("seed") or 0)


@lru_cache(maxsize=4)
def _images(name: str, how: str, seed: int) -> np.ndarray:
    return data.binarize(test_set(name).images, how, seed)


@lru_cache(maxsize=4)
def test_set(name: str) -> data.ImageSet:
    """The test images of a data set."""
    return data.load(name, "test")
