"""The shipped autoregressive models and some test pictures, packed for the browser."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import load_file

from ui.pages.other_families.url import PICTURES, PIXELS
from ui.server import array_cache
from ui.server.array_cache import Packed
from vae_core import data

if TYPE_CHECKING:
    from vae_core.families.autoregressive import MADE

ROOT = Path(__file__).resolve().parents[3] / "shipped_families"
FOLDERS = {"one": "autoregressive", "any": "autoregressive-any-order"}


def addresses() -> dict[str, object]:
    """Where the browser fetches the models, by the orders they know, and the pictures: [PICTURES, PIXELS] of 0, 1."""
    models, shown = _packed()
    return {
        "models": {name: array_cache.put(packed) for name, packed in models.items()},
        "pictures": array_cache.put(shown),
    }


def model(writer: str) -> "MADE":
    """The model that knows one order, or any, float64, in the order row by row."""
    from vae_core.families import weights_file

    return weights_file.load(_weights(writer))


def pictures() -> np.ndarray:
    """The first test pictures of Fashion-MNIST, black or white, [PICTURES, PIXELS] of 0 and 1, uint8."""
    images = data.binarize(data.load("fashion-mnist", "test").images[:PICTURES], "threshold", 0)
    return (images > 0).reshape(PICTURES, PIXELS).astype(np.uint8)


@lru_cache(maxsize=1)
def _packed() -> tuple[dict[str, Packed], Packed]:
    # The order is row by row in both files; the browser knows it.
    tensors = {writer: load_file(_weights(writer)) for writer in FOLDERS}
    models = {
        writer: array_cache.pack({name: parts[name] for name in ("W", "c", "V", "b")})
        for writer, parts in tensors.items()
    }
    return models, array_cache.pack({"x": pictures()})


def _weights(writer: str) -> Path:
    return ROOT / FOLDERS[writer] / "weights.safetensors"
