"""Models that are brought: a run folder comes back as it was, weights become one, nothing is believed."""

import io
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.app.runs import make_run
from tests.malicious_uploads import run, run_config, tensors
from ui.runs.catalogue import read_entry
from vae_core import data
from vae_core.estimators.metrics import evaluation_images
from vae_core.runs.checkpoint import load
from vae_core.runs.run import open_run, read_codes, read_weights
from vae_core.uploads import import_model, import_model_worker
from vae_core.uploads.sandbox import UploadError

rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAE_LAB_UPLOADS", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


def looked_at(content: bytes, tmp_path: Path) -> import_model.ModelDraft:
    (tmp_path / "upload").write_bytes(content)
    with (tmp_path / "upload").open("rb") as upload:
        return import_model.read_draft(upload, "me")


def taken_in(content: bytes, tmp_path: Path) -> Path:
    """The run folder as the process that measures it leaves it."""
    draft = looked_at(content, tmp_path)
    import_model.import_model(draft, tmp_path / "runs" / "brought")
    assert not draft.path.exists()
    return tmp_path / "runs" / "brought"


def measured(content: bytes, tmp_path: Path) -> Path:
    """The same run folder, measured without another process."""
    import_model_worker.finish(looked_at(content, tmp_path).path, tmp_path / "brought")
    return tmp_path / "brought"


def zipped(folder: Path) -> bytes:
    """A run folder as one would zip it, with files that are of no use."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"{folder.name}/{file.name}")
        archive.writestr(f"{folder.name}/moments/00000001/config.json", "{}")
        archive.writestr(f"{folder.name}/notes.txt", "hello")
    return out.getvalue()


@pytest.mark.slow
def test_a_run_folder_is_measured_again_and_its_claims_are_not_believed(tmp_path: Path) -> None:
    made = make_run(tmp_path / "made", title="<b>Made</b>")
    folder = taken_in(zipped(made), tmp_path)
    theirs, ours = open_run(made), open_run(folder)
    assert ours.config.model == theirs.config.model
    for name, tensor in read_weights(theirs).items():
        np.testing.assert_array_equal(read_weights(ours)[name], tensor)
    assert ours.card["title"] == "<b>Made</b>"
    assert "command" not in ours.card
    assert ours.card["test"]["elbo"] != theirs.card["test"]["elbo"]  # an invented figure
    test = data.load("digits", "test")
    with torch.no_grad():
        q = load(folder).encode(evaluation_images(test, ours.config, 0, torch.device("cpu")))
    np.testing.assert_allclose(read_codes(ours).mu, q.mu, atol=2e-2)
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    assert request["owner"] == "me"
    read_entry(folder)


def test_what_a_configuration_names_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    np.savez(secret / "images.npz", images=rng.integers(0, 256, (40, 2, 2), dtype=np.uint8))
    config = {
        "model": {"image_shape": [1, 2, 2], "latent_dim": 1, "hidden": [], "likelihood": "bernoulli"},
        "data": {"name": str(secret / "images.npz"), "binarize": "dynamic"},
        "train": {"steps": 10**12, "batch_size": 10**9},
    }
    folder = measured(run(**{"config.json": json.dumps(config).encode()}), tmp_path)
    kept = open_run(folder)
    assert kept.config.data.name == "unknown"
    assert (kept.config.train.steps, kept.config.train.batch_size) == (1, 100)
    assert kept.card["test"] == {}
    assert len(read_codes(kept).mu) == 1000
    read_entry(folder)


def test_what_fits_no_test_picture_is_of_unknown_data(tmp_path: Path) -> None:
    config = {
        "model": {"image_shape": [1, 2, 2], "latent_dim": 1, "hidden": [], "likelihood": "bernoulli"},
        "data": {"name": "digits", "binarize": "dynamic"},  # whose pictures are 8 x 8
        "train": {"steps": 1},
    }
    folder = measured(run(**{"config.json": json.dumps(config).encode()}), tmp_path)
    assert open_run(folder).config.data.name == "unknown"


def test_a_decoder_alone_is_shown_on_draws_from_the_prior(tmp_path: Path) -> None:
    manifest = {
        "title": "Mine",
        "data": "digits",
        "architecture": "given",
        "image_shape": [1, 4, 4],
        "latent_dim": 2,
        "likelihood": "gaussian",
        "sigma": 0.5,
        "encoder": ["flatten", "linear 16 4"],
        "decoder": ["linear 2 5", "tanh", "linear 5 16", "reshape 1 4 4"],
    }
    weights = {
        "0__weight": rng.normal(size=(5, 2)).astype(np.float32),
        "0__bias": np.zeros(5, np.float32),
        "2__weight": rng.normal(size=(16, 5)).astype(np.float16),
        "2__bias": np.zeros(16, np.float16),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("decoder.safetensors", tensors(**weights))
    folder = measured(out.getvalue(), tmp_path)
    kept = open_run(folder)
    codes = read_codes(kept)
    assert (kept.card["title"], kept.card["sigma"], kept.config.model.arch) == ("Mine", pytest.approx(0.5), "given")
    assert kept.card["rate_per_dimension"] == [0, 0]
    assert kept.config.data.name == kept.card["data"]["name"] == "unknown"  # no draw belongs to a test picture
    assert codes.mu.mean() == pytest.approx(0, abs=0.1)
    assert codes.mu.std() == pytest.approx(1, abs=0.1)
    z = torch.tensor([[0.3, -1.2]])
    hidden = np.tanh(weights["0__weight"] @ z[0].numpy())
    expected = 1 / (1 + np.exp(-(weights["2__weight"].astype(np.float32) @ hidden)))
    with torch.no_grad():
        np.testing.assert_allclose(load(folder).decode(z).mean.flatten(), expected, atol=1e-5)
    read_entry(folder)


@pytest.mark.slow
def test_a_model_that_cannot_be_measured_leaves_nothing_behind(tmp_path: Path) -> None:
    made = make_run(tmp_path / "made")
    weights = read_weights(open_run(made))
    enormous = {name.replace(".", "__"): np.full_like(tensor, 3e38) for name, tensor in weights.items()}
    (made / "weights.safetensors").write_bytes(tensors(**enormous))
    with pytest.raises(ValueError, match="not finite numbers"):
        taken_in(zipped(made), tmp_path)
    assert not (tmp_path / "runs" / "brought").exists()


def test_drafts_of_refused_models_are_gone(tmp_path: Path, uploads: Path) -> None:
    (tmp_path / "upload").write_bytes(b"PK\x03\x04")
    with (tmp_path / "upload").open("rb") as upload, pytest.raises(UploadError, match="not a readable zip"):
        import_model.read_draft(upload, "me")
    assert not list((uploads / ".drafts").iterdir())


def test_as_many_data_sets_of_long_names_as_there_may_be_refuse_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = [SimpleNamespace(name=f"own:{'a' * 70}-{n}") for n in range(2003)]
    monkeypatch.setattr(import_model.store, "list_sets", lambda: sets)
    assert sum(len(each.name) for each in sets) > 131_072  # bytes of an argument, the most on Linux
    config = run_config()
    config["data"]["name"] = sets[-1].name
    assert looked_at(run(**{"config.json": json.dumps(config).encode()}), tmp_path).config.data.name == sets[-1].name
