"""The bytes that components fetch: their own modules, weights, codes and test images, each packed once and kept.

An address holds the hash of what it gives, so a browser may keep the answer for ever.
"""

import gzip
import threading
import time
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from cachetools import LRUCache, cached
from cachetools.keys import hashkey

from ui.runs.entry import Entry
from vae_core import data
from vae_core.export import browser_weights
from vae_core.runs.run import CODES

BLOCK = 256  # test images in one answer
RETRY_SECONDS = 30  # before a data set that could not be read is looked for again
TITLES = {
    "fashion-mnist": "Fashion-MNIST",
    "mnist": "MNIST",
    "pixel-faces": "Pixel faces",
    "digits": "Digits",
    "shapes": "Shapes",
}

# Weights, codes and pictures that were asked for last, packed: bytes of all together, however many models there are.
_packed: LRUCache[object, bytes] = LRUCache(256 << 20, getsizeof=len)
_packing = threading.RLock()

_failed: dict[tuple[str, str], tuple[float, str]] = {}


@cached(_packed, key=partial(hashkey, "tensors"), lock=_packing, info=True)
def packed_tensors(entry: Entry, name: str) -> bytes:
    """`decoder`, `encoder` or `codes` of a run as a safetensors file, gzip."""
    raw = (entry.run.path / CODES).read_bytes() if name == "codes" else browser_weights.browser_weights(entry.run, name)
    return gzip.compress(raw, 6, mtime=0)


@cached(_packed, key=partial(hashkey, "images"), lock=_packing, info=True)
def packed_images(entry: Entry, block: int) -> bytes:
    """Test images block * BLOCK onwards as raw bytes [n, C, H, W], as the model takes them, gzip.

    Raises ValueError if the run's data set cannot be read or is not the one it was measured on.
    """
    return gzip.compress(test_images(entry)[block * BLOCK : (block + 1) * BLOCK].tobytes(), 6, mtime=0)


def test_images(entry: Entry) -> np.ndarray:
    """The test images that have a code, uint8 [N, C, H, W], as the model takes them.

    Raises ValueError if the run's data set cannot be read or is not the one it was measured on.
    """
    config = entry.run.config
    images = _images(config.data.name, config.data.binarize, image_seed(entry))
    if images.shape[1:] != config.model.image_shape or len(images) < entry.count:
        expected = f"{entry.count} of shape {list(config.model.image_shape)}"
        raise ValueError(f"there are {len(images)} test images of shape {list(images.shape[1:])}, expected {expected}")
    return images[: entry.count]


def image_seed(entry: Entry) -> int:
    """Seed of the one draw of binary test images that codes, figures and pictures share."""
    return int(entry.run.card["test"].get("seed") or 0)


@lru_cache(maxsize=4)
def _images(name: str, how: str, seed: int) -> np.ndarray:
    return data.binarize(test_set(name).images, how, seed)


def test_set(name: str) -> data.ImageSet:
    """The test images of a data set. Raises ValueError with one sentence if they cannot be read."""
    return image_set(name, "test")


def image_set(name: str, split: str) -> data.ImageSet:
    """A split of a data set that is on this machine; nothing is fetched, and a failure is remembered for a while.

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


@lru_cache(maxsize=4)
def _test_set(name: str) -> data.ImageSet:
    return data.load(name, "test")


def classes(entry: Entry) -> tuple[str, ...]:
    """Names of the classes; none when the data set has none or cannot be read."""
    try:
        return test_set(entry.run.config.data.name).classes
    except ValueError:
        return ()


def images_problem(entry: Entry) -> str:
    """One sentence when the run's test images cannot be shown, else nothing."""
    try:
        packed_images(entry, 0)
    except ValueError as error:
        return f"The test images of this model cannot be shown, but its decoder works: {error}."
    return ""


def data_title(entry: Entry) -> str:
    """The data set's name for people."""
    name = str(entry.run.card["data"].get("name") or entry.run.config.data.name)
    if entry.run.config.data.name.startswith(data.PREFIX):
        return name
    return TITLES.get(name, Path(name).name)
