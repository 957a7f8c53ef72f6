"""Make a run folder of a PyTorch module, measured on the test images of a data set."""

import time
from pathlib import Path

import torch
from torch import nn

from vae_core import data
from vae_core.config import DataConfig, LikelihoodName, RunConfig, Sigma, TrainConfig
from vae_core.estimators.metrics import generator
from vae_core.io.atomic import write_json
from vae_core.models.architectures import parameter_count
from vae_core.models.from_module import adopt
from vae_core.runs.checkpoint import versions
from vae_core.runs.run import METRICS, STATUS, new_run, runs_folder
from vae_core.runs.write_result import write_result
from vae_core.training.optimal_sigma import set_optimal_sigma

_SEED = 0  # of the draws behind sigma


def register(
    model: nn.Module,
    name: str,
    data_name: str,
    *,
    likelihood: LikelihoodName,
    sigma: Sigma | None = None,
    title: str | None = None,
    folder: Path | None = None,
) -> Path:
    """Make a run folder of the module, measured on the test images of a data set; returns it.

    It lies in `folder`, by default where the local server looks: $VAE_LAB_RUNS, or runs/ beside the app. A Gaussian
    without `sigma` gets the one that is best for the training images (Rybkin et al. 2021). The folder is all that a
    browser needs; zipped, it can be brought to another server on its page Library. Raises ValueError as `adopt` does.
    """
    began = time.perf_counter()
    images, test = data.load(data_name, "train"), data.load(data_name, "test")
    vae = adopt(model, images.shape, likelihood=likelihood, sigma=sigma)
    binarize = "dynamic" if likelihood == "bernoulli" else "none"
    if vae.config.sigma == "optimal":
        set_optimal_sigma(vae, torch.from_numpy(images.images), binarize, generator(_SEED, torch.device("cpu")))
    config = RunConfig(vae.config, DataConfig(data_name, binarize), TrainConfig(steps=1))
    facts = {
        "name": name,
        "title": title or name,
        "fit": "brought from PyTorch",
        "device": "cpu",
        "seconds": round(time.perf_counter() - began, 1),
        "parameters": parameter_count(vae.config),
        "sigma": None if vae.log_sigma is None else vae.log_sigma.exp().item(),
        "versions": versions(),
    }
    out = (folder or runs_folder()) / name
    out.parent.mkdir(parents=True, exist_ok=True)
    with new_run(out) as draft:
        write_result(draft, vae, config, test, facts, half=False)
        (draft / METRICS).touch()
        write_json(draft / STATUS, {"state": "done", "step": 1, "steps": 1})
    return out
