"""Data sets that visitors have brought: a folder each, with one checked array, read by a name that begins with own:."""

import json
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as parse

from vae_core.data.images import ImageSet
from vae_core.limits import FEWEST
from vae_core.upload.cleaned import Preview

PREFIX = "own:"
FOLDER_VARIABLE = "VAE_LAB_UPLOADS"
SET, ARRAYS = "set.json", "arrays.safetensors"
TEST_SHARE, SPLIT_SEED = 0.2, 0
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Kept:
    """What is known of a data set that was brought: `name` with its prefix, whose it is, bytes, and its preview."""

    name: str
    title: str
    owner: str
    made: float  # unix seconds
    source: str  # the file's name
    bytes: int
    sha256: str  # of the pictures' bytes
    preview: Preview


def root() -> Path:
    """The folder of all of them: $VAE_LAB_UPLOADS, or uploads/ beside the app."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else _HERE / "uploads"


def folder_of(name: str) -> Path:
    """Where a set of that name lies, with its prefix or without. Raises ValueError for what is no name."""
    plain = name.removeprefix(PREFIX)
    if not _NAME.fullmatch(plain):
        raise ValueError(f"data is {name[:100]!r}, expected {PREFIX} and a name of a-z, 0-9 and '-'")
    return root() / plain


def describe(name: str) -> Kept:
    """What is known of a set. Raises ValueError with one sentence if it is not there or cannot be read."""
    return read_description(folder_of(name))


def read_description(folder: Path) -> Kept:
    """What is known of the set in a folder. Raises ValueError with one sentence if it cannot be read."""
    try:
        return _described(folder, (folder / SET).stat().st_mtime_ns)
    except FileNotFoundError:
        raise ValueError(f"there is no data set {PREFIX}{folder.name}: it may have been deleted") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(f"the data set {PREFIX}{folder.name} cannot be read") from None


@lru_cache(maxsize=1024)
def _described(folder: Path, stamp: int) -> Kept:
    values: dict[str, Any] = json.loads((folder / SET).read_text(encoding="utf-8"))
    kept = Kept(name=PREFIX + folder.name, preview=Preview.from_json(values.pop("preview")), **values)
    words = (kept.title, kept.owner, kept.source, kept.sha256)
    if not all(isinstance(word, str) for word in words) or type(kept.bytes) is not int:
        raise ValueError
    return kept


def load_kept(name: str, split: str) -> ImageSet:
    """The training or test pictures of a set, split 80 to 20 by a fixed seed. Raises ValueError as `describe` does."""
    kept = describe(name)
    images, labels = read_arrays(folder_of(name) / ARRAYS, kept.preview)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    held_out = round(TEST_SHARE * len(images))
    chosen = np.sort(order[:held_out] if split == "test" else order[held_out:])
    mine = None if labels is None else labels[chosen].astype(np.int64)
    return ImageSet(kept.title, split, images[chosen], mine, kept.preview.classes, kept.source, "own data")


def read_arrays(path: Path, preview: Preview) -> tuple[np.ndarray, np.ndarray | None]:
    """uint8 [N, C, H, W] and labels uint8 [N] or None. Raises ValueError unless they are what the preview says."""
    try:
        arrays = parse(path.read_bytes())
    except (OSError, SafetensorError, KeyError, ValueError):
        raise ValueError(f"the pictures in {path.parent.name} cannot be read") from None
    images, labels = arrays.get("images"), arrays.get("labels")
    sound = images is not None and images.dtype == np.uint8 and images.shape == (preview.count, *preview.shape)
    sound = sound and preview.count >= FEWEST and preview.shape[0] in (1, 3)
    if sound and labels is not None:
        sound = labels.dtype == np.uint8 and labels.shape == (preview.count,) and labels.max() < len(preview.classes)
    if not sound:
        raise ValueError(f"the pictures in {path.parent.name} are not what its description says")
    return images, labels
