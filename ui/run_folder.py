"""One run folder, read without torch: its configuration, its card, and a check of every number in its files.

Whatever is wrong is one sentence (ValueError) that names the file, what was found and what was expected.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as read_tensors

from vae_core.architectures import tensor_shapes
from vae_core.config import RunConfig

WEIGHTS, CODES = "weights.safetensors", "codes.safetensors"
FILES = ("config.json", "card.json", WEIGHTS, CODES)
LARGEST_JSON = 1 << 20
LARGEST_HEADER = 1 << 20
LARGEST_TENSORS = 512 << 20


@dataclass(frozen=True)
class Run:
    """A readable run: `id` is its name in links and routes, `digest` the hash of its bytes."""

    id: str
    folder: Path
    config: RunConfig
    card: dict[str, Any]
    digest: str
    count: int  # test images that have a code
    half: float  # half the width of a plane that shows nearly every code, in units of z

    @property
    def title(self) -> str:
        return str(self.card["title"])


def read_run(folder: Path) -> Run:
    """The run in `folder`. Raises ValueError with one sentence when anything in it cannot be used."""
    for name in FILES:
        if not (folder / name).is_file():
            raise ValueError(f"the file {name} is missing")
    config = _part("config.json", RunConfig.from_json, _json(folder / "config.json"))
    card = _card(_json(folder / "card.json"), config.model.latent_dim)
    raw = {name: _bytes(folder / name, LARGEST_TENSORS) for name in (WEIGHTS, CODES)}
    _check_weights(_tensors(WEIGHTS, raw[WEIGHTS]), config)
    codes = _tensors(CODES, raw[CODES])
    count = _check_codes(codes, config.model.latent_dim)
    digest = hashlib.sha256(b"".join(raw.values()) + repr(config).encode()).hexdigest()[:16]
    far = float(np.quantile(np.abs(codes["mu"].astype(np.float32)), 0.998))
    half = float(np.clip(np.ceil(far * 2.2) / 2, 3, 50))
    return Run(folder.name, folder, config, card, digest, count, half)


def _part(name: str, build: Any, values: Any) -> Any:
    try:
        return build(values)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _bytes(path: Path, most: int) -> bytes:
    size = path.stat().st_size
    if size > most:
        raise ValueError(f"{path.name} has {size} bytes, expected at most {most}")
    return path.read_bytes()


def _json(path: Path) -> Any:
    try:
        return json.loads(_bytes(path, LARGEST_JSON))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path.name} is not valid JSON ({error})") from None


def _card(card: Any, latent_dim: int) -> dict[str, Any]:
    """The card, with the entries that the page cannot do without checked."""
    if not isinstance(card, dict):
        raise ValueError(f"card.json holds a {type(card).__name__}, expected an object")
    needed = {"title": str, "rate_per_dimension": list, "active": list, "test": dict, "data": dict}
    for key, kind in needed.items():
        if not isinstance(card.get(key), kind):
            raise ValueError(f"card.json: {key!r} is {card.get(key)!r}, expected a {kind.__name__}")
    for key in ("rate_per_dimension", "active"):
        if len(card[key]) != latent_dim:
            raise ValueError(f"card.json: {key!r} has {len(card[key])} entries, expected {latent_dim}")
    if not all(isinstance(rate, int | float) and np.isfinite(rate) for rate in card["rate_per_dimension"]):
        raise ValueError("card.json: 'rate_per_dimension' holds something that is not a finite number")
    return card


def _tensors(name: str, raw: bytes) -> dict[str, np.ndarray]:
    header = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 or header > min(LARGEST_HEADER, len(raw) - 8):
        raise ValueError(f"{name} is not a safetensors file, or it is cut short")
    try:
        return read_tensors(raw)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ValueError(f"{name} cannot be read ({error})") from None


def _check_weights(tensors: dict[str, np.ndarray], config: RunConfig) -> None:
    expected = tensor_shapes(config.model)
    if missing := sorted(expected.keys() - tensors.keys()):
        raise ValueError(f"{WEIGHTS} lacks the tensor {missing[0]!r} that its configuration needs")
    if unknown := sorted(tensors.keys() - expected.keys()):
        raise ValueError(f"{WEIGHTS} holds the tensor {unknown[0]!r} that its configuration does not know")
    for name, shape in expected.items():
        _check_tensor(WEIGHTS, name, tensors[name], shape)


def _check_codes(tensors: dict[str, np.ndarray], latent_dim: int) -> int:
    for name in ("mu", "logvar", "label"):
        if name not in tensors:
            raise ValueError(f"{CODES} lacks the tensor {name!r}")
    count = len(tensors["label"]) if tensors["label"].ndim == 1 else 0
    if count == 0:
        raise ValueError(f"{CODES}: 'label' has the shape {tensors['label'].shape}, expected (images,)")
    for name in ("mu", "logvar"):
        _check_tensor(CODES, name, tensors[name], (count, latent_dim))
    return count


def _check_tensor(file: str, name: str, tensor: np.ndarray, shape: tuple[int, ...]) -> None:
    if tensor.shape != shape:
        raise ValueError(f"{file}: {name!r} has the shape {tensor.shape}, expected {shape}")
    if tensor.dtype not in (np.float16, np.float32):
        raise ValueError(f"{file}: {name!r} is of type {tensor.dtype}, expected float16 or float32")
    if not np.isfinite(tensor).all():
        raise ValueError(f"{file}: {name!r} holds values that are not finite numbers (NaN or infinity)")
