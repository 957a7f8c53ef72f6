"""A model of a family on disk: a safetensors file of its tensors in half precision, with the name of the family."""

from dataclasses import fields
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from vae_core.families.autoregressive import MADE
from vae_core.families.dbm import DBM
from vae_core.families.rbm import RBM

Model = RBM | DBM | MADE
FAMILIES: dict[str, type[Model]] = {"rbm": RBM, "dbm": DBM, "autoregressive": MADE}


def family_of(model: Model) -> str:
    """The name of a model's family."""
    return next(name for name, kind in FAMILIES.items() if isinstance(model, kind))


def save(model: Model, path: str | Path) -> None:
    """Write a model. Raises ValueError if a number is too large for half precision."""
    tensors = {name: part.half() if part.is_floating_point() else part for name, part in vars(model).items()}
    type(model)(**tensors)  # which refuses what is not finite
    save_file({name: part.contiguous() for name, part in tensors.items()}, path, {"family": family_of(model)})


def load(path: str | Path) -> Model:
    """Read a model, float64. Raises ValueError with one sentence if the file is missing or holds none."""
    try:
        with safe_open(path, "pt") as file:
            kind = FAMILIES[(file.metadata() or {}).get("family", "")]
            tensors = {field.name: file.get_tensor(field.name) for field in fields(kind)}
        doubles = {name: part.double() if part.is_floating_point() else part for name, part in tensors.items()}
        return kind(**doubles)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        known = ", ".join(FAMILIES)
        raise ValueError(f"{path} holds no model of a family ({known}): {error}") from None


def parameter_count(model: Model) -> int:
    """The numbers that are learned."""
    return sum(part.numel() for part in vars(model).values() if part.dtype != torch.int64)
