"""The shipped RBM and autoregressive models with some test pictures, packed for the browser."""

import json
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
    from vae_core.families.rbm import RBM

ROOT = Path(__file__).resolve().parents[3] / "shipped_families"
FOLDERS = {"one": "autoregressive", "any": "autoregressive-any-order", "rbm": "rbm"}


def addresses() -> dict[str, object]:
    """Where the browser fetches the models and the pictures, [PICTURES, PIXELS] of 0 and 1; with the RBM's log Z."""
    models, shown = _packed()
    return {
        "models": {name: array_cache.put(packed) for name, packed in models.items()},
        "pictures": array_cache.put(shown),
        "log_partition": json.loads((ROOT / FOLDERS["rbm"] / "card.json").read_text(encoding="utf-8"))["log_partition"],
    }


def model(name: str) -> "RBM | MADE":
    """The RBM, or the model that knows `one` order or `any`, in the order row by row; float64."""
    from vae_core.families import weights_file

    return weights_file.load(_weights(name))


def pictures() -> np.ndarray:
    """The first test pictures of Fashion-MNIST, black or white, [PICTURES, PIXELS] of 0 and 1, uint8."""
    images = data.binarize(data.load("fashion-mnist", "test").images[:PICTURES], "threshold", 0)
    return (images > 0).reshape(PICTURES, PIXELS).astype(np.uint8)


@lru_cache(maxsize=1)
def _packed() -> tuple[dict[str, Packed], Packed]:
    models = {}
    for name in FOLDERS:
        parts = load_file(_weights(name))
        parts.pop("order", None)  # row by row, which the browser knows
        models[name] = array_cache.pack(parts)
    return models, array_cache.pack({"x": pictures()})


def _weights(name: str) -> Path:
    return ROOT / FOLDERS[name] / "weights.safetensors"
