"""Arrays that a page has computed, kept under the hash of their bytes until a browser fetches them.

A rerun then sends an address of a few bytes, and a browser that already has the arrays asks for nothing.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict

import numpy as np
from safetensors.numpy import save

MOST_BYTES = 64_000_000  # in all; the arrays that were kept or asked for longest ago go first

_kept: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()


def keep(arrays: dict[str, np.ndarray]) -> str:
    """The address of these arrays as a safetensors file (float32 or uint8). The same arrays have the same address."""
    packed = gzip.compress(save(arrays), 1, mtime=0)
    digest = hashlib.sha256(packed).hexdigest()[:32]
    with _lock:
        _kept[digest] = packed
        _kept.move_to_end(digest)
        while sum(map(len, _kept.values())) > MOST_BYTES and len(_kept) > 1:
            _kept.popitem(last=False)
    return f"/lab/arrays/{digest}"


def packed(digest: str) -> bytes | None:
    """The arrays under this hash, gzip, or None when they have gone."""
    with _lock:
        if digest in _kept:
            _kept.move_to_end(digest)
        return _kept.get(digest)
