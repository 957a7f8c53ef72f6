"""The registry of named data sets: their folders, checksums, and how their files become an ImageSet.

Looked for in the folder $VAE_LAB_DATA, the user's cache, and the repository's own data/. What is nowhere is fetched
into the cache by `fetch`, which only those call who were asked to; `load` never does.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from vae_core.data.download import download
from vae_core.data.idx import parse_idx, read_payload
from vae_core.data.image_set import Factors, ImageSet
from vae_core.data.sprites import load_shapes

FOLDER_VARIABLE = "VAE_LAB_DATA"
ROOT = Path(__file__).resolve().parents[2]

_CLOTHES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"
_BACKGROUNDS = ("white background", "blue background", "lilac background", "pink background")
_FACES, _FACES_TRAIN, _FACES_SEED = "pixel-faces-16.npz", 8000, 0
_FACES_SHA256 = "9ae8174230cca618dde5d15a3764747b9642b76d9224dda11246dff647b49ab2"

# Checksums are of the decompressed payload: the gzip wrapper differs between mirrors.
_IDX_SETS = {
    "fashion-mnist": {
        "mirrors": (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        "megabytes": {"train": 26, "test": 4},
        "sha256": {
            "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        },
        "classes": tuple(_CLOTHES.split(",")),
        "source": "https://github.com/zalandoresearch/fashion-mnist",
        "licence": "MIT, Zalando SE",
    },
    "mnist": {
        "mirrors": (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        "megabytes": {"train": 10, "test": 2},
        "sha256": {
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
        "classes": tuple("0123456789"),
        "source": "Y. LeCun, C. Cortes, C. Burges: the MNIST database of handwritten digits",
        "licence": "CC BY-SA 3.0",
    },
}


def _load_idx(name: str, split: str) -> ImageSet:
    known = _IDX_SETS[name]
    prefix = "train" if split == "train" else "t10k"
    images = parse_idx(_payload(name, f"{prefix}-images-idx3-ubyte"))[:, None]
    labels = parse_idx(_payload(name, f"{prefix}-labels-idx1-ubyte")).astype(np.int64)
    return ImageSet(name, split, images, labels, known["classes"], known["source"], known["licence"])


def _payload(name: str, stem: str) -> bytes:
    """Read and check a file of a named IDX set. Raises ValueError that says how to get it if it is missing."""
    path = _find(name, (f"{stem}.gz", stem))
    if path is None:
        raise ValueError(
            f"{stem}.gz of {name} is not on this machine, and the app downloads nothing by itself: fetch it with "
            f"`python -m vae_core download {name}`, or set {FOLDER_VARIABLE} to a folder that holds {name}/{stem}.gz"
        )
    return _checked(path, _IDX_SETS[name]["sha256"][stem], name)


def fetch(name: str, split: str | None = None) -> None:
    """Download the missing files of a named set, or of one split; nothing for sets that are installed.

    Raises ValueError with one sentence if there is no such set, or if no mirror gives a file.
    """
    if name not in LOADERS:
        raise ValueError(f"there is no data set {name[:80]!r}, expected one of {', '.join(LOADERS)}")
    known = _IDX_SETS.get(name, {"mirrors": (), "sha256": {}})
    wanted = {"train": ("train",), "test": ("t10k",), None: ("train", "t10k")}[split]
    for stem, sha256 in known["sha256"].items():
        if not stem.startswith(wanted) or _find(name, (f"{stem}.gz", stem)) is not None:
            continue
        path = cache_folder() / name / f"{stem}.gz"
        try:
            download([mirror + path.name for mirror in known["mirrors"]], sha256, path)
        except ValueError as error:
            raise ValueError(
                f"{error}; expected {path.name} in one of {', '.join(map(str, places(name)))}, "
                f"or a folder named by {FOLDER_VARIABLE} that holds {name}/{path.name}"
            ) from None


def missing_megabytes(name: str, split: str) -> int:
    """Return how many megabytes `fetch` would download for a split, about; 0 where no file of it is missing."""
    known = _IDX_SETS.get(name)
    if known is None:
        return 0
    stems = (stem for stem in known["sha256"] if stem.startswith("train") == (split == "train"))
    missing = any(_find(name, (f"{stem}.gz", stem)) is None for stem in stems)
    return known["megabytes"][split] if missing else 0


def _find(name: str, files: Sequence[str]) -> Path | None:
    """Return the first of the files in the first of the folders that has one."""
    return next((folder / file for folder in places(name) for file in files if (folder / file).is_file()), None)


def _checked(path: Path, sha256: str, name: str) -> bytes:
    payload = read_payload(path)
    if hashlib.sha256(payload).hexdigest() != sha256:
        raise ValueError(f"{path} does not have the checksum of {name}: remove it or replace it")
    return payload


def _load_faces(name: str, split: str) -> ImageSet:
    path = _find(name, (_FACES,))
    if path is None:
        raise ValueError(f"{_FACES} is missing, expected in one of {', '.join(map(str, places(name)))}")
    with np.load(io.BytesIO(_checked(path, _FACES_SHA256, name)), allow_pickle=False) as archive:
        images, index, names = archive["images"], archive["factors"].astype(np.int64), archive["factor_names"].tolist()
        values = json.loads(str(archive["factor_values"]))
    background = index[:, names.index("background")]
    order = np.random.default_rng(_FACES_SEED).permutation(len(images))
    chosen = order[:_FACES_TRAIN] if split == "train" else order[_FACES_TRAIN:]
    source, licence = "Pixel Art by DiceBear, drawn with known factors", "CC0 1.0"
    channels_first = np.ascontiguousarray(images[chosen].transpose(0, 3, 1, 2))
    factors = Factors(tuple(names), tuple(tuple(values[each]) for each in names), index[chosen])
    return ImageSet(name, split, channels_first, background[chosen], _BACKGROUNDS, source, licence, factors)


def _load_digits(name: str, split: str) -> ImageSet:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[:, None]
    order = np.random.default_rng(0).permutation(len(images))
    held_out = len(images) // 5
    chosen = order[:held_out] if split == "test" else order[held_out:]
    source = "scikit-learn: optical recognition of handwritten digits, E. Alpaydin and C. Kaynak, 1998"
    return ImageSet(name, split, images[chosen], digits.target[chosen], tuple("0123456789"), source, "CC BY 4.0")


LOADERS: dict[str, Callable[[str, str], ImageSet]] = {
    "fashion-mnist": _load_idx,
    "mnist": _load_idx,
    "pixel-faces": _load_faces,
    "digits": _load_digits,
    "shapes": load_shapes,
}


def places(name: str) -> list[Path]:
    """List the folders in which a named set is looked for. Raises ValueError if the configured one is missing."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named and not os.path.isdir(os.path.expanduser(named)):
        raise ValueError(f"{FOLDER_VARIABLE} is {named!r}, expected a folder that holds one folder for each data set")
    roots = [Path(named).expanduser()] if named else []
    return [root / name for root in (*roots, cache_folder(), ROOT / "data")]


def cache_folder() -> Path:
    """Return the user's cache folder, for what can be downloaded or computed again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "vae-lab"
