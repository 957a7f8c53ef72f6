"""Load images by name or by path, as one validated array: see `ImageSet`."""

import os
from pathlib import Path

from vae_core.data.image_set import Factors, ImageSet, binarize, to_float
from vae_core.data.local_files import load_path
from vae_core.data.registry import LOADERS, fetch, missing_megabytes
from vae_core.data.uploaded import PREFIX, load_kept

__all__ = ["PREFIX", "Factors", "ImageSet", "available", "binarize", "fetch", "load", "missing_megabytes", "to_float"]


def available() -> tuple[str, ...]:
    """List the names of the known data sets."""
    return tuple(LOADERS)


def load(name_or_path: str, split: str = "train", *, download: bool = False) -> ImageSet:
    """Load a named data set, an uploaded one (own:NAME), or a file or folder, with choices behind a question mark.

    A file or a folder is read as an upload is, for example `iris.csv?labels=species&left_out=id`.

    Files of a named set that are not on this machine are fetched only if `download` asks for it. Raises ValueError with
    one sentence if there is no such set or its files cannot be used.
    """
    if split not in ("train", "test"):
        raise ValueError(f"split is {split!r}, expected train or test")
    if name_or_path in LOADERS:
        if download:
            fetch(name_or_path, split)
        return LOADERS[name_or_path](name_or_path, split)
    if name_or_path.startswith(PREFIX):
        return load_kept(name_or_path, split)
    whole = os.path.expanduser(name_or_path)
    path, _, choices = (whole, "", "") if os.path.exists(whole) else whole.partition("?")
    if path and os.path.exists(path):
        return load_path(Path(path), choices, split)
    raise ValueError(
        f"data is {name_or_path!r}, expected one of {', '.join(LOADERS)}, or a file or a folder of pictures, arrays or "
        "a table"
    )
