"""Encoder and decoder as ONNX graphs, built from the one list of layers and not by tracing.

    encoder.onnx   x [batch, C, H, W] in [0, 1]  ->  mu [batch, D], logvar [batch, D]: q(z|x) = N(mu, diag exp(logvar))
    decoder.onnx   z [batch, D]                  ->  a [batch, C, H, W], and the mean picture of p(x|z)

All are float32, and the batch may be of any size. `a` are the logits of a Bernoulli; the mean of a Gaussian is
sigmoid(a), or a itself where the configuration says so. Graphs are only ever written: no ONNX file is read from anyone.
Before anybody gets one, `compare` runs it and torch on the same inputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from vae_core import __version__
from vae_core.config import ModelConfig
from vae_core.layers import ACTIVATIONS, Layer
from vae_core.models.architectures import layers
from vae_core.runs.checkpoint import load
from vae_core.runs.run import Run, read_weights

OPSET, IR_VERSION = 17, 8  # of 2022: every runtime that is still kept reads them


def encoder_graph(run: Run) -> ModelProto:
    """The encoder of a run. Raises ValueError if its weights cannot be read or its posterior is not diagonal."""
    model, D = _plain(run), run.config.model.latent_dim
    graph = _Graph(run, "encoder", "x", model.image_shape)
    numbers = graph.through_layers()
    graph.constant("halves", np.array([D, D], np.int64))
    graph.nodes.append(helper.make_node("Split", [numbers, "halves"], ["mu", "logvar"], axis=-1))
    return graph.model({"mu": (D,), "logvar": (D,)})


def decoder_graph(run: Run) -> ModelProto:
    """The decoder of a run. Raises ValueError if its weights cannot be read or its prior is not N(0, I)."""
    model = _plain(run)
    graph = _Graph(run, "decoder", "z", (model.latent_dim,))
    graph.add("Identity", [graph.through_layers()], "a")
    identity = model.likelihood == "gaussian" and model.mean == "identity"
    graph.add("Identity" if identity else "Sigmoid", ["a"], "mean")
    return graph.model({"a": model.image_shape, "mean": model.image_shape})


def _plain(run: Run) -> ModelConfig:
    model = run.config.model
    if not model.plain:
        raise ValueError(
            f"the run {run.path.name} has another posterior or prior, expected a diagonal posterior and the prior "
            "N(0, I) for ONNX"
        )
    return model


class _Graph:
    """Nodes and constants of one network while they are put together."""

    def __init__(self, run: Run, part: str, given: str, shape: tuple[int, ...]) -> None:
        self.run, self.part, self.given, self.shape = run, part, given, shape
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.tensors = read_weights(run)

    def constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def add(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=f"{self.part}.{output}", **attributes))
        return output

    def through_layers(self) -> str:
        """All layers, one after another; gives the name of what comes out."""
        name = self.given
        for i, layer in enumerate(layers(self.run.config.model, self.part)):
            name = _ADD[layer["op"]](self, layer, name, f"{self.part}.{i}")
        return name

    def weights(self, at: str) -> list[str]:
        return [self.constant(f"{at}.{kind}", self._float(f"{at}.{kind}")) for kind in ("weight", "bias")]

    def _float(self, name: str) -> np.ndarray:
        return np.ascontiguousarray(self.tensors[name], np.float32)

    def model(self, outputs: dict[str, tuple[int, ...]]) -> ModelProto:
        """The finished and checked model, with what it means as metadata."""
        info = [_info(name, shape) for name, shape in outputs.items()]
        graph = helper.make_graph(self.nodes, self.part, [_info(self.given, self.shape)], info, self.constants)
        made = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="vae_core",
            producer_version=__version__,
            doc_string=(__doc__ or "").strip(),
        )
        helper.set_model_props(made, _about(self.run, self.part))
        checker.check_model(made, full_check=True)
        return made


def _info(name: str, shape: tuple[int, ...]) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])


def _about(run: Run, part: str) -> dict[str, str]:
    """What the numbers mean, as words."""
    model, described = run.config.model, run.card.get("data", {})
    sigma = run.card.get("sigma")
    about = {
        "title": run.card.get("title", run.path.name),
        "part": part,
        "latent_dim": model.latent_dim,
        "prior": "N(0, I)",
        "likelihood": model.likelihood,
        "sigma": sigma if model.likelihood == "gaussian" else None,
        "binarize": run.config.data.binarize,
        "weights_sha256": run.card.get("weights_sha256"),
        "data": described.get("name"),
        "data_licence": described.get("licence"),
    }
    return {name: str(value) for name, value in about.items() if value is not None}


def _linear(graph: _Graph, layer: Layer, x: str, at: str) -> str:
    return graph.add("Gemm", [x, *graph.weights(at)], at, transB=1)


def _convolution(op: str) -> Callable[[_Graph, Layer, str, str], str]:
    def add(graph: _Graph, layer: Layer, x: str, at: str) -> str:
        kernel, stride, padding = layer["kernel"], layer["stride"], layer["padding"]
        sizes = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [padding] * 4}
        return graph.add(op, [x, *graph.weights(at)], at, **sizes)

    return add


def _activation(graph: _Graph, layer: Layer, x: str, at: str) -> str:
    return graph.add(ACTIVATIONS[layer["op"]].onnx, [x], at)


def _silu(graph: _Graph, layer: Layer, x: str, at: str) -> str:
    return graph.add("Mul", [x, graph.add("Sigmoid", [x], f"{at}.gate")], at)


def _flatten(graph: _Graph, layer: Layer, x: str, at: str) -> str:
    return graph.add("Flatten", [x], at, axis=1)


def _reshape(graph: _Graph, layer: Layer, x: str, at: str) -> str:
    shape = graph.constant(f"{at}.shape", np.array([0, *layer["shape"]], np.int64))  # 0: as it is, the batch
    return graph.add("Reshape", [x, shape], at)


_ADD: dict[str, Callable[[_Graph, Layer, str, str], str]] = {
    "linear": _linear,
    "conv": _convolution("Conv"),
    "conv_transpose": _convolution("ConvTranspose"),
    "flatten": _flatten,
    "reshape": _reshape,
    **dict.fromkeys(ACTIVATIONS, _activation),
    "silu": _silu,
}


PICTURES, SEED = 8, 0
MOST = 1e-4  # of a difference, relative to the largest number of torch where that is above 1


@dataclass(frozen=True)
class Difference:
    """The largest absolute difference from torch of each output, over `inputs` pictures and codes drawn by `seed`."""

    mu: float
    logvar: float
    a: float
    mean: float
    inputs: int = PICTURES
    seed: int = SEED

    @property
    def largest(self) -> float:
        return max(self.mu, self.logvar, self.a, self.mean)


def compare(run: Run, encoder: ModelProto, decoder: ModelProto) -> Difference:
    """Run both graphs by ONNX's own reference evaluator and by torch.

    x are uniform on [0, 1], or 0 and 1 for a Bernoulli, and z are draws from the prior. Raises ValueError if an output
    differs by more than MOST.
    """
    model, rng = load(run.path), np.random.default_rng(SEED)
    x = rng.random((PICTURES, *model.event_shape), np.float32)
    x = np.round(x) if run.config.model.likelihood == "bernoulli" else x
    z = rng.standard_normal((PICTURES, model.latent_dim), np.float32)
    with torch.no_grad():
        q, p = model.encode(torch.from_numpy(x)), model.decode(torch.from_numpy(z))
    a = p.logits if run.config.model.likelihood == "bernoulli" else p.a
    expected = {"mu": q.mu, "logvar": q.logvar, "a": a, "mean": p.mean}
    found = dict(zip(("mu", "logvar"), ReferenceEvaluator(encoder).run(["mu", "logvar"], {"x": x}), strict=True))
    found |= dict(zip(("a", "mean"), ReferenceEvaluator(decoder).run(["a", "mean"], {"z": z}), strict=True))
    differences = {name: float(np.abs(found[name] - expected[name].numpy()).max()) for name in expected}
    for name, difference in differences.items():
        if not difference <= MOST * max(1.0, float(expected[name].abs().max())):
            raise ValueError(f"the output {name} of the ONNX graph differs from torch by {difference:.2g}")
    return Difference(**differences)
