"""Estimators compared on a trained model: the reference against quadrature, and the file a page shows."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.app.runs import change_json, make_run
from tests.core.conftest import SMALL, generator, pictures
from vae_core.__main__ import main
from vae_core.config import ModelConfig
from vae_core.estimators.mixture_proposal import weigh_each
from vae_core.models.vae import VAE, build
from vae_core.tasks.compare_estimators import COUNTS, SIDES, _by_mixture, _by_quadrature, race, read_race


@pytest.fixture
def sharp() -> VAE:
    """Two latents and a sharp likelihood, so that the posterior differs from the prior and may have several modes."""
    model = build(SMALL["mlp bernoulli"], generator(2)).eval().requires_grad_(False)
    model.decoder[-2].weight.mul_(3)
    return model


def test_the_reference_beyond_two_latents_is_the_exact_value(sharp):
    for i in range(3):
        x = pictures(sharp, 3)[i : i + 1].float()
        exact, sampled = _by_quadrature(sharp, x), _by_mixture(weigh_each(sharp, x, 20_000, generator(i))[0])
        assert abs(sampled["log_px"] - exact["log_px"]) < 5 * sampled["reference error"] + exact["reference error"]
        assert abs(sampled["kl"] - exact["kl"]) < 0.05
        assert sampled["khat"] < 0.7


def test_every_side_comes_nearer_with_more_samples(sharp):
    figures = race(sharp, pictures(sharp, 3).float(), 1000, generator())
    assert figures["n"] == list(COUNTS)
    for side in SIDES:
        distance = figures[side]["distance"]
        assert distance[0] > distance[-1]
        assert distance[-1] < 0.1
        assert figures[side]["doubtful"] == 0
        assert 1 < figures[side]["ess"] <= COUNTS[-1]
        assert all(abs(e) <= d + 1e-12 for e, d in zip(figures[side]["error"], distance, strict=True))
        assert figures["mixture"]["distance"][0] <= distance[0]
    assert figures["reference"]["method"] == "quadrature"


def test_more_dimensions_than_draws_of_a_refined_q_are_raced_all_the_same():
    model = build(ModelConfig((1, 4, 4), latent_dim=70, hidden=(8,)), generator()).requires_grad_(False)
    assert race(model, pictures(model, 2).float(), 50, generator())["images"] == 2


def test_the_command_writes_what_the_page_reads_until_the_weights_change(tmp_path, capsys):
    folder = make_run(tmp_path / "a")
    weights = load_file(folder / "weights.safetensors")  # small, so that q and p(z|x) lie on the same plane
    save_file(
        {key: np.asarray(0.3 * value, np.float32) for key, value in weights.items()}, folder / "weights.safetensors"
    )
    change_json(folder / "card.json", weights_sha256="abc")
    assert read_race(folder) is None
    assert main(["race", str(folder), "--images", "2", "--seed", "5", "--json"]) == 0
    printed, read = json.loads(capsys.readouterr().out), read_race(folder)
    assert printed["kl"] == read["kl"] > 0
    assert (read["seed"], read["images"], read["split"]) == (5, 2, "test")
    assert read["command"] == f"python -m vae_core race {folder} --images 2 --seed 5 --json"
    change_json(folder / "card.json", weights_sha256="other")
    assert read_race(folder) is None


def test_a_race_on_one_image_is_refused_in_a_sentence(tmp_path, capsys):
    assert main(["race", str(make_run(tmp_path / "a")), "--images", "1"]) == 2
    assert "at least 2" in capsys.readouterr().err
