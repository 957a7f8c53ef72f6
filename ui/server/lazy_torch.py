"""Import torch into the web server when a page first needs it, with one thread, outside of garbage collection."""

import gc
from functools import lru_cache


@lru_cache(maxsize=1)
def load_torch() -> None:
    """Import torch, the modules that use it, and ArviZ. All visitors share the process, so torch gets one thread."""
    import arviz_stats.base  # noqa: F401
    import torch

    import vae_core.estimators.marginal_likelihood  # noqa: F401

    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
