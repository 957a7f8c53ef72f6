"""Load data from a file or a folder, with the reader, the rules and the choices of uploads."""

from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from vae_core.data.image_set import ImageSet
from vae_core.readers.read import read, read_folder
from vae_core.readers.schema import Choices, Cleaned, shown

TEST_SHARE, SPLIT_SEED = 0.2, 0
_LICENCE = "own data"


def load_path(path: Path, chosen: str, split: str) -> ImageSet:
    """Load the training or test images of a file or a folder, with the choices `name=value&name=value`.

    Raises ValueError with one sentence that names the file if it cannot be used.
    """
    try:
        choices = choices_of(chosen)
        cleaned = _cleaned(path, _stamp(path), choices)
    except (ValueError, OSError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else error
        raise ValueError(f"{shown(path.name)} cannot be used: {reason}") from None
    name = path.name if path.is_dir() else path.stem
    return split_of(name, cleaned, split, path.name)


def choices_of(words: str) -> Choices:
    """Parse choices such as `labels=species&left_out=id&side=64`.

    A value may be given several times for `left_out`. Raises ValueError for what cannot be chosen.
    """
    values: dict[str, Any] = {}
    for name, value in parse_qsl(words, keep_blank_values=True):
        if name == "left_out":
            values[name] = (*values.get(name, ()), *([value] if value else []))
        else:
            values[name] = int(value) if name == "side" and value.isascii() and value.isdigit() else value
    if words and not values:
        raise ValueError(f"its choices are {words[:60]!r}, expected name=value")
    return Choices.from_json(values)


def split_of(title: str, cleaned: Cleaned, split: str, source: str) -> ImageSet:
    """Return one split of the cleaned images: their own split if they have one, else 80 to 20 by a fixed seed."""
    count = len(cleaned.images)
    if cleaned.held_out is not None:
        chosen = np.flatnonzero(cleaned.held_out == (split == "test"))
    else:
        order = np.random.default_rng(SPLIT_SEED).permutation(count)
        held_out = round(TEST_SHARE * count)
        chosen = np.sort(order[:held_out] if split == "test" else order[held_out:])
    labels = None if cleaned.labels is None else cleaned.labels[chosen].astype(np.int64)
    preview = cleaned.preview
    return ImageSet(
        title,
        split,
        cleaned.images[chosen],
        labels,
        preview.classes,
        source,
        _LICENCE,
        notes=(*preview.found, *preview.done, *preview.warnings),
        guesses=preview.warnings,
    )


@lru_cache(maxsize=1)
def _cleaned(path: Path, stamp: tuple[Any, ...], choices: Choices) -> Cleaned:
    """Read and cache the data, for both splits."""
    if path.is_dir():
        return read_folder(path, choices)
    with path.open("rb") as file:
        return read(file, choices)


def _stamp(path: Path) -> tuple[Any, ...]:
    """Return a value that changes when a file does, or any file below a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)
