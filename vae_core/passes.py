"""Passes through a network, written out: forward, and backward from the derivative in what came out, with no tape."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.convolution import double, halve, kernel_gradient

# Each activation, in place where it can be, and its derivative times g, from what then stands where it was given.
_ACTIVATIONS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = {
    "relu": (torch.relu_, lambda g, y: torch.ops.aten.threshold_backward(g, y, 0)),
    "tanh": (torch.tanh_, torch.ops.aten.tanh_backward),
    "elu": (lambda y: F.elu(y, inplace=True), lambda g, y: torch.ops.aten.elu_backward(g, 1, 1, 1, True, y)),
    "silu": (F.silu, torch.ops.aten.silu_backward),
}


@dataclass(frozen=True)
class Seen:
    """What went into each layer and what came out of it, before the activation or overwritten by it."""

    inputs: list[Tensor]
    outputs: list[Tensor]

    @property
    def out(self) -> Tensor:
        """What comes out of the network, [B, numbers]."""
        return self.outputs[-1].flatten(1)


class Network:
    """Layers with activations between them; their gradients are written into tensors that stay."""

    def __init__(self, part: nn.Sequential, activation: str) -> None:
        for parameter in part.parameters():
            parameter.grad = torch.zeros_like(parameter)
        self._activate, self._derivative = _ACTIVATIONS[activation]
        self._layers: list[_Linear | _Convolution] = []
        shape = None  # that is given to numbers in a row
        for module in part:
            if isinstance(module, nn.Unflatten):
                shape = module.unflattened_size
            elif isinstance(module, nn.Linear):
                self._layers.append(_Linear(module))
            elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                self._layers.append(_Convolution(module, shape))

    def forward(self, x: Tensor) -> Seen:
        """All that a pass back needs, of x [B, ...]."""
        seen = Seen([], [])
        for layer in self._layers:
            if seen.outputs:
                x = self._activate(x)
            seen.inputs.append(layer.shaped(x))
            x = layer.forward(seen.inputs[-1])
            seen.outputs.append(x)
        return seen

    def backward(self, seen: Seen, g: Tensor, to_input: bool = True, add: bool = False) -> Tensor:
        """From the derivative in the output, [B, numbers], to the one in the input where it is asked for.

        The gradients of the weights replace what was there, or are added to it.
        """
        g = _alike(g, seen.outputs[-1])
        for k in reversed(range(len(self._layers))):
            self._layers[k].set_gradient(seen.inputs[k], g, add)
            if k > 0:
                before = seen.outputs[k - 1]
                g = self._derivative(_alike(self._layers[k].backward(g), before), before)
        return self._layers[0].backward(g) if to_input else g


class _Linear:
    def __init__(self, module: nn.Linear) -> None:
        self._weight, self._bias = module.weight.detach(), module.bias.detach()
        self._weight_gradient, self._bias_gradient = module.weight.grad, module.bias.grad

    def shaped(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self._weight, self._bias)

    def set_gradient(self, x: Tensor, g: Tensor, add: bool) -> None:
        if add:
            self._weight_gradient.addmm_(g.t(), x)
            self._bias_gradient.add_(g.sum(0))
        else:
            torch.mm(g.t(), x, out=self._weight_gradient)
            torch.sum(g, 0, out=self._bias_gradient)

    def backward(self, g: Tensor) -> Tensor:
        return g @ self._weight


class _Convolution:
    """One that halves its pictures, or doubles them."""

    def __init__(self, module: nn.Conv2d | nn.ConvTranspose2d, shape: tuple[int, ...] | None) -> None:
        self._weight, self._bias = module.weight.detach(), module.bias.detach()
        self._weight_gradient, self._bias_gradient = module.weight.grad, module.bias.grad
        self._shape, self._doubles = shape, isinstance(module, nn.ConvTranspose2d)

    def shaped(self, x: Tensor) -> Tensor:
        x = x.unflatten(1, self._shape) if x.ndim == 2 else x
        return x.contiguous(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        return (double if self._doubles else halve)(x, self._weight, self._bias)

    def set_gradient(self, x: Tensor, g: Tensor, add: bool) -> None:
        if not add:
            self._weight_gradient.zero_()
            self._bias_gradient.zero_()
        large, small = (g, x) if self._doubles else (x, g)
        self._weight_gradient.add_(kernel_gradient(large, small, self._weight))
        self._bias_gradient.add_(g.sum((0, 2, 3)))

    def backward(self, g: Tensor) -> Tensor:
        return (halve if self._doubles else double)(g, self._weight)


def _alike(g: Tensor, y: Tensor) -> Tensor:
    """g in the shape of y, pictures with their channels last."""
    g = g.reshape(y.shape)
    return g if y.ndim == 2 else g.contiguous(memory_format=torch.channels_last)
