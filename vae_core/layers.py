"""Layers as text, as a configuration stores them: "linear 784 400", "conv 1 32 4 2 1", "relu", "reshape 64 4 4".

The numbers of a convolution are its inputs, outputs, kernel, stride and padding.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Layer = dict[str, Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Activation:
    """An activation: its class in torch.nn, and its ONNX operator, None where that has to be put together."""

    module: str
    onnx: str | None


# All that Python says of an activation; `torch.nn.functional` has it under its name. Its formula in the browser is in
# ui/web/engine/layers.js. One without a derivative in vae_core/training/manual_backprop.py is trained by torch's tape.
ACTIVATIONS: dict[str, Activation] = {
    "elu": Activation("ELU", "Elu"),
    "relu": Activation("ReLU", "Relu"),
    "silu": Activation("SiLU", None),
    "tanh": Activation("Tanh", "Tanh"),
}
_NUMBERS = {
    "linear": ("in", "out"),
    "conv": ("in", "out", "kernel", "stride", "padding"),
    "conv_transpose": ("in", "out", "kernel", "stride", "padding"),
    "flatten": (),
    **dict.fromkeys(ACTIVATIONS, ()),
}
_MOST_LAYERS, _LARGEST = 64, 1 << 20


def parse_layer(text: str) -> Layer:
    """Parse the text of one layer. Raises ValueError if it is none."""
    op, *numbers = text.split() if isinstance(text, str) and len(text) <= 100 else [""]
    if not all(number.isascii() and number.isdecimal() and int(number) <= _LARGEST for number in numbers):
        op = ""
    values = list(map(int, numbers)) if op else []
    if op == "reshape" and len(values) == 3:
        return {"op": op, "shape": values}
    if op not in _NUMBERS or len(values) != len(_NUMBERS[op]):
        raise ValueError(
            f"a layer is {str(text)[:60]!r}, expected such as 'linear 784 400', 'relu' or 'conv 1 32 4 2 1'"
        )
    return {"op": op, **dict(zip(_NUMBERS[op], values, strict=True))}


def format_layer(layer: Layer) -> str:
    """Format a layer as text, which `parse_layer` reads."""
    numbers = layer["shape"] if layer["op"] == "reshape" else [layer[name] for name in _NUMBERS[layer["op"]]]
    return " ".join(map(str, (layer["op"], *numbers)))


def shapes(layers: Iterable[Layer], shape: Sequence[int]) -> list[Shape]:
    """The shape before the first layer, without the batch, and after each. Raises ValueError where two do not fit."""
    found = [tuple(shape)]
    for layer in layers:
        found.append(_after(layer, found[-1]))
    return found


def require_chain(what: str, chain: Sequence[str], given: Sequence[int], wanted: Sequence[int]) -> None:
    """Raises ValueError unless these layers, as text, make the shape `wanted` of the shape `given`."""
    if not 0 < len(chain) <= _MOST_LAYERS:
        raise ValueError(f"the {what} has {len(chain)} layers, expected 1 to {_MOST_LAYERS}")
    last = shapes(map(parse_layer, chain), given)[-1]
    if last != tuple(wanted):
        raise ValueError(f"the {what} makes {list(last)} of {list(given)}, expected {list(wanted)}")


def _after(layer: Layer, shape: Shape) -> Shape:
    match layer:
        case {"op": "linear", "in": inputs, "out": outputs} if shape == (inputs,) and outputs > 0:
            return (outputs,)
        case {"op": "conv", "kernel": k, "stride": s, "padding": p} if _fits(layer, shape):
            return (layer["out"], *((n + 2 * p - k) // s + 1 for n in shape[1:]))
        case {"op": "conv_transpose", "kernel": k, "stride": s, "padding": p} if _fits(layer, shape):
            return (layer["out"], *((n - 1) * s - 2 * p + k for n in shape[1:]))
        case {"op": "flatten"}:
            return (math.prod(shape),)
        case {"op": "reshape", "shape": wanted} if math.prod(wanted) == math.prod(shape):
            return tuple(wanted)
        case {"op": op} if op in ACTIVATIONS:
            return shape
    raise ValueError(f"the layer {format_layer(layer)!r} does not fit the shape {list(shape)} that comes to it")


def _fits(layer: Layer, shape: Shape) -> bool:
    k, s, p = layer["kernel"], layer["stride"], layer["padding"]
    sound = len(shape) == 3 and shape[0] == layer["in"] and layer["out"] > 0 and s > 0 and 0 <= p < k <= 16
    if layer["op"] == "conv":
        return sound and all(n + 2 * p >= k for n in shape[1:])
    return sound and all((n - 1) * s - 2 * p + k > 0 for n in shape[1:])
