"""Cache arrays that a page has computed, under the hash of their bytes, so that a browser can fetch them.

A rerun sends only their address, and a browser that has cached the arrays does not fetch them again.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import load, save

MOST_BYTES = 64_000_000  # in all; the least recently used arrays are dropped first

_kept: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Packed:
    """Arrays as a gzipped safetensors file, and the hash in their address."""

    digest: str
    content: bytes

    def arrays(self) -> dict[str, np.ndarray]:
        return load(gzip.decompress(self.content))


def pack(arrays: dict[str, np.ndarray]) -> Packed:
    """Pack arrays, float32 or uint8, for the browser. Equal arrays have equal hashes."""
    content = gzip.compress(save(arrays), 1, mtime=0)
    return Packed(hashlib.sha256(content).hexdigest()[:32], content)


def put(arrays: Packed) -> str:
    """Store arrays for browsers to fetch; returns their address."""
    with _lock:
        _kept[arrays.digest] = arrays.content
        _kept.move_to_end(arrays.digest)
        while sum(map(len, _kept.values())) > MOST_BYTES and len(_kept) > 1:
            _kept.popitem(last=False)
    return f"lab/arrays/{arrays.digest}"


def get(digest: str) -> bytes | None:
    """Return the gzipped arrays with this hash; None if they have been dropped."""
    with _lock:
        if digest in _kept:
            _kept.move_to_end(digest)
        return _kept.get(digest)


def bytes_held() -> int:
    """Add up the bytes of all arrays that are kept."""
    with _lock:
        return sum(map(len, _kept.values()))
