"""Small run folders for the tests, made with numpy alone and broken on purpose where a test asks for it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.models.architectures import parameter_count, tensor_shapes

COUNT = 40  # test images that have a code


def make_run(folder: Path, likelihood: str = "gaussian", latent_dim: int = 2, title: str | None = None) -> Path:
    """A sound run folder with random weights for scikit-learn's digits, 8 x 8."""
    binarize = "none" if likelihood == "gaussian" else "threshold"
    model = ModelConfig((1, 8, 8), latent_dim, hidden=(16,), likelihood=likelihood)
    config = RunConfig(model, DataConfig("digits", binarize), TrainConfig(steps=1))
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    write_json(folder / "config.json", config.to_json())
    write_json(folder / "card.json", card(folder.name, model, title or folder.name))
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in tensor_shapes(model).items()}
    save_file(weights, folder / "weights.safetensors")
    codes = {name: rng.normal(size=(COUNT, latent_dim)).astype(np.float16) for name in ("mu", "logvar")}
    save_file({**codes, "label": np.arange(COUNT).astype(np.uint8) % 10}, folder / "codes.safetensors")
    return folder


def card(name: str, model: ModelConfig, title: str) -> dict[str, Any]:
    """A card with invented figures."""
    return {
        "title": title,
        "name": name,
        "command": f"python -m vae_core train --data digits --latent-dim {model.latent_dim} --out {name}",
        "seed": 3,
        "steps": 1200,
        "epochs": 2.0,
        "seconds": 12.5,
        "device": "cpu",
        "parameters": parameter_count(model),
        "precision": "float32",
        "sigma": 0.25 if model.likelihood == "gaussian" else None,
        "active_units": model.latent_dim,
        "rate_per_dimension": [1.5] * model.latent_dim,
        "active": [True] * model.latent_dim,
        "test": {"samples": 1, "n": COUNT, "elbo": -31.25, "rate": 3.0, "distortion": 28.25, "stderr": 0.5, "seed": 0},
        "data": {"name": "digits", "licence": "BSD", "source": "scikit-learn"},
    }


def write_json(path: Path, values: Any) -> None:
    path.write_text(json.dumps(values), encoding="utf-8")


def change_json(path: Path, **changes: Any) -> None:
    """Set some top-level keys of a JSON file."""
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | changes)


def change_tensors(path: Path, **changes: np.ndarray | None) -> None:
    """Set some tensors of a safetensors file, or drop those that are None; `__` in a name stands for a dot."""
    tensors = load_file(path)
    for name, value in changes.items():
        tensors.pop(name.replace("__", "."), None)
        if value is not None:
            tensors[name.replace("__", ".")] = value
    save_file(tensors, path)
