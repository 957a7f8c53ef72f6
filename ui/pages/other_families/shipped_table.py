"""The shipped table of all families, with the words for each."""

import json
from functools import lru_cache
from typing import Any

from ui.pages.other_families.shipped_models import ROOT

# By family: its name, what its training needs, and its chapter of this page.
WORDS = {
    "vae": ("VAE", "an encoder, and one z for each picture", ""),
    "iwae": ("IWAE, 5 samples", "an encoder, and five z for each picture", ""),
    "rbm": ("RBM, 16 hidden units", "samples of the model from a chain that mixes", "boltzmann"),
    "dbm": ("DBM, 12 and 8 hidden units", "a sum over all hidden states, or a chain", "boltzmann"),
    "autoregressive": ("Autoregressive, row by row", "nothing but the data", "autoregressive"),
    "autoregressive-any-order": ("Autoregressive, any order", "orders to draw from", "autoregressive"),
    "gan": ("GAN", "a second network, and a balance of the two", "gan"),
    "gsn": ("GSN, a learned denoiser", "noise to take back", "gsn"),
}


@lru_cache(maxsize=1)
def rows() -> list[dict[str, Any]]:
    """The rows of `vae_core.tasks.compare_families` in shipped_families, with `title`, `needs` and `chapter`."""
    found = json.loads((ROOT / "table.json").read_text(encoding="utf-8"))["rows"]
    return [row | dict(zip(("title", "needs", "chapter"), WORDS[row["family"]], strict=True)) for row in found]
