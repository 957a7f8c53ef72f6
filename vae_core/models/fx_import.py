"""The layers of a user's module, read off a trace of what it computes (torch.fx), with their weights.

Batch norms are folded into the layer before them, dropout is passed over, reshapes are read from the shapes they make.
"""

import math
import operator
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.fx.passes.shape_prop import ShapeProp

from vae_core.layers import ACTIVATIONS, Layer

BATCH = 2  # pictures in the trace
_NOTHING = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
_MODULES = {getattr(nn, each.module): name for name, each in ACTIVATIONS.items()} | {nn.Sigmoid: "sigmoid"}
_NAMES = (*ACTIVATIONS, "sigmoid")
_FUNCTIONS = {getattr(place, name): name for place in (F, torch) for name in _NAMES if hasattr(place, name)}
_METHODS = {name: name for name in _NAMES if hasattr(torch.Tensor, name)}
_RESHAPING = ("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "contiguous", "float")
_SPLITTING = ("chunk", "split")


@dataclass
class Chain:
    """Layers in order, and the weight and bias of each that has them."""

    layers: list[Layer] = field(default_factory=list)
    weights: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def add(self, layer: Layer, weight: Tensor | None = None, bias: Tensor | None = None) -> None:
        if weight is not None:
            bias = torch.zeros(layer["out"]) if bias is None else bias
            self.weights[len(self.layers)] = (weight.detach().float().clone(), bias.detach().float().clone())
        self.layers.append(layer)


class _Tracer(fx.Tracer):
    """Takes NumPy's whole numbers for shapes, as np.prod makes them."""

    def create_arg(self, argument: object) -> object:
        return super().create_arg(int(argument) if isinstance(argument, np.integer) else argument)


def trace(module: nn.Module, sample: Tensor) -> fx.GraphModule:
    """What `module.forward` computes of a batch like `sample`. Raises ValueError if that cannot be followed."""
    try:
        traced = fx.GraphModule(module, _Tracer().trace(module))
        ShapeProp(traced).propagate(sample)
    except Exception as error:  # whatever a user's code raises
        first = str(error).strip().splitlines()[:1]
        raise ValueError(
            f"what the model computes cannot be followed: {(first or ['no reason given'])[0][:200]}"
        ) from error
    return traced


def results(traced: fx.GraphModule) -> list[fx.Node]:
    """The tensors that the module returns, in order."""
    (returned,) = next(node for node in traced.graph.nodes if node.op == "output").args
    found = returned if isinstance(returned, tuple | list) else [returned]
    return [node for node in found if isinstance(node, fx.Node)]


def path(node: fx.Node) -> list[fx.Node]:
    """The nodes from the module's input to this one, by the first argument of each."""
    found: list[fx.Node] = []
    while node.op != "placeholder":
        found.append(node)
        before = next((each for each in node.args if isinstance(each, fx.Node)), None)
        if before is None:
            raise ValueError(f"what {_name(node)} is computed from cannot be followed")
        node = before
    return found[::-1]


def chain_of(traced: fx.GraphModule, nodes: list[fx.Node]) -> Chain:
    """The layers along a path. Raises ValueError for what has no layer here."""
    chain = Chain()
    for node in nodes:
        module = traced.get_submodule(node.target) if node.op == "call_module" else None
        if module is not None and module.__class__ in _LAYERS:
            _LAYERS[module.__class__](chain, module)
        elif isinstance(module, nn.ELU) or node.target is F.elu:
            alpha = module.alpha if module is not None else (*node.args[1:2], node.kwargs.get("alpha", 1.0))[0]
            _require(alpha == 1, node, "with another slope than 1")
            chain.add({"op": "elu"})
        elif (name := _activation(node, module)) is not None:
            chain.add({"op": name})
        elif _reshapes(node, module):
            _reshape(chain, node)
        elif not (isinstance(module, _NOTHING) or node.target in (F.dropout, torch.dropout)):
            _require(False, node, "")
    return chain


def columns(traced: fx.GraphModule, nodes: list[fx.Node], width: int) -> list[int] | None:
    """Which of `width` numbers the nodes hand on, when all that they do is to split; None when they do more."""
    values: dict[fx.Node, object] = {}
    counted = torch.arange(width, dtype=torch.float32).repeat(BATCH, 1)
    for node in nodes:
        if not splits(node):
            return None
        before = values.get(next(each for each in node.args if isinstance(each, fx.Node)), counted)
        if node.op == "call_method":
            values[node] = getattr(before, node.target)(*node.args[1:], **node.kwargs)
        else:
            values[node] = node.target(before, *node.args[1:], **node.kwargs)
    counted = values[nodes[-1]]
    return counted[0].long().tolist() if isinstance(counted, Tensor) and counted.ndim == 2 else None


def splits(node: fx.Node) -> bool:
    """Whether a node only hands on a part of what comes to it."""
    name = getattr(node.target, "__name__", node.target)
    return node.op != "call_module" and (node.target is operator.getitem or name in _SPLITTING)


def _activation(node: fx.Node, module: nn.Module | None) -> str | None:
    if module is not None:
        return _MODULES.get(module.__class__)
    return _METHODS.get(node.target) if node.op == "call_method" else _FUNCTIONS.get(node.target)


def _reshapes(node: fx.Node, module: nn.Module | None) -> bool:
    if module is not None:
        return isinstance(module, nn.Flatten | nn.Unflatten)
    return node.target in (torch.flatten, torch.reshape) or (node.op == "call_method" and node.target in _RESHAPING)


def _reshape(chain: Chain, node: fx.Node) -> None:
    """The shape that comes out, when it differs from the one that came in."""
    before = next(each for each in node.args if isinstance(each, fx.Node)).meta["tensor_meta"].shape
    after = node.meta["tensor_meta"].shape
    _require(after[:1] == (BATCH,) and len(after) in (2, 4), node, f"to {list(after)}")
    if before != after:
        chain.add({"op": "flatten"} if len(after) == 2 else {"op": "reshape", "shape": list(after[1:])})


def _linear(chain: Chain, module: nn.Linear) -> None:
    chain.add({"op": "linear", "in": module.in_features, "out": module.out_features}, module.weight, module.bias)


def _conv(chain: Chain, module: nn.Conv2d | nn.ConvTranspose2d) -> None:
    transposed = isinstance(module, nn.ConvTranspose2d)
    kernel, stride, padding = (_one(getattr(module, name)) for name in ("kernel_size", "stride", "padding"))
    extra = _one(module.output_padding) if transposed else 0
    known = module.groups == 1 and module.padding_mode == "zeros" and _one(module.dilation) == 1
    if not known or None in (kernel, stride, padding, extra):
        raise ValueError(f"the layer {module} is not supported: expected square, without groups or dilation")
    numbers = {"in": module.in_channels, "out": module.out_channels, "kernel": kernel + extra, "stride": stride}
    weight = F.pad(module.weight, (0, extra, 0, extra))  # rows of zeros make the picture as much larger
    chain.add({"op": "conv_transpose" if transposed else "conv", **numbers, "padding": padding}, weight, module.bias)


def _norm(chain: Chain, module: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
    """y = (x - mean) / sqrt(var + eps) gamma + beta, folded into the weights of the layer before."""
    at = len(chain.layers) - 1
    if at not in chain.weights or module.running_mean is None:
        raise ValueError(f"the layer {module} does not follow a linear layer or a convolution, so it cannot be folded")
    gamma = torch.ones_like(module.running_mean) if module.weight is None else module.weight
    beta = torch.zeros_like(module.running_mean) if module.bias is None else module.bias
    scale = (gamma / torch.sqrt(module.running_var + module.eps)).detach().float()
    weight, bias = chain.weights[at]
    axis = 1 if chain.layers[at]["op"] == "conv_transpose" else 0
    weight = weight * scale.view([-1 if n == axis else 1 for n in range(weight.ndim)])
    chain.weights[at] = (weight, (bias - module.running_mean) * scale + beta.detach().float())


_LAYERS = {
    nn.Linear: _linear,
    nn.Conv2d: _conv,
    nn.ConvTranspose2d: _conv,
    nn.BatchNorm1d: _norm,
    nn.BatchNorm2d: _norm,
}


def _one(value: int | tuple[int, ...] | str) -> int | None:
    """The number that is meant for both sides, None where they differ."""
    sides = set(value) if isinstance(value, tuple) else {value}
    only = sides.pop() if len(sides) == 1 else None
    return only if isinstance(only, int) and math.isfinite(only) else None


def _require(holds: bool, node: fx.Node, how: str) -> None:
    if not holds:
        raise ValueError(
            f"{_name(node)} {how}".strip()
            + " has no layer here: expected linear, conv and conv_transpose layers, batch "
            f"norms after them, {', '.join(ACTIVATIONS)}, dropout and reshapes"
        )


def _name(node: fx.Node) -> str:
    target = getattr(node.target, "__name__", node.target)
    return f"{node.name!r} ({target})"
