"""torch in the web process: imported when a page first needs it, on one thread, and kept off the garbage collector."""

import gc
from functools import lru_cache


@lru_cache(maxsize=1)
def load_torch() -> None:
    """Import torch, what stands on it and ArviZ. Visitors share the process, so torch gets one thread."""
    import arviz_stats.base  # noqa: F401
    import torch

    import vae_core.estimators.marginal_likelihood  # noqa: F401

    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
