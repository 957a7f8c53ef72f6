"""The parts of a run that a page carries: weights in half precision, codes, and as many test pictures as fit."""

import base64
import gzip
import json
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import save

from ui.runs import assets
from ui.runs.entry import Entry
from vae_core.models.architectures import Part, layers
from vae_core.runs.run import Codes, read_codes, read_weights
from vae_core.runs.umap_file import StoredPlane

_LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class PageParts:
    """`parts`: gzip bytes by the address that the page asks for. The first `count` test pictures are on the map.

    `rounded` says whether the run's own weights are finer than the page's; `problem`, if anything, why there are no
    pictures.
    """

    parts: dict[str, bytes]
    count: int
    rounded: bool
    problem: str


def parts_within(entry: Entry, room: int) -> PageParts:
    """What a page of the run holds, of about `room` bytes in base64; the model itself is always whole.

    Raises ValueError if the run's files cannot be read.
    """
    weights = read_weights(entry.run)
    rounded = any((_half(tensor) != tensor).any() for name, tensor in weights.items() if name != "log_sigma")
    parts = {part: _packed(_network(entry, weights, part)) for part in ("decoder", "encoder")}
    codes = read_codes(entry.run)
    whole = parts | {"codes": _packed(_codes(codes, entry.count))}
    try:
        assets.packed_images(entry, 0)
    except ValueError as error:
        return PageParts(whole, entry.count, rounded, str(error))
    pictures = _pictures(entry, room - _length(whole))
    count = min(entry.count, len(pictures) * assets.BLOCK)
    return PageParts(parts | pictures | {"codes": _packed(_codes(codes, count))}, count, rounded, "")


def with_plane(parts: dict[str, bytes], plane: StoredPlane, count: int) -> dict[str, bytes]:
    """The parts and the plane of UMAP, as far as there are codes."""
    return parts | {"umap/0": _packed(save({"places": np.ascontiguousarray(plane.places[:count])}))}


def encoded_length(content: bytes) -> int:
    """Bytes that some content takes in base64."""
    return 4 * ((len(content) + 2) // 3)


def _pictures(entry: Entry, room: int) -> dict[str, bytes]:
    """Blocks of pictures while there is room, and the first one in any case: a map needs points."""
    blocks: dict[str, bytes] = {}
    for block in range(-(-entry.count // assets.BLOCK)):
        packed = assets.packed_images(entry, block)
        room -= encoded_length(packed)
        if room < 0 and blocks:
            break
        blocks[f"images/{block}"] = packed
    return blocks


def _network(entry: Entry, weights: dict[str, np.ndarray], part: Part) -> bytes:
    tensors = {name: _half(tensor) for name, tensor in weights.items() if name.startswith(f"{part}.")}
    # One entry only: safetensors writes several in another order each time.
    return save(tensors, metadata={"program": json.dumps(layers(entry.run.config.model, part))})


def _half(tensor: np.ndarray) -> np.ndarray:
    """In half precision, unless a number is too large for it."""
    return tensor if np.abs(tensor).max(initial=0) > _LARGEST else tensor.astype(np.float16)


def _codes(codes: Codes, count: int) -> bytes:
    return save({name: np.ascontiguousarray(tensor[:count]) for name, tensor in vars(codes).items()})


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def _length(parts: dict[str, bytes]) -> int:
    return sum(map(encoded_length, parts.values()))


def as_text(content: bytes) -> str:
    return base64.b64encode(content).decode()
