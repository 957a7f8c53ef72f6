"""Load and save the weights of a model, and the checkpoints from which a training resumes bit by bit.

A checkpoint is a folder in checkpoints/, named by its step: weights and optimiser as safetensors, state.json, and
manifest.json with the hash of each file. It is written atomically; the last three are kept.
"""

import contextlib
import json
import platform
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse
from safetensors.torch import save as serialize
from torch import Tensor

import vae_core
from vae_core import products
from vae_core.io.atomic import new_folder, remove_folder, sync, write_json
from vae_core.models.vae import VAE
from vae_core.runs.run import METRICS, WEIGHTS, open_run, read_weights, sha256
from vae_core.training.train import Training, TrainingFailed

CHECKPOINTS, OPTIMIZER, STATE, MANIFEST = "checkpoints", "optimizer.safetensors", "state.json", "manifest.json"
KEPT = 3


def load(path: str | Path, device: str | torch.device = "cpu") -> VAE:
    """Load the trained model of a run folder, in float32, ready to evaluate.

    Raises ValueError with one sentence if the folder is not a readable run.
    """
    run = open_run(path)
    tensors = read_weights(run)
    model = VAE(run.config.model)
    model.load_state_dict({name: torch.from_numpy(tensor).float() for name, tensor in tensors.items()})
    return model.to(device).eval().requires_grad_(False)


def save_weights(model: VAE, folder: Path, half: bool = False) -> None:
    """Write the tensors of the model; `half` stores weights and biases in half precision, sigma in single precision."""
    tensors = _stored(model.state_dict())
    if half:
        tensors = {name: tensor if name == "log_sigma" else tensor.half() for name, tensor in tensors.items()}
    (folder / WEIGHTS).write_bytes(serialize(tensors))


def round_to_half(model: VAE) -> None:
    """Round weights and biases to half precision in place, so that storing them in it changes nothing."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name != "log_sigma":
                parameter.copy_(parameter.half())


def save_checkpoint(run: Path, training: Training, data_sha256: str) -> None:
    """Save everything that the next steps depend on, and delete all but the newest `KEPT` checkpoints.

    Raises TrainingFailed if a weight is not a finite number, OSError if the disk is full.
    """
    weights = _stored(training.model.state_dict())
    if not all(torch.isfinite(tensor).all() for tensor in weights.values()):
        raise TrainingFailed(f"the weights are no longer finite numbers at step {training.step}")
    path = run / CHECKPOINTS / f"{training.step:08d}"
    if verified(path):
        return
    tensors, values = training.state()
    facts = {"threads": torch.get_num_threads(), "device": training.generator.device.type} | products.facts()
    facts |= {"versions": versions(), "data_sha256": data_sha256}
    with contextlib.suppress(FileNotFoundError):
        sync(run / METRICS)
    with new_folder(path, replace=True) as draft:
        (draft / WEIGHTS).write_bytes(serialize(weights))
        (draft / OPTIMIZER).write_bytes(serialize(_stored(tensors)))
        write_json(draft / STATE, values | facts, flush=False)
        hashes = {name: sha256(draft / name) for name in (WEIGHTS, OPTIMIZER, STATE)}
        write_json(draft / MANIFEST, {"sha256": hashes}, flush=False)
    keep_newest(run, KEPT)


def keep_newest(run: Path, count: int) -> None:
    """Remove all but the newest checkpoints."""
    for path in _newest_first(run)[count:]:
        remove_folder(path)


def newest_checkpoint(run: Path) -> Path | None:
    """Return the newest checkpoint whose files match its manifest; None if there is none."""
    return next(filter(verified, _newest_first(run)), None)


def verified(checkpoint: Path) -> bool:
    """Return whether every file has the hash in the manifest."""
    try:
        hashes = json.loads((checkpoint / MANIFEST).read_text(encoding="utf-8"))["sha256"]
        files = (WEIGHTS, OPTIMIZER, STATE)
        return set(hashes) == set(files) and all(sha256(checkpoint / name) == hashes[name] for name in files)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read_state(checkpoint: Path) -> dict[str, Any]:
    """Read step, seconds, threads, products, versions and data hash of a verified checkpoint."""
    return json.loads((checkpoint / STATE).read_text(encoding="utf-8"))


def restore(checkpoint: Path, training: Training) -> None:
    """Restore a training from a verified checkpoint. Raises ValueError if it belongs to another model."""
    load_weights(training.model, (checkpoint / WEIGHTS).read_bytes())
    training.restore(parse((checkpoint / OPTIMIZER).read_bytes()), read_state(checkpoint))


def load_weights(model: VAE, data: bytes) -> None:
    """Copy the tensors of a weights file into a model. Raises ValueError if they belong to another model."""
    try:
        model.load_state_dict({name: tensor.float() for name, tensor in parse(data).items()})
    except (SafetensorError, RuntimeError) as error:
        raise ValueError(f"the weights do not fit the model: {str(error).splitlines()[0]}") from None


def versions() -> dict[str, str]:
    return {"vae_core": vae_core.__version__, "torch": torch.__version__, "python": platform.python_version()}


def _newest_first(run: Path) -> list[Path]:
    try:
        found = [path for path in (run / CHECKPOINTS).iterdir() if path.name.isdecimal()]
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda path: int(path.name), reverse=True)


def _stored(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
