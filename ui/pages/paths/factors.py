"""The known factors of a run's test images, where its data were drawn from such: their names, values and places."""

import gzip
from functools import lru_cache
from typing import Any

import numpy as np
from safetensors.numpy import save

from ui.runs import assets
from ui.runs.entry import Entry
from vae_core.data import Factors


def factors_of_run(entry: Entry) -> Factors | None:
    """The factors of the test images that have a code, or None where none are known."""
    try:
        known = assets.test_set(entry.run.config.data.name).factors
    except ValueError:
        return None
    if known is None or len(known.index) < entry.count or max(map(len, known.values)) > 256:
        return None
    return Factors(known.names, known.values, known.index[: entry.count])


def facts(entry: Entry) -> list[dict[str, Any]]:
    """Name and values of each factor, as plain JSON."""
    known = factors_of_run(entry)
    return [{"name": name, "values": list(known.values[k])} for k, name in enumerate(known.names)] if known else []


@lru_cache(maxsize=8)
def packed(entry: Entry) -> bytes:
    """`index`, uint8 [N, F], as a safetensors file, gzip. Raises ValueError where no factors are known."""
    known = factors_of_run(entry)
    if known is None:
        raise ValueError("no factors are known of this model's pictures")
    return gzip.compress(save({"index": np.ascontiguousarray(known.index, dtype=np.uint8)}), 6, mtime=0)
