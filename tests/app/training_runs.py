"""Make run folders as a trainer writes them, with numpy alone: status, records and snapshots."""

import json
import time
from pathlib import Path
from typing import Any

from tests.app.runs import make_run
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.runs.snapshots import snapshot_path


def make_training(
    folder: Path,
    state: str = "running",
    *,
    steps: int = 100,
    at: int = 40,
    snapshots: tuple[int, ...] = (0, 10, 40),
    rates: tuple[float, ...] = (2.0, 1.0),
    apart: tuple[float, ...] = (0.1, 0.0),
    title: str | None = None,
    model: dict[str, Any] | None = None,
    train: dict[str, Any] | None = None,
    **status: Any,
) -> Path:
    """A run on the digits that stands at step `at`, with a record every ten steps; its trainer beats for an hour.

    One whose trainer has not beaten for seconds would be taken up by the scheduler of any server that sees it.
    """
    size = {"latent_dim": len(rates), "hidden": (16,), "likelihood": "gaussian", **(model or {})}
    config = RunConfig(ModelConfig((1, 8, 8), **size), DataConfig("digits"), TrainConfig(steps=steps, **(train or {})))
    folder.mkdir(parents=True)
    write(folder / "config.json", config.to_json())
    write(folder / "request.json", {"title": title, "parent": None, "submitted": time.time()})
    held = {"pid": 1, "host": "elsewhere"} if state in ("running", "paused") else {}
    beats = time.time() + 3600
    told = {"state": state, "step": at, "steps": steps, "seconds": 2.0, "heartbeat": beats, "device": "cpu"}
    write(folder / "status.json", told | held | status)
    lines = [record(step, rates, apart) for step in range(10, at + 1, 10)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for step in snapshots:
        made = make_run(snapshot_path(folder, step), latent_dim=len(rates), title=title)
        write(made / "config.json", config.to_json())
    return folder


def record(step: int, rates: tuple[float, ...], apart: tuple[float, ...] = ()) -> dict[str, Any]:
    figures = {"elbo": -50.0 + step / 10, "rate": sum(rates), "distortion": 50.0 - step / 10 - sum(rates)}
    dims = {"rate_per_dimension": list(rates), "active_units": sum(rate > 0.01 for rate in rates)}
    test = {"test": figures | dims | {"marginal_kl_per_dimension": list(apart)}} if step % 20 == 0 else {}
    more = {"loss": -figures["elbo"], "grad_norm": 1.0, "lr": 1e-3, "beta": 1.0, "images_per_second": 900.0}
    return {"step": step, "seconds": step / 20, **more, **figures, **dims, **test}


def write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values), encoding="utf-8")
