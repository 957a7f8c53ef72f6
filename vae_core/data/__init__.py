"""Pictures by name or by path, always as one validated array: see `ImageSet`."""

import os
from pathlib import Path

from vae_core.data.binarize import binarize
from vae_core.data.catalogue import LOADERS
from vae_core.data.images import Factors, ImageSet, to_float
from vae_core.data.kept import PREFIX, load_kept
from vae_core.data.own import load_folder, load_idx_folder, load_npz

__all__ = ["PREFIX", "Factors", "ImageSet", "available", "binarize", "load", "to_float"]


def available() -> tuple[str, ...]:
    """Names of the known data sets."""
    return tuple(LOADERS)


def load(name_or_path: str, split: str = "train") -> ImageSet:
    """A named data set, one that was brought (own:NAME), an .npz file, a folder of IDX files or a folder of pictures.

    Raises ValueError with one sentence if there is no such set or its files cannot be used.
    """
    if split not in ("train", "test"):
        raise ValueError(f"split is {split!r}, expected train or test")
    if name_or_path in LOADERS:
        return LOADERS[name_or_path](name_or_path, split)
    if name_or_path.startswith(PREFIX):
        return load_kept(name_or_path, split)
    path = Path(os.path.expanduser(name_or_path))
    if path.suffix == ".npz" and os.path.isfile(path):
        return load_npz(path, split)
    if os.path.isdir(path):
        is_idx = any(path.glob("*-idx3-ubyte*"))
        return load_idx_folder(path, split) if is_idx else load_folder(path, split)
    raise ValueError(
        f"data is {name_or_path!r}, expected one of {', '.join(LOADERS)}, an .npz file or a folder of images"
    )
