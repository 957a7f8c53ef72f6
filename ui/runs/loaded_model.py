"""The model of a run in memory, loaded once for all visitors. Needs torch: call `load_torch` before."""

from __future__ import annotations

import threading
from itertools import chain
from typing import TYPE_CHECKING

from cachetools import LRUCache, cached

from ui.runs.catalogue import Entry

if TYPE_CHECKING:
    from vae_core.models.vae import VAE

MOST_BYTES = 512 << 20  # of models in memory; of those beyond it the one that was used last is kept longest


def _size(model: VAE) -> int:
    return sum(part.nbytes for part in chain(model.parameters(), model.buffers()))


_loaded: LRUCache[object, VAE] = LRUCache(MOST_BYTES, getsizeof=_size)
_loading = threading.RLock()


@cached(_loaded, lock=_loading, info=True)
def model_of(entry: Entry) -> VAE:
    """Load the model, float32, on the CPU, in evaluation mode. Raises ValueError if its weights cannot be read."""
    from vae_core.runs.checkpoint import load

    return load(entry.run.path)


def bytes_held() -> int:
    """Add up the bytes of all models in memory."""
    with _loading:
        return int(_loaded.currsize)
