"""The command line as a shell sees it: one JSON object, one sentence for a mistake, nothing half-written."""

import json
import math
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

import vae_core
from tests.core.test_train import bars
from tests.read_only_folder import make_read_only
from vae_core.__main__ import main
from vae_core.cli import train

TRAIN = ["--hidden", "16", "--steps", "40", "--batch-size", "20", "--seed", "3"]
TEST_FIGURES = {"estimator", "samples", "n", "log_px", "elbo", "rate", "distortion", "stderr"}


@pytest.fixture(scope="module")
def own_data(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "bars.npz"
    np.savez(path, images=bars(300).numpy(), labels=np.arange(300) % 3)
    return str(path)


@pytest.fixture(scope="module")
def trained(own_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "bars"
    command = [sys.executable, "-m", "vae_core", "train", "--data", own_data, "--out", str(folder), *TRAIN, "--json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return folder, done


def call(capsys, *arguments):
    code = main(list(map(str, arguments)))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_training_prints_one_json_object(trained):
    folder, done = trained
    result = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert {"run", "steps", "seconds", "images_per_second", "device", "weights_sha256"} | TEST_FIGURES <= set(result)
    assert result["run"] == str(folder)
    assert result["steps"] == 40
    assert result["elbo"] == pytest.approx(-result["rate"] - result["distortion"])
    assert "training 100%" in done.stderr


def test_training_writes_a_whole_run(trained):
    folder, done = trained
    assert {path.name for path in folder.iterdir()} == {
        *("config.json", "card.json", "weights.safetensors", "codes.safetensors", "metrics.jsonl", "status.json"),
        *("request.json", "trainer.lock", "checkpoints", "moments"),
    }
    card = json.loads((folder / "card.json").read_text())
    assert card["weights_sha256"] == json.loads(done.stdout)["weights_sha256"]
    assert card["test"]["split"] == "test"
    assert card["test"]["binarize"] == "none"
    assert card["command"].startswith("python -m vae_core train --data")
    assert 0 < card["sigma"] < 1
    assert vae_core.load(folder).config.latent_dim == 2


def test_the_card_is_what_evaluate_finds(trained, capsys):
    folder, _ = trained
    card = json.loads((folder / "card.json").read_text())
    code, out, _ = call(capsys, "evaluate", folder, "--json")
    assert code == 0
    again = json.loads(out)
    assert {key: again[key] for key in card["test"]} == card["test"]


def test_importance_sampling_lies_above_the_elbo(trained, capsys):
    folder, _ = trained
    _, out, _ = call(capsys, "evaluate", folder, "--estimator", "importance", "--samples", "64", "--json")
    figures = json.loads(out)
    assert set(figures) >= TEST_FIGURES
    assert figures["samples"] == 64
    assert figures["log_px"] > figures["elbo"]


def test_every_estimator_of_log_px_agrees(trained, capsys):
    folder, _ = trained
    found = {}
    estimators = (("quadrature", 5), ("importance", 100), ("importance", 3000), ("prior", 20_000), ("mixture", 2000))
    for estimator, samples in estimators:
        arguments = ["--estimator", estimator, "--samples", samples, "--limit", 40, "--json"]
        code, out, _ = call(capsys, "evaluate", folder, *arguments)
        assert code == 0
        found[estimator, samples] = json.loads(out)
    exact = found.pop(("quadrature", 5))
    assert [exact[key] for key in ("samples", "ess", "khat", "khat_high")] == [None] * 4
    assert exact["mc_stderr"] < 1e-3
    assert exact["elbo"] < exact["log_px"] + 3 * exact["stderr"]
    for (_, samples), figures in found.items():
        assert abs(figures["log_px"] - exact["log_px"]) < 3 * figures["mc_stderr"]
        assert figures["mc_stderr"] < figures["stderr"]
        assert 1 <= figures["ess"] <= samples
        assert math.isfinite(figures["khat"])
        assert 0 <= figures["khat_high"] <= 1


def test_one_sample_has_no_error_and_no_tail(trained, capsys):
    folder, _ = trained
    for estimator in ("importance", "prior"):
        _, out, _ = call(capsys, "evaluate", folder, "--estimator", estimator, "--samples", 1, "--limit", 5, "--json")
        figures = json.loads(out)
        assert math.isfinite(figures["log_px"])
        assert (figures["mc_stderr"], figures["khat"], figures["ess"]) == (None, None, pytest.approx(1))


def test_an_estimate_is_kept_on_the_card(trained, capsys, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "copy")
    before = json.loads((folder / "card.json").read_text())
    arguments = ["--estimator", "mixture", "--samples", 200, "--limit", 5, "--write-card", "--json"]
    code, out, _ = call(capsys, "evaluate", folder, *arguments)
    after = json.loads((folder / "card.json").read_text())
    assert code == 0
    kept = after.pop("log_px")
    assert after == before
    assert {"run": str(folder), **kept} == json.loads(out)
    assert (kept["estimator"], kept["n"], kept["khat_high"] is None) == ("mixture", 5, False)
    code, out, err = call(capsys, "evaluate", folder, "--write-card")
    assert (code, out) == (2, "")
    assert "expected an --estimator other than elbo" in err


def test_a_read_only_folder_is_said_to_be_so(trained, own_data, capsys, tmp_path, monkeypatch):
    make_read_only(trained[0].parent, monkeypatch)
    card = trained[0] / "card.json"
    estimate = ["--estimator", "mixture", "--samples", 9, "--limit", 2, "--write-card"]
    code, _, err = call(capsys, "evaluate", trained[0], *estimate)
    said = f"vae_core: {card} cannot be read or written: Read-only file system"
    assert (code, err.splitlines()[-1]) == (1, said)
    new = trained[0].parent / "new"
    code, _, err = call(capsys, "linear", "--data", own_data, "--out", new)
    assert (code, err) == (2, f"vae_core: the run folder {new} cannot be made: Read-only file system\n")


def test_a_run_folder_that_becomes_read_only_ends_its_training_with_a_sentence(own_data, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "_progress", lambda config: lambda record: make_read_only(tmp_path, monkeypatch))
    code, _, err = call(capsys, "train", "--data", own_data, "--out", tmp_path / "run", *TRAIN)
    assert code == 1
    assert re.fullmatch(
        r"vae_core: the run folder cannot be written at step \d+: Read-only file system", err.splitlines()[-1]
    )


@pytest.mark.parametrize("estimator", ["elbo", "mixture", "importance", "prior", "quadrature", "ais"])
def test_fewer_than_one_sample_is_one_sentence(trained, capsys, estimator):
    folder, _ = trained
    code, out, err = call(capsys, "evaluate", folder, "--estimator", estimator, "--samples", 0, "--limit", 5)
    assert (code, out) == (2, "")
    assert err == "vae_core: samples is 0, expected at least 1\n"


def test_quadrature_of_three_dimensions_is_one_sentence(own_data, capsys, tmp_path):
    out = tmp_path / "run"
    call(capsys, "train", "--data", own_data, "--out", out, *TRAIN, "--latent-dim", 3)
    code, printed, err = call(capsys, "evaluate", out, "--estimator", "quadrature")
    assert (code, printed) == (2, "")
    assert err == "vae_core: this model has 3 latent dimensions, expected 1 or 2 for quadrature\n"


def test_limit_takes_the_first_images(trained, capsys):
    folder, _ = trained
    _, out, _ = call(capsys, "evaluate", folder, "--limit", "10", "--split", "train", "--json")
    figures = json.loads(out)
    assert (figures["n"], figures["split"]) == (10, "train")
    assert math.isfinite(figures["stderr"])


def test_the_same_seed_trains_the_same_weights(own_data, trained, capsys, tmp_path):
    _, done = trained
    for seed, same in ((3, True), (4, False)):
        out = tmp_path / str(seed)
        arguments = [*TRAIN[:-1], seed]
        _, printed, _ = call(capsys, "train", "--data", own_data, "--out", out, *arguments, "--json")
        assert (json.loads(printed)["weights_sha256"] == json.loads(done.stdout)["weights_sha256"]) == same


def test_half_precision_weights_and_a_bernoulli_model(own_data, capsys, tmp_path):
    out = tmp_path / "run"
    code, printed, _ = call(
        capsys, "train", "--data", own_data, "--out", out, *TRAIN, "--likelihood", "bernoulli", "--half", "--json"
    )
    assert code == 0
    card = json.loads((out / "card.json").read_text())
    assert (card["precision"], card["sigma"], card["test"]["binarize"]) == ("float16", None, "dynamic")
    assert json.loads(printed)["distortion"] > 0


def test_epochs_are_turned_into_steps(own_data, capsys, tmp_path):
    arguments = ["--hidden", 8, "--batch-size", 24, "--epochs", 2, "--json"]
    _, printed, _ = call(capsys, "train", "--data", own_data, "--out", tmp_path / "run", *arguments)
    assert json.loads(printed)["steps"] == 20  # 240 training images of the 300
    code, _, err = call(capsys, "train", "--data", own_data, "--out", tmp_path / "other", "--epochs", "inf")
    assert code == 2
    assert "--epochs is inf, expected a finite number above 0" in err


MISTAKES = {
    "no data": (["--data", "no/such/place"], "no/such/place"),
    "latent size": (["--latent-dim", "0"], "latent_dim is 0, expected a whole number of at least 1"),
    "architecture": (["--arch", "resnet"], "invalid choice: 'resnet'"),
    "sigma": (["--sigma", "wide"], "'wide' is not 'optimal', 'learned' or a number"),
    "sigma of a bernoulli": (["--likelihood", "bernoulli", "--sigma", "0.1"], "has no sigma"),
    "grey bernoulli": (["--likelihood", "bernoulli", "--binarize", "none"], "needs binary images"),
    "halving": (["--arch", "conv", "--hidden", "8", "8"], "multiples of 4"),
    "steps": (["--steps", "-1"], "steps is -1"),
    "both lengths": (["--epochs", "3"], "not allowed with argument"),
    "background": (["--background"], "--background goes with --resume"),
    "job": (["--job", "runs/mine"], "--job trains a run as its folder says: leave --data and --out away"),
    "device": (["--device", "tpu"], "device is 'tpu', expected 'auto' or one that this machine has"),
    "unknown flag": (["--latentdim", "2"], "unrecognized arguments: --latentdim 2"),
    "batch": (["--batch-size", "0"], "batch_size is 0"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence_and_exit_code_two(name, own_data, capsys, tmp_path):
    change, sentence = MISTAKES[name]
    try:
        code = main(["train", "--data", own_data, "--out", str(tmp_path / "run"), *TRAIN, "--json", *change])
    except SystemExit as stop:
        code = stop.code
    captured = capsys.readouterr()
    assert code == 2
    assert sentence in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_guesses_about_own_data_are_said_and_choices_are_kept_in_the_run(capsys, tmp_path):
    rows = "\n".join(f"{n},{n % 7},{n * n % 11}" for n in range(60))
    (tmp_path / "t.csv").write_text(f",a,b\n{rows}\n", encoding="utf-8")
    for chosen, width in (("", 2), ("?left_out=a", 2), ("?left_out=", 3)):
        name, out = f"{tmp_path / 't.csv'}{chosen}", tmp_path / f"run-{len(chosen)}"
        code, _, err = call(capsys, "train", "--data", name, "--out", out, *TRAIN)
        assert code == 0
        assert ("Left out, since it only names the rows: column 1." in err) == (not chosen)
        config = json.loads((out / "config.json").read_text(encoding="utf-8"))
        assert config["data"]["name"] == name
        assert config["model"]["image_shape"] == [1, 1, width]
        assert call(capsys, "evaluate", out, "--json")[0] == 0


def test_an_existing_run_is_kept(trained, own_data, capsys):
    folder, done = trained
    code, _, err = call(capsys, "train", "--data", own_data, "--out", folder, *TRAIN)
    assert code == 2
    assert "already exists" in err
    assert json.loads((folder / "card.json").read_text())["weights_sha256"] in done.stdout


def test_evaluating_what_is_no_run_or_does_not_fit(trained, capsys, tmp_path):
    folder, _ = trained
    assert call(capsys, "evaluate", tmp_path / "none")[0] == 2
    code, _, err = call(capsys, "evaluate", folder, "--data", "digits")
    assert code == 2
    assert "has images of shape [1, 8, 8], expected [1, 6, 6]" in err


def test_a_failed_training_is_one_sentence_here_and_in_the_status(own_data, capsys, tmp_path):
    deep = ["--hidden", 64, 64, 64, "--lr", 1, "--steps", 100]
    code, _, err = call(capsys, "train", "--data", own_data, "--out", tmp_path / "run", *deep)
    assert code == 1
    assert re.fullmatch(
        r"vae_core: the (loss|gradient) is no longer a finite number at step \d+: try a smaller learning rate, "
        r"or a larger sigma if it is fixed\n",
        err,
    )
    status = json.loads((tmp_path / "run" / "status.json").read_text())
    assert (status["state"], status["reason"], status["pid"]) == ("failed", err[len("vae_core: ") : -1], None)
