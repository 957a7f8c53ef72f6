"""The data sets that the form offers: the named ones, and the visitor's own that lie beside them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ui.runs import assets
from ui.server import user_cookie
from vae_core import data
from vae_core.data import registry, uploaded
from vae_core.uploads import store

# Shape and number of training images of the named sets, so that a form can be filled in without reading them.
_NAMED = {
    "fashion-mnist": ((1, 28, 28), 60_000),
    "mnist": ((1, 28, 28), 60_000),
    "pixel-faces": ((3, 16, 16), 8000),
    "digits": ((1, 8, 8), 1438),
    "shapes": ((1, 32, 32), 13_824),
}
_TRAIN_FILES = {
    "fashion-mnist": "train-images-idx3-ubyte.gz",
    "mnist": "train-images-idx3-ubyte.gz",
    "pixel-faces": "pixel-faces-16.npz",
}


@dataclass(frozen=True)
class DataSet:
    """What the form and the estimate need of a data set."""

    name: str
    shape: tuple[int, int, int]
    count: int  # training images


def dataset_names() -> list[str]:
    """Named sets, those that are here before those that must be downloaded, then the visitor's own, then paths."""
    me = user_cookie.current_user()
    return [*named(), *(mine.name for mine in store.list_sets() if mine.owner == me), *_own()]


def named() -> list[str]:
    """The sets that come with the app, those that must be downloaded last."""
    return sorted(data.available(), key=lambda name: (not is_here(name), list(_NAMED).index(name)))


def is_here(name: str) -> bool:
    """Whether a named set's training images are on this machine."""
    file = _TRAIN_FILES.get(name)
    try:
        return file is None or any((place / file).is_file() for place in registry.places(name))
    except ValueError:
        return False


def title(name: str) -> str:
    if name.startswith(uploaded.PREFIX):
        try:
            return uploaded.describe(name).title
        except ValueError:
            return f"{name} (deleted)"
    known = assets.TITLES.get(name, Path(name).name)
    return known if is_here(name) or name not in _NAMED else f"{known} (to download)"


def described(name: str) -> DataSet:
    """The set of that name.

    Raises ValueError with one sentence if it is none of those that are offered or kept, or if its images cannot be
    used. A name may be anything that a browser or a run's folder says, so no path is opened that was not offered.
    """
    if name.startswith(uploaded.PREFIX):
        preview = uploaded.describe(name).preview
        return DataSet(name, preview.shape, uploaded.training_count(preview))
    if name not in named() and name not in _own():
        raise ValueError(
            f"the data set {name[:80]!r} is not offered here: choose another, or put it into the folder data/ or "
            f"the one that ${registry.FOLDER_VARIABLE} names"
        )
    shape, count = _NAMED.get(name) or _measured(name, Path(name).stat().st_mtime_ns if Path(name).exists() else 0)
    return DataSet(name, shape, count)


@lru_cache(maxsize=32)
def _measured(name: str, changed: int) -> tuple[tuple[int, int, int], int]:
    images = data.load(name, "train")
    return images.shape, len(images)


def _own() -> Iterator[str]:
    """Archives and folders of pictures in data/ and in the folder $VAE_LAB_DATA."""
    folders = [registry.ROOT / "data"]
    if named := os.environ.get(registry.FOLDER_VARIABLE):
        folders.append(Path(named).expanduser())
    for folder in folders:
        for child in sorted(folder.iterdir()) if folder.is_dir() else []:
            if child.name not in _NAMED and (child.suffix == ".npz" or child.is_dir()):
                yield str(child)
