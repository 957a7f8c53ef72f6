"""Choose the shipped models that are measured, and copy one with many more points."""

import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from benchmarks.figures import NotMeasured
from ui.runs.catalogue import ROOT, Entry, catalogue
from vae_core.runs.run import CODES, read_codes


def models() -> list[Entry]:
    """All of them, the default first. Raises NotMeasured if there are none."""
    found = [entry for entry in catalogue().runs.values() if entry.run.path.parent == ROOT / "models"]
    if not found:
        raise NotMeasured("there is no model in models/")
    return found


def default_model() -> Entry:
    """The one that the app opens on: two latent dimensions."""
    return models()[0]


def colour_convolutional() -> Entry:
    for entry in models():
        model = entry.run.config.model
        if model.arch == "conv" and model.image_shape[0] == 3:
            return entry
    raise NotMeasured("there is no convolutional model of colour pictures in models/")


def with_points(entry: Entry, count: int, parent: Path) -> str:
    """Copy a run into `parent` with `count` codes, its own again and again a little apart; gives the copy's id."""
    copy = parent / f"{entry.id}-{count}"
    shutil.copytree(entry.run.path, copy)
    codes = read_codes(entry.run)
    again = np.arange(count) % len(codes.label)
    noise = np.random.default_rng(0).normal(0, 0.02, (count, codes.mu.shape[1]))
    tensors = {
        "mu": (codes.mu[again] + noise).astype(np.float16),
        "logvar": codes.logvar[again],
        "label": codes.label[again],
    }
    (copy / CODES).write_bytes(save(tensors))
    return copy.name
