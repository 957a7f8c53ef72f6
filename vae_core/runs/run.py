"""Read a run folder without torch: configuration, weights, codes and card. `new_run` makes one atomically.

vae_core/runs/write_result.py writes weights, codes and card.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as parse_tensors

from vae_core.config import ModelConfig, RunConfig
from vae_core.io.atomic import new_folder
from vae_core.models.architectures import tensor_shapes

CONFIG, CARD, WEIGHTS, CODES = "config.json", "card.json", "weights.safetensors", "codes.safetensors"
METRICS, STATUS = "metrics.jsonl", "status.json"
_WEIGHT_TYPES = ("float16", "float32")
FOLDER_VARIABLE = "VAE_LAB_RUNS"


@dataclass(frozen=True)
class Run:
    """Description of a run folder: path, configuration and card."""

    path: Path
    config: RunConfig
    card: dict[str, Any]


@dataclass(frozen=True)
class Codes:
    """q(z|x_n) of the run's test images, in their order: `mu` and `logvar` float16 [N, D], `label` uint8 [N]."""

    mu: np.ndarray
    logvar: np.ndarray
    label: np.ndarray


def runs_folder() -> Path:
    """Return the folder of the app's own runs: $VAE_LAB_RUNS, or runs/ beside the app."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else Path(__file__).resolve().parents[2] / "runs"


def open_run(path: str | Path) -> Run:
    """Open a finished run folder. Raises ValueError with one sentence if it is missing or cannot be read."""
    config = open_config(path)
    return Run(Path(path), config, _read_json(Path(path) / CARD))


def open_config(path: str | Path) -> RunConfig:
    """Read the configuration of a run folder, finished or not. Raises ValueError as `open_run` does."""
    path = Path(path)
    if not path.is_dir():
        raise ValueError(f"{path} is not a folder, expected a run folder with {CONFIG} and {WEIGHTS}")
    try:
        return RunConfig.from_json(_read_json(path / CONFIG))
    except ValueError as error:
        raise ValueError(f"the run {path.name} cannot be read: {error}") from None


def read_weights(run: Run) -> dict[str, np.ndarray]:
    """Read all tensors of a run, by name. Raises ValueError unless names and shapes match and all are finite."""
    tensors = _read_tensors(run.path / WEIGHTS)
    require_weights(tensors, run.config.model, f"{WEIGHTS} of the run {run.path.name}")
    return tensors


def require_weights(tensors: dict[str, np.ndarray], model: ModelConfig, where: str) -> None:
    """Check the names and shapes of a model's tensors, and that all numbers are finite. Raises ValueError."""
    expected = tensor_shapes(model)
    if wrong := sorted(set(tensors) ^ set(expected)):
        state = "unexpected" if wrong[0] in tensors else "missing"
        raise ValueError(f"{where} has the {state} tensor {wrong[0]!r}")
    for name, shape in expected.items():
        tensor = tensors[name]
        if tensor.shape != shape or tensor.dtype.name not in _WEIGHT_TYPES:
            raise ValueError(
                f"{where}: {name!r} is {tensor.dtype} {list(tensor.shape)}, expected float16 or float32 {list(shape)}"
            )
        if not np.isfinite(tensor).all():
            raise ValueError(f"{where}: {name!r} holds values that are not finite numbers")


def read_codes(run: Run) -> Codes:
    """Read the posteriors of the test images. Raises ValueError with one sentence if missing or malformed."""
    tensors = _read_tensors(run.path / CODES)
    missing = np.empty(0, np.float16)
    mu, logvar, label = (tensors.get(name, missing) for name in ("mu", "logvar", "label"))
    n, D = (label.size if label.ndim == 1 else 0), run.config.model.latent_dim
    if mu.shape != (n, D) or logvar.shape != (n, D) or label.dtype != np.uint8:
        raise ValueError(
            f"{CODES} of the run {run.path.name} has mu {list(mu.shape)}, logvar {list(logvar.shape)} and label "
            f"{label.dtype} {list(label.shape)}, expected [N, {D}], [N, {D}] and uint8 [N]"
        )
    for name, tensor in (("mu", mu), ("logvar", logvar)):
        if tensor.dtype.name not in _WEIGHT_TYPES or not np.isfinite(tensor).all():
            raise ValueError(f"{CODES} of the run {run.path.name}: {name} is not all finite float16 or float32 numbers")
    return Codes(mu, logvar, label)


@contextmanager
def new_run(path: str | Path) -> Iterator[Path]:
    """Yield a folder to fill, which becomes `path` if the block succeeds and is deleted otherwise.

    Raises ValueError if `path` already holds something or cannot be made.
    """
    path = Path(path)
    require_new(path)
    try:
        with new_folder(path) as draft:
            yield draft
    except OSError as error:
        raise ValueError(f"the run folder {path} cannot be made: {error.strerror}") from None


def require_new(path: Path) -> None:
    """Check that a folder for a new run is missing or empty. Raises ValueError."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ValueError(f"{path} already exists, expected a new or empty folder for the run")


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path.name} is missing in {path.parent.name}") from None
    except (OSError, ValueError):
        raise ValueError(f"{path.name} in {path.parent.name} is not readable JSON") from None
    if not isinstance(values, dict):
        raise ValueError(f"{path.name} in {path.parent.name} is a {type(values).__name__}, expected an object")
    return values


def _read_tensors(path: Path) -> dict[str, np.ndarray]:
    try:
        return parse_tensors(path.read_bytes())
    except FileNotFoundError:
        raise ValueError(f"{path.name} is missing in {path.parent.name}") from None
    except (OSError, SafetensorError, KeyError, ValueError):
        raise ValueError(f"{path.name} in {path.parent.name} is not a readable safetensors file") from None
