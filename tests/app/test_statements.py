"""Statements of lessons, pages and folds against what is true of the shipped models."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from ui.pages.latent_map.explanations import folds
from ui.pages.train import explanations as training
from ui.pages.where_p_is_large import aggregate
from ui.pages.where_p_is_large.explanations import folds as argument_folds
from vae_core.estimators.quadrature.grid import SIDE
from vae_core.runs.checkpoint import load
from vae_core.runs.run import open_run, read_codes

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"


def maths(likelihood: str) -> str:
    """All folds of the latent map for this likelihood."""
    return " ".join(fold["maths"] for fold in folds(likelihood, "identity").values())


def lesson(name: str) -> str:
    """All that a lesson says."""
    (path,) = (ROOT / "lessons").glob(f"??-{name}.toml")
    steps = tomllib.loads(path.read_text())["step"]
    parts = [part for step in steps for part in (step, step.get("ask", {}), step.get("task", {}))]
    return " ".join(
        " ".join(str(value) for value in part.values() if isinstance(value, str)).replace("\n", " ") for part in parts
    )


def test_what_silent_dimensions_do_to_the_picture() -> None:
    """They are looked at, a little: a pixel moves by about a tenth over the plane of two of them."""
    model = load(MODELS / "fashion-20d")
    active = open_run(MODELS / "fashion-20d").card["active"]
    assert not active[0]
    assert not active[4]
    z = torch.from_numpy(read_codes(open_run(MODELS / "fashion-20d")).mu[:1]).float().repeat(49, 1)
    z[:, [0, 4]] = torch.cartesian_prod(*[torch.linspace(-3, 3, 7)] * 2)
    with torch.no_grad():
        pictures = model.decode(z).mean
    moved = (pictures.amax(0) - pictures.amin(0)).max().item()
    assert 0.05 < moved < 0.2
    assert "hardly changes" in lesson("collapse-can-be-optimal")
    assert "stays the same" not in lesson("collapse-can-be-optimal")


def test_a_dimension_is_kept_by_its_eigenvalue_and_counted_on_test_pictures() -> None:
    assert "only if its eigenvalue" in lesson("collapse-can-be-optimal")
    assert "saves more squared error than" not in lesson("collapse-can-be-optimal")
    for name in ("sigma-is-beta", "collapse-can-be-optimal"):
        assert "test pictures" in lesson(name)


def test_the_height_of_lesson_3_holds_the_prior() -> None:
    assert "The height is p(x|z) p(z) at its peak" in lesson("p-of-x-is-an-area")


def test_codes_are_shorter_than_draws_and_paths_say_so() -> None:
    codes = read_codes(open_run(MODELS / "fashion-20d"))
    mu, variance = codes.mu.astype(np.float64), np.exp(codes.logvar.astype(np.float64))
    means, draws = np.sqrt((mu**2).sum(1).mean()), np.sqrt((mu**2 + variance).sum(1).mean())
    assert means == pytest.approx(3.5, abs=0.1)
    assert draws == pytest.approx(np.sqrt(20), abs=0.2)
    assert "means of q" in (ROOT / "pages" / "paths.py").read_text()
    assert "means of q(z|x)" in lesson("interpolation-and-the-norm")


def test_one_near_picture_is_not_called_learned_by_heart() -> None:
    said = " ".join((ROOT / "pages" / "paths.py").read_text().split())
    assert "One near picture does not prove that the model has memorised it" in said


def test_a_gaussian_is_a_density_on_all_reals() -> None:
    """About a third of a pixel's mass lies outside of black and white where the mean is black."""
    assert "on all real numbers" in folds("gaussian", "sigmoid")["likelihood"]["maths"]
    assert "density on [0, 1]" not in (ROOT / "README.md").read_text()


def test_the_quadrature_says_what_it_assumes() -> None:
    said = argument_folds("gaussian")["identity"]["maths"]
    assert f"{int(16 * SIDE)}/16 wide" in said


def test_the_signal_of_iwae_falls_faster_than_its_noise() -> None:
    said = training.of_objectives()["dreg"]["maths"]
    assert "gets a worse signal-to-noise ratio" in said
    assert "noise does not grow" not in said


def test_codes_of_test_pictures_are_not_called_those_of_training() -> None:
    assert "Almost no test picture has its code" in " ".join(aggregate._LEAD.split())
    assert "almost no test image has its code there" in maths("gaussian")


def test_of_a_density_it_is_said_that_grey_values_are_not_dequantised_and_how_to_get_bits() -> None:
    said = maths("gaussian")
    assert "without dequantisation" in said
    assert "--dequantize" in said
