"""Geodesics of a run's decoder, worked out on the server once for each pair of ends and kept."""

import time
from functools import lru_cache
from typing import Any

from ui.runs.catalogue import Entry
from ui.server.lazy_torch import load_torch

NODES = 33  # points of a kept geodesic, ends included; the browser takes its frames from them


@lru_cache(maxsize=256)
def geodesic(entry: Entry, a: tuple[float, ...], b: tuple[float, ...]) -> dict[str, Any]:
    """The geodesic from a to b as plain JSON: `path` [NODES, D], its lengths, and how the search for it ended.

    Lengths are in units of the decoded pictures, the root of summed squares of pixels from 0 to 1.
    Raises ValueError with one sentence for ends that no geodesic joins.
    """
    load_torch()
    import torch

    from ui.runs.loaded_model import model_of
    from vae_core.latent import geometry

    start = time.perf_counter()
    found = geometry.geodesic(model_of(entry), torch.tensor(a), torch.tensor(b), NODES)
    return {
        "path": found.path.tolist(),
        "length": float(found.length),
        "straight_length": float(found.straight_length),
        "steps": int(found.steps),
        "converged": bool(found.converged),
        "seconds": time.perf_counter() - start,
    }
