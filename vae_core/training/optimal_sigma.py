"""The best sigma of a trained Gaussian model, over all training images."""

import torch
from torch import Tensor

from vae_core.config import Binarize
from vae_core.device import in_double
from vae_core.estimators.metrics import batches
from vae_core.models.vae import VAE
from vae_core.training.train import loader


def set_optimal_sigma(model: VAE, images: Tensor, binarize: Binarize, rng: torch.Generator) -> None:
    """Set sigma to the root mean squared error of a pixel over the training images (Rybkin et al. 2021, eq. 5).

    One sample of z is drawn for each image, and of its pixels where they are binarised by draws; images are uint8,
    [N, C, H, W].
    """
    pictures, total = loader(images.to(rng.device), binarize, rng), 0.0
    with torch.inference_mode():
        for indices in batches(torch.arange(len(images), device=rng.device)):
            x = pictures(indices)
            p = model.decode(model.encode(x).rsample(rng))
            total += in_double(p.squared_error(x)).sum().item()
        model.log_sigma.copy_(p.best_log_sigma(torch.tensor(total / len(images), dtype=torch.float64)))
