"""The convolutions of our models, which halve the sides of a picture, and their adjoints, which double them, on a CPU.

Kernel 4, stride 2, padding 1. Pictures are [B, channels, height, width] and lie in memory channels last; a kernel
w is [in, out, 4, 4] seen from the smaller picture: torch's layout for both Conv2d and ConvTranspose2d.
"""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor

_HOW = {"stride": (2, 2), "padding": (1, 1), "dilation": (1, 1), "transposed": False, "output_padding": (0, 0)}


def halve(x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """[B, out, 2h, 2w] -> [B, in, h, w]: the sum of w[:, :, k, l] x[:, :, 2i + k - 1, 2j + l - 1]."""
    return F.conv2d(x, w, bias, stride=2, padding=1)


def double(y: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """[B, in, h, w] -> [B, out, 2h, 2w], the adjoint of `halve`: sum(halve(x, w) * y) = sum(x * double(y, w)).

    Row 2i + r of the result sees y at i + r - 1 and i + r, through the rows 3 - r and 1 - r of the kernel. So all rows
    with the same r come from an ordinary convolution with kernel 2, likewise the columns, and one convolution with four
    times as many channels gives them all (Shi et al. 2016). torch's own transposed convolution is up to three times as
    slow here.
    """
    batch, _, height, width = y.shape
    out = w.shape[1]
    taps = w.flip(2, 3).permute(2, 3, 1, 0).unflatten(1, (2, 2)).unflatten(0, (2, 2))  # [u, r, v, s, out, in]
    taps = taps.permute(1, 3, 4, 0, 2, 5).reshape(4 * out, 2, 2, -1).permute(0, 3, 1, 2)  # [r s out, in, u, v]
    fourfold = F.conv2d(y, taps, None if bias is None else bias.repeat(4), padding=1)
    fourfold = fourfold.permute(0, 2, 3, 1).unflatten(3, (2, 2, out))  # [B, i + r, j + s, r, s, out]
    x = y.new_empty(batch, height, 2, width, 2, out)
    for r, s in itertools.product(range(2), repeat=2):
        x[:, :, r, :, s] = fourfold[:, r : r + height, s : s + width, r, s]
    return x.view(batch, 2 * height, 2 * width, out).permute(0, 3, 1, 2)


def kernel_gradient(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
    """The derivative of sum(halve(x, w) * y) in w, which is that of sum(x * double(y, w)), shaped as w."""
    want = (False, True, False)
    return torch.ops.aten.convolution_backward(y, x, w, None, *_HOW.values(), 1, want)[1]
