"""The chapter "Darts": what is thrown, what it weighs, and what the link holds; weights by torch's own densities."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.distributions import Normal

from tests.app.app_test_page import link_of, opened
from tests.app.test_any_dimension import FRAME, PAGE, runs  # noqa: F401  (a fixture)
from ui.pages.where_p_is_large import darts
from ui.pages.where_p_is_large.race_estimates import finish_line
from ui.pages.where_p_is_large.selected_x import Example, select_example
from ui.pages.where_p_is_large.url import AIMS, MOST_DARTS, DartsView
from ui.runs.catalogue import read_entry
from vae_core.estimators.quadrature import integrate
from vae_core.estimators.running_estimate import running


def chosen(runs: Path, name: str, x: int = 0, seed: int = 0) -> Example:  # noqa: F811
    return select_example(read_entry(runs / name), x, None, seed)


@pytest.mark.parametrize("name", ["c-plane", "b-three"])
def test_the_weights_are_those_of_the_densities(runs: Path, name: str) -> None:  # noqa: F811
    at = chosen(runs, name)
    throws, model = darts.throws_of(at), at.model
    with torch.no_grad():
        sd = model.decode(throws.z["prior"][:1]).log_sigma.exp()
        for aim in AIMS:
            z = throws.z[aim]
            assert z.shape == (MOST_DARTS, model.latent_dim)
            log_px_z = Normal(model.decode(z).mean.double(), sd.double()).log_prob(at.x.double()).flatten(1).sum(1)
            torch.testing.assert_close(throws.log_px_z[aim], log_px_z, rtol=1e-5, atol=1e-3)
        z = throws.z["encoder"].double()
        ratio = Normal(0.0, 1.0).log_prob(z) - Normal(throws.q_mean.double(), throws.q_sd.double()).log_prob(z)
    assert torch.equal(throws.log_w["prior"], throws.log_px_z["prior"])
    torch.testing.assert_close(throws.log_w["encoder"], throws.log_px_z["encoder"] + ratio.sum(1), rtol=1e-5, atol=1e-3)


def test_together_they_estimate_p_of_x(runs: Path) -> None:  # noqa: F811
    """By a q that covers the posterior, since q of these untrained weights may not."""
    at = chosen(runs, "c-plane")
    throws = darts.throws_of(at)
    exact = integrate(at.model, at.x).log_px.item()
    assert throws.exact
    assert throws.log_px == pytest.approx(exact, abs=1e-3)
    for aim in AIMS:
        race = running(throws.log_w[aim])
        off = math.exp(race.log_px[-1].item() - exact) - 1
        assert abs(off) < 5 * race.stderr[-1].item(), aim


def test_beyond_the_plane_the_truth_is_the_finish_line(runs: Path) -> None:  # noqa: F811
    at = chosen(runs, "b-three")
    throws, line = darts.throws_of(at), finish_line(at)
    assert not throws.exact
    assert (throws.log_px, throws.error) == ((line.log_px, line.error) if line.trusted else (None, 0.0))


def test_a_seed_names_the_throws(runs: Path) -> None:  # noqa: F811
    first = darts.throws_of(chosen(runs, "c-plane")).z["prior"]
    assert not torch.equal(first, darts.throws_of(chosen(runs, "c-plane", seed=1)).z["prior"])
    assert darts.component_data(chosen(runs, "c-plane"), DartsView(), 0)["throws"].startswith("lab/arrays/")


@pytest.fixture
def app(runs: Path) -> Callable[..., AppTest]:  # noqa: F811
    def open_link(**params: str) -> AppTest:
        return opened(AppTest.from_file(str(FRAME), default_timeout=120).run().switch_page(PAGE), params)

    return open_link


def test_other_throws_are_another_seed(app: Callable[..., AppTest]) -> None:
    test = app(large_chapter="darts", large_darts_prior="150", large_darts_aim="encoder")
    assert not test.exception
    assert not test.warning
    test.button(key="large_darts_again").click().run()
    assert not test.exception
    link = link_of(test)
    assert link["large_seed"] == "1"
    assert (link["large_darts_prior"], link["large_darts_aim"]) == ("150", "encoder")


def test_a_wrong_number_of_darts_is_a_sentence(app: Callable[..., AppTest]) -> None:
    test = app(large_chapter="darts", large_darts_prior=str(MOST_DARTS + 1), large_darts_aim="wall")
    assert not test.exception
    wrong = [warning.value.replace("\\", "") for warning in test.warning]
    assert "large_darts_aim = 'wall', expected prior or encoder" in wrong[0]
    assert f"large_darts_prior = '{MOST_DARTS + 1}', expected a whole number from 0 to {MOST_DARTS}" in wrong[1]


def test_what_cannot_be_thrown_at_is_a_sentence(app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Example) -> None:
        raise ValueError("log p(x|z) is not a number")

    monkeypatch.setattr(darts, "throws_of", refused)
    test = app(large_chapter="darts")
    assert not test.exception
    assert "Nothing can be thrown at this x: log p(x|z) is not a number" in test.warning[0].value.replace("\\", "")
