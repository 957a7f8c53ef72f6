"""The model of a run in memory, loaded once for all visitors. Needs torch: call `load_torch` before."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ui.runs.catalogue import Entry

if TYPE_CHECKING:
    from vae_core.models.vae import VAE


@lru_cache(maxsize=8)
def model_of(entry: Entry) -> VAE:
    """Load the model, float32, on the CPU, in evaluation mode. Raises ValueError if its weights cannot be read."""
    from vae_core.runs.checkpoint import load

    return load(entry.run.path)
