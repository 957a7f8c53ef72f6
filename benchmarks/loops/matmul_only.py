"""The floor of the training time: only the matrix products of each step, those in its convolutions included."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from benchmarks.loops import BATCH
from vae_core.config import ModelConfig
from vae_core.models.vae import VAE

Product = tuple[Tensor, Tensor, Tensor]  # two matrices and where their product goes


@torch.inference_mode()
def train(config: ModelConfig, images: Tensor, turns: Iterator[None]) -> None:
    model = VAE(config).to(images.device)
    x, z = images[:BATCH].float(), torch.randn(BATCH, config.latent_dim, device=images.device)
    sizes = [*_sizes(model.encoder, x), *_sizes(model.decoder, z)]
    products = [each for k, size in enumerate(sizes) for each in _products(*size, images.device, first=k == 0)]
    for _ in turns:
        for _ in range(len(images) // BATCH):
            for a, b, out in products:
                torch.mm(a, b, out=out)


def _sizes(part: nn.Sequential, x: Tensor) -> Iterator[tuple[int, int, int]]:
    """Rows, columns in and columns out of each layer's product.

    A convolution is the product of the larger picture's squares, a row for each pixel of the smaller one, with the
    kernel.
    """
    for module in part:
        y = module(x)
        if isinstance(module, nn.Linear):
            yield BATCH, module.in_features, module.out_features
        elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            small, large = sorted((x, y), key=lambda picture: picture.shape[-1])
            yield BATCH * small[0, 0].numel(), large.shape[1] * module.weight[0, 0].numel(), small.shape[1]
        x = y


def _products(rows: int, inputs: int, outputs: int, device: torch.device, first: bool) -> list[Product]:
    """Forward, weight gradient and input gradient; that of the pictures themselves is not needed."""
    shapes = ((rows, inputs), (rows, outputs), (outputs, inputs))
    x, y, weight = (torch.randn(shape, device=device) for shape in shapes)
    products = [(x, weight.T, torch.empty_like(y)), (y.T, x, torch.empty_like(weight))]
    return products if first else [*products, (y, weight, torch.empty_like(x))]
