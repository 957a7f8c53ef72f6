"""The width of q on a shipped model, against a dense grid of its own: contours are relative to the true peak."""

from pathlib import Path

import pytest
import torch

from ui.pages.where_p_is_large import q_scale, refine_posterior
from ui.pages.where_p_is_large.selected_x import Example, select_example
from ui.runs.catalogue import read_entry
from vae_core.distributions.gaussian import log_prior

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(scope="module")
def chosen() -> Example:
    """The x whose encoder looks at the wrong place."""
    return select_example(read_entry(MODELS / "fashion-2d-bernoulli"), 144, None, 0)


@pytest.fixture(scope="module")
def refined(chosen: Example) -> refine_posterior.RefinedPosterior:
    return refine_posterior.refined_posterior(chosen)


def log_joint(chosen: Example, z: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return chosen.model.decode(z).log_prob(chosen.x[0]).double() + log_prior(z.double())


@pytest.mark.slow
def test_the_peak_is_that_of_a_grid_around_it(chosen: Example, refined: refine_posterior.RefinedPosterior) -> None:
    exact = refined.exact
    coarse, fine = (torch.cartesian_prod(*[torch.linspace(-n, n, 121)] * 2) for n in (4, 0.03))
    assert exact.height >= log_joint(chosen, coarse).max().item() - 1e-3
    assert exact.height == pytest.approx(log_joint(chosen, exact.peak.float() + fine).max().item(), abs=2e-3)


def test_contours_are_relative_to_the_peak_and_the_window_says_what_it_does_not_hold(
    chosen: Example, refined: refine_posterior.RefinedPosterior
) -> None:
    window = q_scale._window([refined.q])
    _, height = q_scale.heights(chosen, window, refined.exact)
    assert height.max().item() == pytest.approx(-11.8, abs=0.1)
    said = q_scale.in_the_window(refined.exact, window)
    assert "holds 0.0008 % of p(z|x)" in said
    assert "Its peak is outside" in said


def test_the_best_q_is_at_the_best_peak(chosen: Example, refined: refine_posterior.RefinedPosterior) -> None:
    """A normal at the encoder's place is 11.76 nats from p(z|x), one at the peak not a single nat."""
    assert refined.elsewhere
    assert (refined.best.mu[0] - refined.exact.peak).norm() < 3 * refined.best.std.max()
    assert 0 <= refined.best_gap < 1
    assert refined.gap == pytest.approx(13.47, abs=0.01)


def test_a_window_with_the_peak_says_so(refined: refine_posterior.RefinedPosterior) -> None:
    exact = refined.exact
    assert q_scale.in_the_window(exact, torch.tensor([[-9.0, -9.0], [9.0, 9.0]])) == (
        "This window holds 100 % of p(z|x), with its peak."
    )
