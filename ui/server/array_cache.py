"""Arrays that a page has computed, kept under the hash of their bytes until a browser fetches them.

A rerun then sends an address of a few bytes, and a browser that already has the arrays asks for nothing.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import load, save

MOST_BYTES = 64_000_000  # in all; the arrays that were kept or asked for longest ago go first

_kept: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Packed:
    """Arrays as a safetensors file, gzip, and the hash that names them."""

    digest: str
    content: bytes

    def arrays(self) -> dict[str, np.ndarray]:
        return load(gzip.decompress(self.content))


def pack(arrays: dict[str, np.ndarray]) -> Packed:
    """The arrays, float32 or uint8, as they are sent. The same arrays have the same hash."""
    content = gzip.compress(save(arrays), 1, mtime=0)
    return Packed(hashlib.sha256(content).hexdigest()[:32], content)


def put(arrays: Packed) -> str:
    """Keep the arrays for browsers to fetch; their address."""
    with _lock:
        _kept[arrays.digest] = arrays.content
        _kept.move_to_end(arrays.digest)
        while sum(map(len, _kept.values())) > MOST_BYTES and len(_kept) > 1:
            _kept.popitem(last=False)
    return f"lab/arrays/{arrays.digest}"


def get(digest: str) -> bytes | None:
    """The arrays under this hash, gzip, or None when they have gone."""
    with _lock:
        if digest in _kept:
            _kept.move_to_end(digest)
        return _kept.get(digest)
