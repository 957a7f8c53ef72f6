"""Uploaded data sets: a folder each, with one validated array, loaded by a name that begins with own:."""

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

from vae_core.data.image_set import ImageSet
from vae_core.data.local_files import TEST_SHARE, split_of
from vae_core.readers.limits import FEWEST
from vae_core.readers.schema import Cleaned, Preview

PREFIX = "own:"
FOLDER_VARIABLE = "VAE_LAB_UPLOADS"
SET, ARRAYS = "set.json", "arrays.safetensors"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class UploadedSet:
    """Description of an uploaded data set: `name` with its prefix, owner, bytes, and preview."""

    name: str
    title: str
    owner: str
    made: float  # unix seconds
    source: str  # the file's name
    bytes: int
    sha256: str  # of the pictures' bytes
    preview: Preview


def root() -> Path:
    """Return the folder of all uploaded sets: $VAE_LAB_UPLOADS, or uploads/ beside the app."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else _HERE / "uploads"


def folder_of(name: str) -> Path:
    """Return the folder of a set, by its name with or without prefix. Raises ValueError for an invalid name."""
    plain = name.removeprefix(PREFIX)
    if not _NAME.fullmatch(plain):
        raise ValueError(f"data is {name[:100]!r}, expected {PREFIX} and a name of a-z, 0-9 and '-'")
    return root() / plain


def describe(name: str) -> UploadedSet:
    """Read the description of a set. Raises ValueError with one sentence if it is missing or cannot be read."""
    return read_description(folder_of(name))


def read_description(folder: Path) -> UploadedSet:
    """Read the description in a set's folder. Raises ValueError with one sentence if it cannot be read."""
    try:
        return _described(folder, (folder / SET).stat().st_mtime_ns)
    except FileNotFoundError:
        raise ValueError(f"there is no data set {PREFIX}{folder.name}: it may have been deleted") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(f"the data set {PREFIX}{folder.name} cannot be read") from None


@lru_cache(maxsize=1024)
def _described(folder: Path, stamp: int) -> UploadedSet:
    values: dict[str, Any] = json.loads((folder / SET).read_text(encoding="utf-8"))
    kept = UploadedSet(name=PREFIX + folder.name, preview=Preview.from_json(values.pop("preview")), **values)
    words = (kept.title, kept.owner, kept.source, kept.sha256)
    if not all(isinstance(word, str) for word in words) or type(kept.bytes) is not int:
        raise ValueError
    return kept


def load_kept(name: str, split: str) -> ImageSet:
    """Load the training or test images of a set. Raises ValueError as `describe` does."""
    kept = describe(name)
    return split_of(kept.title, read_cleaned(folder_of(name) / ARRAYS, kept.preview), split, kept.source)


def training_count(preview: Preview) -> int:
    """Count the training images: all but those held out for testing."""
    return preview.count - (preview.held_out or round(TEST_SHARE * preview.count))


def read_cleaned(path: Path, preview: Preview) -> Cleaned:
    """Read the arrays of a set with its preview. Raises ValueError unless they match the preview."""
    try:
        arrays = parse(path.read_bytes())
    except (OSError, SafetensorError, KeyError, ValueError):
        raise ValueError(f"the pictures in {path.parent.name} cannot be read") from None
    images, labels, held_out = (arrays.get(name) for name in ("images", "labels", "held_out"))
    sound = images is not None and images.dtype == np.uint8 and images.shape == (preview.count, *preview.shape)
    sound = sound and preview.count >= FEWEST and preview.shape[0] in (1, 3)
    if sound and labels is not None:
        sound = labels.dtype == np.uint8 and labels.shape == (preview.count,) and labels.max() < len(preview.classes)
    if sound and (held_out is not None or preview.held_out):
        sound = held_out is not None and held_out.dtype == np.uint8 and held_out.shape == (preview.count,)
        sound = sound and held_out.max() <= 1 and int(held_out.sum()) == preview.held_out
    if not sound:
        raise ValueError(f"the pictures in {path.parent.name} are not what its description says")
    return Cleaned(preview, images, labels, held_out)
