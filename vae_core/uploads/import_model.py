"""Import uploaded models: read in the sandbox, then written as run folders by a worker process."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from vae_core import data
from vae_core.config import RunConfig
from vae_core.io.atomic import write_json
from vae_core.uploads import store
from vae_core.uploads.sandbox import UploadError, read_sandboxed

_ARRAYS, _MODEL = "arrays.safetensors", "model.json"
_PATIENCE = 180.0  # seconds in which a model must be measured
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class ModelDraft:
    """An uploaded model that was read and can be imported; `encoded` says whether it has an encoder."""

    path: Path
    config: RunConfig
    title: str
    encoded: bool


def read_draft(upload: BinaryIO, owner: str) -> ModelDraft:
    """Read a model in the sandbox. Raises UploadError with one sentence if it cannot be used."""
    folder = store.new_draft(owner)
    known = [*data.available(), *(kept.name for kept in store.list_sets())]
    try:
        answer = read_sandboxed("model", upload, {"data": known}, folder / _ARRAYS, owner)
        return _draft(folder, answer.told, known, owner)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _draft(folder: Path, told: dict[str, Any], known: list[str], owner: str) -> ModelDraft:
    """Validate the sandbox's answer and save it with the draft."""
    try:
        config = RunConfig.from_json(told["config"])
        title, how, encoded = told["title"], told["how"], told["encoded"]
        believed = isinstance(title, str) and isinstance(how, str) and isinstance(encoded, bool)
        if not believed or config.data.name not in (*known, "unknown"):
            raise ValueError("the model cannot be read")
    except (KeyError, TypeError, ValueError) as error:
        raise UploadError(str(error)) from None
    write_json(folder / _MODEL, {**told, "owner": owner}, flush=False)
    return ModelDraft(folder, config, title, encoded)


def import_model(draft: ModelDraft, out: Path) -> None:
    """Import a draft as the run folder `out`. Raises ValueError with one sentence if it cannot be measured."""
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "vae_core.uploads.import_model_worker",
        str(draft.path.resolve()),
        str(out.resolve()),
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(
            f"the model was not measured within {_PATIENCE:.0f} seconds: it is too large for this"
        ) from None
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it cannot be used"]
        raise ValueError(f"the model cannot be imported: {words[0][:300]}")
    shutil.rmtree(draft.path, ignore_errors=True)
