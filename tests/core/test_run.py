"""A run folder survives a round trip, is written whole or not at all, and says what is wrong with it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load as parse
from safetensors.numpy import load_file, save_file

import vae_core
from tests.core.conftest import SMALL, generator, pictures
from vae_core.config import DataConfig, RunConfig, TrainConfig
from vae_core.export.browser_weights import browser_weights
from vae_core.io.atomic import write_json
from vae_core.models.architectures import layers
from vae_core.models.vae import build
from vae_core.runs.checkpoint import round_to_half, save_weights
from vae_core.runs.run import FOLDER_VARIABLE, new_run, open_run, read_codes, read_weights, runs_folder


def write_run(path, name="mlp gaussian", half=False):
    model = build(SMALL[name], generator()).eval()
    if half:
        round_to_half(model)
    binarize = "dynamic" if SMALL[name].likelihood == "bernoulli" else "none"
    D = SMALL[name].latent_dim
    with new_run(path) as folder:
        save_weights(model, folder, half)
        write_json(
            folder / "config.json", RunConfig(model.config, DataConfig("bars", binarize), TrainConfig()).to_json()
        )
        write_json(folder / "card.json", {"title": name})
        codes = {"mu": np.zeros((5, D), np.float16), "logvar": np.zeros((5, D), np.float16)}
        save_file(codes | {"label": np.zeros(5, np.uint8)}, folder / "codes.safetensors")
    return model


@pytest.fixture
def run_folder(tmp_path):
    write_run(tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("named", "folder"),
    [("/some/runs", Path("/some/runs")), ("~/runs", Path.home() / "runs"), ("", Path(__file__).parents[2] / "runs")],
)
def test_the_app_has_one_folder_of_runs(monkeypatch, named, folder):
    monkeypatch.setenv(FOLDER_VARIABLE, named)
    assert runs_folder() == folder
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert runs_folder() == Path(__file__).parents[2] / "runs"


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("half", [False, True])
def test_a_loaded_model_is_the_saved_one(tmp_path, name, half):
    model = write_run(tmp_path / "run", name, half)
    again = vae_core.load(tmp_path / "run")
    x = pictures(model, 3).float()
    torch.testing.assert_close(again.encode(x).mu, model.encode(x).mu, rtol=0, atol=0)
    torch.testing.assert_close(again.decode(again.encode(x).mu).mean, model.decode(model.encode(x).mu).mean)
    assert again.config == model.config
    assert not any(parameter.requires_grad for parameter in again.parameters())


def test_half_precision_halves_the_file(tmp_path):
    sizes = []
    for half in (False, True):
        write_run(tmp_path / str(half), half=half)
        sizes.append(sum(tensor.nbytes for tensor in read_weights(open_run(tmp_path / str(half))).values()))
    assert sizes[1] == pytest.approx(sizes[0] / 2, abs=2)


@pytest.mark.parametrize("name", SMALL)
def test_the_browser_gets_each_part_with_its_layers(tmp_path, name):
    model = write_run(tmp_path / "run", name)
    run = open_run(tmp_path / "run")
    for part in ("encoder", "decoder"):
        data = browser_weights(run, part)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        assert json.loads(header["__metadata__"]["program"]) == layers(model.config, part)
        tensors = parse(data)
        assert set(tensors) == {key for key in model.state_dict() if key.startswith(part)}
        assert all((tensors[key] == model.state_dict()[key].numpy()).all() for key in tensors)


def test_a_failure_leaves_nothing_behind(tmp_path):
    def interrupted():
        with new_run(tmp_path / "run") as folder:
            (folder / "weights.safetensors").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_run_never_overwrites_another(run_folder):
    with pytest.raises(ValueError, match="already exists, expected a new or empty folder"), new_run(run_folder):
        pass
    assert vae_core.load(run_folder)


def test_an_empty_folder_may_become_a_run(tmp_path):
    (tmp_path / "run").mkdir()
    write_run(tmp_path / "run")
    assert open_run(tmp_path / "run").card == {"title": "mlp gaussian"}


def replace_tensor(folder, name, tensor):
    path = folder / "weights.safetensors"
    tensors = {key: value.copy() for key, value in load_file(path).items()}
    if tensor is None:
        del tensors[name]
    else:
        tensors[name] = tensor
    save_file(tensors, path)


BREAKAGES = {
    "no folder": (shutil.rmtree, "is not a folder, expected a run folder"),
    "no configuration": (lambda f: (f / "config.json").unlink(), "config.json is missing in run"),
    "torn configuration": (lambda f: (f / "config.json").write_text('{"model":'), "is not readable JSON"),
    "binary configuration": (lambda f: (f / "config.json").write_bytes(b"\xff\xfe"), "is not readable JSON"),
    "a list": (lambda f: (f / "config.json").write_text("[]"), "is a list, expected an object"),
    "unknown key": (lambda f: (f / "config.json").write_text('{"modell": 1}'), "unknown key 'modell'"),
    "no weights": (lambda f: (f / "weights.safetensors").unlink(), "weights.safetensors is missing"),
    "torn weights": (
        lambda f: (f / "weights.safetensors").write_bytes((f / "weights.safetensors").read_bytes()[:-9]),
        "is not a readable safetensors file",
    ),
    "empty weights": (lambda f: (f / "weights.safetensors").write_bytes(b""), "is not a readable safetensors file"),
    "missing tensor": (lambda f: replace_tensor(f, "encoder.1.bias", None), "missing tensor 'encoder.1.bias'"),
    "extra tensor": (lambda f: replace_tensor(f, "more", np.zeros(3, np.float32)), "unexpected tensor 'more'"),
    "wrong shape": (
        lambda f: replace_tensor(f, "encoder.1.bias", np.zeros(9, np.float32)),
        r"'encoder.1.bias' is float32 \[9\], expected float16 or float32 \[8\]",
    ),
    "wrong type": (lambda f: replace_tensor(f, "encoder.1.bias", np.zeros(8, np.int32)), "is int32"),
    "not a number": (
        lambda f: replace_tensor(f, "encoder.1.bias", np.full(8, np.nan, np.float32)),
        "holds values that are not finite",
    ),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_broken_run_is_one_sentence(run_folder, name):
    break_it, sentence = BREAKAGES[name]
    break_it(run_folder)
    with pytest.raises(ValueError, match=sentence) as raised:
        vae_core.load(run_folder)
    assert "\n" not in str(raised.value)


def test_codes_come_back(run_folder):
    codes = read_codes(open_run(run_folder))
    assert codes.mu.shape == codes.logvar.shape == (5, 3)


GOOD_CODES = {
    "mu": np.zeros((5, 3), np.float16),
    "logvar": np.zeros((5, 3), np.float16),
    "label": np.zeros(5, np.uint8),
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mu": np.zeros((5, 2), np.float16)}, r"has mu \[5, 2\], logvar \[5, 3\] and label uint8 \[5\]"),
        ({"label": np.zeros((), np.uint8)}, r"label uint8 \[\], expected \[N, 3\], \[N, 3\] and uint8 \[N\]"),
        ({"label": np.zeros(5, np.int64)}, r"label int64"),
        ({"logvar": np.full((5, 3), np.inf, np.float16)}, "logvar is not all finite"),
        ({"mu": np.zeros((5, 3), np.int32)}, "mu is not all finite float16 or float32 numbers"),
    ],
)
def test_wrong_codes_are_one_sentence(run_folder, change, sentence):
    save_file(GOOD_CODES | change, run_folder / "codes.safetensors")
    with pytest.raises(ValueError, match=sentence):
        read_codes(open_run(run_folder))
