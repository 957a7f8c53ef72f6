"""VAE Lab's core: distributions, models, objectives, estimators, data, training and runs. It knows nothing of any page.

The names below are the public ones; docs/api.md describes them. Those that need torch are imported when first used, so
that reading a run folder or a data set stays light.
"""

import sys
from importlib import import_module

if sys.platform == "win32":
    raise ImportError("VAE Lab runs on Linux and macOS: on Windows use the Linux of WSL, which has all that it needs")

__version__ = "0.1.0"

_HOME = {
    "Bernoulli": "vae_core.distributions.likelihoods",
    "DataConfig": "vae_core.config",
    "DiagonalNormal": "vae_core.distributions.gaussian",
    "Gaussian": "vae_core.distributions.likelihoods",
    "LinearGaussian": "vae_core.models.linear_gaussian",
    "ModelConfig": "vae_core.config",
    "RunConfig": "vae_core.config",
    "TrainConfig": "vae_core.config",
    "VAE": "vae_core.models.vae",
    "adopt": "vae_core.models.from_module",
    "beta_elbo": "vae_core.objectives",
    "dreg": "vae_core.objectives",
    "elbo": "vae_core.objectives",
    "evaluate": "vae_core.estimators.metrics",
    "fit": "vae_core.training.train",
    "integrate": "vae_core.estimators.quadrature",
    "iwae": "vae_core.objectives",
    "load": "vae_core.runs.checkpoint",
    "log_marginal": "vae_core.estimators.marginal_likelihood",
    "open_run": "vae_core.runs.run",
    "register": "vae_core.tasks.register",
}
__all__ = ["__version__", *_HOME]


def __getattr__(name: str):
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'vae_core' has no attribute {name!r}")
