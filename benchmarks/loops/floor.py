"""The floor: the matrix products and convolutions of a step, forward and backward, and nothing else."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from benchmarks.loops import BATCH
from vae_core.config import ModelConfig
from vae_core.models import VAE

Work = Callable[[], object]


@torch.inference_mode()
def train(config: ModelConfig, images: Tensor, turns: Iterator[None]) -> None:
    model = VAE(config).to(images.device, memory_format=torch.channels_last)
    x = images[:BATCH].float().to(memory_format=torch.channels_last)
    z = torch.randn(BATCH, config.latent_dim, device=images.device)
    step = [*_work(model.encoder, x, to_input=False), *_work(model.decoder, z, to_input=True)]
    for _ in turns:
        for _ in range(len(images) // BATCH):
            for work in step:
                work()


def _work(part: nn.Sequential, x: Tensor, to_input: bool) -> Iterator[Work]:
    """Forward, weight gradient and input gradient of each layer; that of the pictures themselves is not needed."""
    for module in part:
        y = module(x)
        if isinstance(module, nn.Linear):
            yield from _products(x, module.weight, y, to_input)
        elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            yield from _convolutions(module, x, y, to_input)
        to_input |= hasattr(module, "weight")
        x = y


def _products(x: Tensor, weight: Tensor, y: Tensor, to_input: bool) -> Iterator[Work]:
    """Matrix products, into tensors that are there."""
    yield partial(torch.mm, x, weight.T, out=torch.empty_like(y))
    yield partial(torch.mm, y.T, x, out=torch.empty_like(weight))
    if to_input:
        yield partial(torch.mm, y, weight, out=torch.empty_like(x))


def _convolutions(module: nn.Conv2d | nn.ConvTranspose2d, x: Tensor, y: Tensor, to_input: bool) -> Iterator[Work]:
    transposed = isinstance(module, nn.ConvTranspose2d)
    how = (module.stride, module.padding, module.dilation, transposed, module.output_padding, module.groups)
    yield partial(torch.convolution, x, module.weight, None, *how)
    gradients = (to_input, True, False)
    yield partial(torch.ops.aten.convolution_backward, y, x, module.weight, None, *how, gradients)
