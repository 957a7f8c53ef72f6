"""ONNX graphs against torch by another runtime: every layer that a configuration can have, every shipped model."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import vae_core
from tests.app.runs import change_json, make_run
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.export.onnx import OPSET, compare, decoder_graph, encoder_graph
from vae_core.io.atomic import write_json
from vae_core.models.vae import VAE, build
from vae_core.runs.checkpoint import save_weights
from vae_core.runs.run import CARD, CONFIG, Run, open_run

SHIPPED = sorted(path.name for path in (Path(__file__).parents[2] / "models").iterdir() if path.is_dir())
GIVEN = {
    "encoder": ("conv 3 5 3 1 0", "tanh", "conv 5 4 4 2 1", "relu", "flatten", "linear 36 6"),
    "decoder": ("linear 3 36", "elu", "reshape 4 3 3", "silu", "conv_transpose 4 3 4 2 0"),
}
MODELS = {
    "linear": ModelConfig((1, 8, 8), 2, hidden=(), likelihood="gaussian", sigma=0.1, mean="identity"),
    "given": ModelConfig((3, 8, 8), 3, arch="given", hidden=(), likelihood="gaussian", sigma=0.1, **GIVEN),
    **{
        f"{arch} {activation}": ModelConfig((3, 8, 8), 3, arch, (6, 7), activation, likelihood)
        for arch, likelihood in (("mlp", "bernoulli"), ("conv", "gaussian"))
        for activation in ("elu", "relu", "silu", "tanh")
    },
}


def run_of(folder: Path, config: ModelConfig) -> tuple[Run, VAE]:
    """A run of an untrained model, without codes."""
    model = build(config, torch.Generator().manual_seed(1))
    folder.mkdir()
    save_weights(model, folder)
    whole = RunConfig(config, DataConfig("digits", "threshold"), TrainConfig(steps=1))
    write_json(folder / CONFIG, whole.to_json())
    write_json(folder / CARD, {"title": "<b>a model</b>"})
    return open_run(folder), model.eval()


def outputs(graph: onnx.ModelProto, name: str, values: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {name: values})


def largest(found: np.ndarray, expected: torch.Tensor) -> float:
    """The largest difference, relative to the largest number where that is above 1."""
    assert found.shape == tuple(expected.shape)
    return float(np.abs(found - expected.detach().numpy()).max() / max(1.0, float(expected.detach().abs().max())))


def differences(run: Run, model: VAE, count: int) -> list[float]:
    rng = np.random.default_rng(count)
    x = np.round(rng.random((count, *model.event_shape), np.float32))
    z = rng.standard_normal((count, model.latent_dim), np.float32)
    q, p = model.encode(torch.from_numpy(x)), model.decode(torch.from_numpy(z))
    (mu, logvar), (a, mean) = outputs(encoder_graph(run), "x", x), outputs(decoder_graph(run), "z", z)
    raw = p.logits if model.log_sigma is None else p.a
    pairs = ((mu, q.mu), (logvar, q.logvar), (a, raw), (mean, p.mean))
    return [largest(found, expected) for found, expected in pairs]


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("name", MODELS)
def test_every_layer_gives_the_numbers_of_torch(name: str, count: int, tmp_path: Path) -> None:
    run, model = run_of(tmp_path / "run", MODELS[name])
    assert max(differences(run, model, count)) < 1e-5


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_model_gives_the_numbers_of_torch(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(__file__).parents[2] / "models" / name
    found = differences(open_run(path), vae_core.load(path), 20)
    with capsys.disabled():
        print(f"\n  {name}: largest difference of onnxruntime from torch {max(found):.1e}")
    assert max(found) < 1e-5


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    run, _ = run_of(tmp_path / "run", MODELS["conv silu"])
    graph = decoder_graph(run)
    assert [entry.version for entry in graph.opset_import] == [OPSET]
    about = {entry.key: entry.value for entry in graph.metadata_props}
    assert about["title"] == "<b>a model</b>"
    assert about["latent_dim"] == "3"
    assert [value.name for value in graph.graph.output] == ["a", "mean"]
    assert graph.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert "q(z|x) = N(mu, diag exp(logvar))" in graph.doc_string


def test_the_check_sees_a_graph_that_is_wrong(tmp_path: Path) -> None:
    run, _ = run_of(tmp_path / "run", MODELS["mlp tanh"])
    encoder, decoder = encoder_graph(run), decoder_graph(run)
    assert 0 < compare(run, encoder, decoder).largest < 1e-5
    node = next(node for node in decoder.graph.node if node.op_type == "Tanh")
    node.op_type = "Relu"
    with pytest.raises(ValueError, match="the output a of the ONNX graph differs from torch by"):
        compare(run, encoder, decoder)


def test_a_posterior_that_is_not_diagonal_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    values = open_run(run).config.to_json()
    change_json(run / CONFIG, model=values["model"] | {"posterior": "full"})
    with pytest.raises(ValueError, match="expected a diagonal posterior"):
        encoder_graph(open_run(run))
