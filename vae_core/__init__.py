"""The science of VAE Lab: models, likelihoods, objectives, data and runs. It knows nothing of any page.

Names that need torch are imported when first used, so that reading a run folder or a data set stays light.
"""

import sys
from importlib import import_module

if sys.platform == "win32":
    raise ImportError("VAE Lab runs on Linux and macOS: on Windows use the Linux of WSL, which has all that it needs")

__version__ = "0.1.0"

_LAZY = {
    "DiagonalNormal": "vae_core.gaussian",
    "Bernoulli": "vae_core.likelihoods",
    "Gaussian": "vae_core.likelihoods",
    "VAE": "vae_core.models",
    "load": "vae_core.checkpoint",
}
__all__ = ["__version__", *_LAZY]


def __getattr__(name: str):
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'vae_core' has no attribute {name!r}")
