"""A family is trained, kept and measured by one command: the file gives the model back, the figures are its own."""

import json
import math
from pathlib import Path

import pytest
import torch

from tests.promise_cases import few
from vae_core import data
from vae_core.cli.main import main
from vae_core.families import autoregressive, dbm, rbm, weights_file

KINDS = {
    "rbm": 8 * 8 * 16 + 64 + 16,
    "dbm": 64 * 12 + 12 * 8 + 64 + 12 + 8,
    "autoregressive": 2 * 64 * 500 + 500 + 64,
    "autoregressive-any-order": 2 * 64 * 400 + 400 + 64,
}


def digits(split: str) -> torch.Tensor:
    images = data.load("digits", split).images
    return torch.from_numpy((images >= 128).reshape(len(images), -1)).double()


@pytest.mark.parametrize("family", few(KINDS, {"rbm", "autoregressive"}))
def test_a_command_trains_keeps_and_measures(family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "made"
    assert main(["family", family, "--data", "digits", "--steps", "300", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    card = json.loads((out / "card.json").read_text())
    assert {"log_px", "stderr", "exact", "seconds", "parameters"} <= told.keys()
    assert (told["parameters"], told["exact"], card["family"]) == (KINDS[family], True, family)
    model = weights_file.load(out / "weights.safetensors")
    log_px = model.log_prob(digits("test"))
    if family in ("rbm", "dbm"):
        assert card["log_partition"] == pytest.approx(model.log_partition(), abs=1e-9)
    assert told["log_px"] == pytest.approx(log_px.mean().item(), abs=1e-9)
    assert told["stderr"] == pytest.approx(log_px.std().item() / math.sqrt(len(log_px)), rel=1e-9)
    on = digits("train").mean(0).clamp(1e-3, 1 - 1e-3)
    alone = torch.distributions.Bernoulli(on).log_prob(digits("test")).sum(1).mean().item()
    assert told["log_px"] > alone + 0.5, "better than pixels that know nothing of each other"
    assert main(["family", family, "--data", "digits", "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gan", "--data", "digits"], "invalid choice"),
        (["rbm", "--data", "digits", "--steps", "0"], "expected at least 1"),
        (["rbm", "--data", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["family", *arguments, "--out", str(tmp_path / "made")])
    except SystemExit as stopped:
        code = stopped.code
    assert code == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_each_family_is_given_back_in_half_precision(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    models = [rbm.initial(5, 3, generator), dbm.initial(5, 3, 2, generator), autoregressive.initial(5, 7, generator)]
    for model in models:
        weights_file.save(model, tmp_path / "weights")
        found = weights_file.load(tmp_path / "weights")
        assert type(found) is type(model)
        for name, part in vars(model).items():
            assert torch.equal(getattr(found, name), part.half().double() if part.is_floating_point() else part)


@pytest.mark.parametrize("content", [None, b"", b"no", b"\x02\x00\x00\x00\x00\x00\x00\x00{}"])
def test_a_file_that_holds_no_family_is_said(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "weights").write_bytes(content)
    with pytest.raises(ValueError, match="holds no model of a family"):
        weights_file.load(tmp_path / "weights")


def test_numbers_that_half_precision_cannot_hold_are_refused(tmp_path: Path) -> None:
    large = rbm.RBM(torch.full((2, 2), 1e6), torch.zeros(2), torch.zeros(2))
    with pytest.raises(ValueError, match="not finite"):
        weights_file.save(large, tmp_path / "weights")
    assert not (tmp_path / "weights").exists()
