"""What components get of a run: facts as JSON, and the bytes that they fetch: weights, codes and test images.

Bytes are packed once and kept. An address holds the hash of what it gives, so a browser may keep the answer for ever.
"""

import gzip
import threading
import time
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from cachetools import LRUCache, cached
from cachetools.keys import hashkey

from ui.runs.catalogue import Entry
from ui.url_state.schema import Bounds
from vae_core import data
from vae_core.export import browser_weights
from vae_core.runs.run import CODES

MOST_PACKED = 256 << 20  # bytes of weights, codes and pictures that are kept packed
BLOCK = 256  # test images in one answer
RETRY_SECONDS = 30  # before a data set that could not be read is looked for again
TITLES = {
    "fashion-mnist": "Fashion-MNIST",
    "mnist": "MNIST",
    "pixel-faces": "Pixel faces",
    "digits": "Digits",
    "shapes": "Shapes",
}

# Those that were asked for last, of all models together.
_packed: LRUCache[object, bytes] = LRUCache(MOST_PACKED, getsizeof=len)
_packing = threading.RLock()

_failed: dict[tuple[str, str], tuple[float, str]] = {}


@cached(_packed, key=partial(hashkey, "tensors"), lock=_packing, info=True)
def packed_tensors(entry: Entry, name: str) -> bytes:
    """Pack `decoder`, `encoder` or `codes` of a run as a safetensors file, gzip."""
    raw = (entry.run.path / CODES).read_bytes() if name == "codes" else browser_weights.browser_weights(entry.run, name)
    return gzip.compress(raw, 6, mtime=0)


@cached(_packed, key=partial(hashkey, "images"), lock=_packing, info=True)
def packed_images(entry: Entry, block: int) -> bytes:
    """Pack test images block * BLOCK onwards as raw bytes [n, C, H, W], as the model takes them, gzip.

    Raises ValueError if the run's data set cannot be read or is not the one it was measured on.
    """
    return gzip.compress(test_images(entry)[block * BLOCK : (block + 1) * BLOCK].tobytes(), 6, mtime=0)


def packed_bytes() -> int:
    """Add up the bytes of weights, codes and pictures that are kept packed."""
    with _packing:
        return int(_packed.currsize)


def test_images(entry: Entry) -> np.ndarray:
    """Return the test images that have a code, uint8 [N, C, H, W], as the model takes them.

    Raises ValueError if the run's data set cannot be read or is not the one it was measured on.
    """
    config = entry.run.config
    images = _images(config.data.name, config.data.binarize, image_seed(entry))
    if images.shape[1:] != config.model.image_shape or len(images) < entry.count:
        expected = f"{entry.count} of shape {list(config.model.image_shape)}"
        raise ValueError(f"there are {len(images)} test images of shape {list(images.shape[1:])}, expected {expected}")
    return images[: entry.count]


def image_seed(entry: Entry) -> int:
    """Return the seed of the one draw of binary test images that codes, figures and pictures share."""
    return int(entry.run.card["test"].get("seed") or 0)


@lru_cache(maxsize=4)
def _images(name: str, how: str, seed: int) -> np.ndarray:
    return data.binarize(test_set(name).images, how, seed)


def test_set(name: str) -> data.ImageSet:
    """Read the test images of a data set. Raises ValueError with one sentence if they cannot be read."""
    return image_set(name, "test")


def image_set(name: str, split: str) -> data.ImageSet:
    """Read a split of a data set on this machine; nothing is fetched, and a failure is remembered for a while.

    Raises ValueError with one sentence if it cannot be read.
    """
    tried, sentence = _failed.get((name, split), (-RETRY_SECONDS, ""))
    if time.monotonic() - tried < RETRY_SECONDS:
        raise ValueError(sentence)
    try:
        return _test_set(name) if split == "test" else data.load(name, split)
    except (ValueError, OSError) as error:
        _failed[name, split] = (time.monotonic(), str(error))
        raise ValueError(str(error)) from None


def forget_failure(name: str, split: str) -> None:
    """Look for a split again at once, since its files have come."""
    _failed.pop((name, split), None)


@lru_cache(maxsize=4)
def _test_set(name: str) -> data.ImageSet:
    return data.load(name, "test")


def classes(entry: Entry) -> tuple[str, ...]:
    """Return the names of the classes; none when the data set has none or cannot be read."""
    try:
        return test_set(entry.run.config.data.name).classes
    except ValueError:
        return ()


def images_problem(entry: Entry) -> str:
    """Say in one sentence why the run's test images cannot be shown; empty when they can."""
    try:
        packed_images(entry, 0)
    except ValueError as error:
        return f"The test images of this model cannot be shown, but its decoder works: {error}."
    return ""


def data_title(entry: Entry) -> str:
    """Return the data set's name for people."""
    name = str(entry.run.card["data"].get("name") or entry.run.config.data.name)
    if entry.run.config.data.name.startswith(data.PREFIX):
        return name
    return TITLES.get(name, Path(name).name)


def bounds_of(entry: Entry) -> Bounds:
    """Return the bounds of a link to this run."""
    model = entry.run.config.model
    return Bounds(model.latent_dim, entry.count, len(classes(entry)), model.pixels)


def model_facts(entry: Entry, fields: dict[str, Any]) -> dict[str, Any]:
    """Collect what a component needs of a run: addresses, shapes, classes, conventions and the `fields` of a view."""
    model, card = entry.run.config.model, entry.run.card
    return {
        "id": entry.id,
        "title": entry.title,
        "latent_dim": model.latent_dim,
        "image_shape": list(model.image_shape),
        "likelihood": {"kind": model.likelihood, "sigma": card.get("sigma"), "mean": model.mean},
        **tensor_addresses(entry),
        "images": f"lab/images/{address_part(entry)}/{{block}}",
        "block": BLOCK,
        "count": entry.count,
        "classes": list(classes(entry)),
        "split": "test",
        "data_title": data_title(entry),
        "binarize": {"how": entry.run.config.data.binarize, "seed": image_seed(entry)},
        "rate_per_dimension": card["rate_per_dimension"],
        "active": card["active"],
        "fields": fields,
    }


def tensor_addresses(entry: Entry) -> dict[str, str]:
    """Build the addresses of the run's decoder, encoder and codes."""
    return {part: f"lab/runs/{address_part(entry)}/{part}.safetensors" for part in ("decoder", "encoder", "codes")}


def address_part(entry: Entry) -> str:
    """Name this run as it is now, in an address under /lab."""
    return f"{quote(entry.id, safe='')}/{entry.digest}"
