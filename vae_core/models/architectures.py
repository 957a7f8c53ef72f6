"""Layer by layer what an encoder and a decoder compute: one list, read by torch and by the browser.

A layer is a small dict with its `op`. Its place in the list is its place in `torch.nn.Sequential`, so the tensors
of layer i of the decoder are named `decoder.{i}.weight` and `decoder.{i}.bias`.
"""

import itertools
import math
from typing import Literal

from vae_core.config import FLOW_MAPS, ModelConfig
from vae_core.layers import Layer, parse_layer

Part = Literal["encoder", "decoder", "top_encoder", "top_decoder"]

PSEUDO_INPUTS = 100  # learned pictures of a VampPrior

# Each stage of a convolutional model halves or doubles the picture's sides.
_HALVING = {"kernel": 4, "stride": 2, "padding": 1}
_TOP_WIDTHS = (100, 100)  # of the two perceptrons between the levels (Burda et al. 2016, section 5)


def layers(config: ModelConfig, part: Part) -> list[Layer]:
    """Layers of the encoder (x -> the numbers of q, first its mean) or the decoder (z -> one number a pixel).

    With two levels there are also a top encoder (z1 -> mean and log-variance of q(z2|z1)) and a top decoder
    (z2 -> mean and log-variance of p(z1|z2)).
    """
    if part in ("top_encoder", "top_decoder"):
        return _between_levels(config, part)
    if config.arch == "given":
        return [parse_layer(words) for words in getattr(config, part)]
    build = {("mlp", "encoder"): _mlp_encoder, ("mlp", "decoder"): _mlp_decoder}
    build |= {("conv", "encoder"): _conv_encoder, ("conv", "decoder"): _conv_decoder}
    return build[config.arch, part](config)


def posterior_size(config: ModelConfig) -> int:
    """Numbers that the encoder gives for one picture: the parameters of q(z|x)."""
    D = config.latent_dim
    return 2 * D + {"diagonal": 0, "full": D * (D - 1) // 2, "flow": FLOW_MAPS * (2 * D + 1)}[config.posterior]


def parts(config: ModelConfig) -> tuple[Part, ...]:
    """The networks that a model has."""
    return ("encoder", "decoder", *(("top_encoder", "top_decoder") if config.top_dim else ()))


def tensor_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a model, as they stand in its weights file."""
    shapes: dict[str, tuple[int, ...]] = {}
    for part in parts(config):
        for i, layer in enumerate(layers(config, part)):
            if shape := _weight_shape(layer):
                shapes[f"{part}.{i}.weight"] = shape
                shapes[f"{part}.{i}.bias"] = (layer["out"],)
    if config.likelihood == "gaussian":
        shapes["log_sigma"] = ()
    if config.prior == "vamp":
        shapes["pseudo_inputs"] = (PSEUDO_INPUTS, *config.image_shape)
    return shapes


def parameter_count(config: ModelConfig) -> int:
    """Numbers that a model has, all but sigma."""
    return sum(math.prod(shape) for name, shape in tensor_shapes(config).items() if name != "log_sigma")


def _weight_shape(layer: Layer) -> tuple[int, ...] | None:
    match layer["op"]:
        case "linear":
            return (layer["out"], layer["in"])
        case "conv":
            return (layer["out"], layer["in"], layer["kernel"], layer["kernel"])
        case "conv_transpose":
            return (layer["in"], layer["out"], layer["kernel"], layer["kernel"])
    return None


def _linear(inputs: int, outputs: int) -> Layer:
    return {"op": "linear", "in": inputs, "out": outputs}


def _perceptron(widths: list[int], activation: str) -> list[Layer]:
    chain: list[Layer] = []
    for inputs, outputs in itertools.pairwise(widths):
        chain += [_linear(inputs, outputs), {"op": activation}]
    return chain[:-1]


def _mlp_encoder(config: ModelConfig) -> list[Layer]:
    return [{"op": "flatten"}, *_perceptron([config.pixels, *config.hidden, posterior_size(config)], config.activation)]


def _mlp_decoder(config: ModelConfig) -> list[Layer]:
    chain = _perceptron([config.latent_dim, *reversed(config.hidden), config.pixels], config.activation)
    return [*chain, {"op": "reshape", "shape": list(config.image_shape)}]


def _between_levels(config: ModelConfig, part: Part) -> list[Layer]:
    low, high = config.latent_dim, config.top_dim
    widths = _TOP_WIDTHS if config.hidden else ()  # linear where the whole model is
    ends = (low, 2 * high) if part == "top_encoder" else (high, 2 * low)
    return _perceptron([ends[0], *widths, ends[1]], config.activation)


def _conv_encoder(config: ModelConfig) -> list[Layer]:
    chain: list[Layer] = []
    for inputs, outputs in zip((config.image_shape[0], *config.hidden), config.hidden, strict=False):
        chain += [{"op": "conv", "in": inputs, "out": outputs, **_HALVING}, {"op": config.activation}]
    return [*chain, {"op": "flatten"}, _linear(math.prod(_smallest_map(config)), posterior_size(config))]


def _conv_decoder(config: ModelConfig) -> list[Layer]:
    smallest = _smallest_map(config)
    chain = [
        _linear(config.latent_dim, math.prod(smallest)),
        {"op": config.activation},
        {"op": "reshape", "shape": list(smallest)},
    ]
    channels = (*reversed(config.hidden), config.image_shape[0])
    for inputs, outputs in itertools.pairwise(channels):
        chain += [{"op": "conv_transpose", "in": inputs, "out": outputs, **_HALVING}, {"op": config.activation}]
    return chain[:-1]


def _smallest_map(config: ModelConfig) -> tuple[int, int, int]:
    """Channels, height and width where the convolutional encoder hands over to its linear layer."""
    _, height, width = config.image_shape
    factor = 2 ** len(config.hidden)
    return config.hidden[-1], height // factor, width // factor
