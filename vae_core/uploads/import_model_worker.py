"""Write a run folder from the validated tensors of an uploaded model.

`python -m vae_core.uploads.import_model_worker DRAFT OUT` is a process of its own: it needs torch, and measures the
model on the test images where its data are here.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialize
from torch import Tensor

from vae_core import data
from vae_core.config import RunConfig
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.estimators.metrics import generator
from vae_core.io.atomic import write_json
from vae_core.latent.aggregate_posterior import dimensions
from vae_core.models.architectures import parameter_count
from vae_core.models.vae import VAE
from vae_core.runs.checkpoint import save_weights, versions
from vae_core.runs.job_spec import JobSpec, Limits, write_job_spec
from vae_core.runs.run import CARD, CODES, CONFIG, STATUS, WEIGHTS, new_run, sha256
from vae_core.runs.write_result import write_result
from vae_core.uploads.read_model import UNKNOWN

ARRAYS, MODEL = "arrays.safetensors", "model.json"
_MEASURED = 2000  # test images
_DRAWS, _SEED = 1000, 0
_CERTAIN = -12.0  # log-variance of a code that is known exactly
_NICE = 10


def finish(draft: Path, out: Path) -> None:
    """Write the run folder `out` of the model in `draft`. Raises ValueError if it cannot be measured."""
    told = json.loads((draft / MODEL).read_text(encoding="utf-8"))
    config = RunConfig.from_json(told["config"])
    tensors = {name: torch.from_numpy(tensor) for name, tensor in parse((draft / ARRAYS).read_bytes()).items()}
    model = VAE(config.model)
    model.load_state_dict({name: t.float() for name, t in tensors.items() if not name.startswith("codes.")})
    model.eval().requires_grad_(False)
    facts = {
        "name": out.name,
        "title": told["title"],
        "fit": told["how"],
        "device": "cpu",
        "parameters": parameter_count(config.model),
        "sigma": None if model.log_sigma is None else model.log_sigma.exp().item(),
        "versions": versions(),
    }
    with new_run(out) as folder:
        test = _test_images(config) if told["encoded"] else None
        if test is not None:
            write_result(folder, model, config, test, facts, half=False, limit=_MEASURED)
        else:
            config = replace(config, data=replace(config.data, name=UNKNOWN))  # no picture belongs to its codes
            _write_unmeasured(folder, model, config, facts, *_codes(model, tensors, told["encoded"]), told["encoded"])
        write_job_spec(folder, JobSpec(title=told["title"], owner=told["owner"], limits=Limits()))
        write_json(folder / STATUS, {"state": "done", "step": 1, "steps": 1})


def _test_images(config: RunConfig) -> data.ImageSet | None:
    """Load the test images of the model's data set, None if it is not available."""
    try:
        test = data.load(config.data.name, "test")
    except (ValueError, OSError):
        return None
    return test if test.shape == config.model.image_shape else None


def _codes(model: VAE, tensors: dict[str, Tensor], encoded: bool) -> tuple[DiagonalNormal, Tensor]:
    """The codes that came with it, otherwise draws from the prior: as the encoder finds them, where there is one."""
    if "codes.mu" in tensors:
        return DiagonalNormal(tensors["codes.mu"].float(), tensors["codes.logvar"].float()), tensors["codes.label"]
    rng = generator(_SEED, torch.device("cpu"))
    z = torch.randn(_DRAWS, model.latent_dim, generator=rng)
    label = torch.zeros(_DRAWS, dtype=torch.uint8)
    if not encoded:
        return DiagonalNormal(z, torch.full_like(z, _CERTAIN)), label
    with torch.inference_mode():
        return model.encode(model.decode(z).mean.clamp(0, 1)), label


def _write_unmeasured(
    folder: Path,
    model: VAE,
    config: RunConfig,
    facts: dict[str, Any],
    q: DiagonalNormal,
    label: Tensor,
    encoded: bool,
) -> None:
    """Write the files of a run without test images: no metrics, and no rates without an encoder."""
    save_weights(model, folder)
    mu, logvar = (part.half().numpy() for part in (q.mu, q.logvar))
    (folder / CODES).write_bytes(serialize({"mu": mu, "logvar": logvar, "label": label.numpy()}))
    dims, size = dimensions(q), config.model.latent_dim
    write_json(folder / CONFIG, config.to_json(), flush=False)
    card = facts | {
        "precision": "float32",
        "weights_sha256": sha256(folder / WEIGHTS),
        "data": {"name": config.data.name},
        "active_units": int(dims.active.sum()),
        "rate_per_dimension": [round(rate, 4) for rate in dims.rate.tolist()] if encoded else [0.0] * size,
        "active": dims.active.tolist(),
        "test": {},
    }
    write_json(folder / CARD, card, flush=False)


if __name__ == "__main__":
    os.nice(_NICE)
    torch.set_num_threads(1)
    try:
        finish(Path(sys.argv[1]), Path(sys.argv[2]))
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(f"{str(error).splitlines()[0][:300]}")
