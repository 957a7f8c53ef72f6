"""Halving and doubling convolutions against torch's own, against each other, and against automatic differentiation."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.core.conftest import generator
from vae_core.training.manual_backprop import double, halve, kernel_gradient

SIZES = [(1, 1, 1, 1), (3, 5, 4, 2), (5, 1, 3, 3), (2, 3, 1, 6)]  # in, out, height and width of the smaller picture


def draw(inputs: int, outputs: int, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """A large picture, a small one, and a kernel between them."""
    rng = generator(inputs + outputs)
    shapes = ((2, outputs, 2 * height, 2 * width), (2, inputs, height, width), (inputs, outputs, 4, 4))
    x, y, w = (torch.randn(shape, generator=rng, dtype=torch.float64) for shape in shapes)
    return x, y.contiguous(memory_format=torch.channels_last), w


@pytest.mark.parametrize("size", SIZES)
def test_both_are_torch_s_layers(size):
    x, y, w = draw(*size)
    inner, outer = (torch.randn(count, generator=generator(1), dtype=torch.float64) for count in w.shape[:2])
    torch.testing.assert_close(halve(x, w, inner), F.conv2d(x, w, inner, stride=2, padding=1))
    torch.testing.assert_close(double(y, w, outer), F.conv_transpose2d(y, w, outer, stride=2, padding=1))
    assert double(y, w).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("size", SIZES)
def test_each_is_the_other_s_adjoint(size):
    x, y, w = draw(*size)
    torch.testing.assert_close((halve(x, w) * y).sum(), (x * double(y, w)).sum())


@pytest.mark.parametrize("size", SIZES)
def test_the_gradient_in_the_kernel_is_that_of_either(size):
    x, y, w = draw(*size)
    w.requires_grad_()
    for product in ((F.conv2d(x, w, stride=2, padding=1) * y), (F.conv_transpose2d(y, w, stride=2, padding=1) * x)):
        (expected,) = torch.autograd.grad(product.sum(), w)
        torch.testing.assert_close(kernel_gradient(x, y, w.detach()), expected)
