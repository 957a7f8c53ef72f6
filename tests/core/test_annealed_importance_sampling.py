"""Annealed importance sampling against the linear-Gaussian model: values, and both sides of log p(x)."""

import math

import pytest
import torch

from tests.core.conftest import SMALL, generator, pictures
from tests.core.test_linear_gaussian import random_model
from vae_core.estimators.annealed_importance_sampling import annealed_log_weights, bidirectional
from vae_core.estimators.marginal_likelihood import log_marginal, log_mean_exp
from vae_core.models.vae import build


@pytest.mark.parametrize("dim", [1, 8])
def test_the_mean_weight_is_the_marginal_likelihood(dim):
    model = random_model(dim, dim + 3, 0.5, dim)
    x = model.sample(6, generator(dim))[1]
    log_px, stderr = estimate(annealed_log_weights(model, x, 64, generator(1), temperatures=200))
    assert ((log_px - model.log_prob(x)).abs() < 4.5 * stderr).all()
    assert stderr.max() < 0.5


def estimate(log_w: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    log_px = log_mean_exp(log_w)
    return log_px, (log_w - log_px).exp().std(0) / math.sqrt(len(log_w))


def test_few_temperatures_are_unbiased_all_the_same():
    """E w = p(x) whatever the chains do: with 5 temperatures the weights are wide, and their mean is right."""
    model = random_model(1, 3, 0.7, 2)
    x = model.sample(1, generator())[1]
    w = (annealed_log_weights(model, x, 40_000, generator(1), temperatures=5)[:, 0] - model.log_prob(x)).exp()
    assert w.mean().item() == pytest.approx(1, abs=5 * (w.std() / math.sqrt(len(w))).item())
    assert w.std() > 0.05


@pytest.mark.slow
def test_more_temperatures_narrow_the_weights():
    model = random_model(4, 7, 0.4, 2)
    x = model.sample(3, generator())[1]
    few, many = (annealed_log_weights(model, x, 32, generator(1), temperatures=T).std(0) for T in (20, 400))
    assert (many < 0.6 * few).all()


def test_both_sides_hold_the_truth_between_them():
    model = random_model(5, 8, 0.5, 3)
    both = bidirectional(model, 16, 32, generator(), temperatures=150)
    truth = model.log_prob(both.x)
    for side in (truth - both.lower, both.upper - truth):
        assert side.mean() > -3 * side.std() / math.sqrt(len(side))
        assert side.abs().mean() < 0.5
    noise = (both.x - model.decode(both.z).mean) / model.sigma
    assert noise.square().mean().item() == pytest.approx(1, abs=5 * math.sqrt(2 / noise.numel()))


def test_with_few_temperatures_the_ends_part_to_their_own_sides():
    model = random_model(5, 8, 0.3, 4)
    both = bidirectional(model, 200, 1, generator(), temperatures=3)
    truth = model.log_prob(both.x)
    assert (both.lower - truth).mean() < 0 < (both.upper - truth).mean()


def test_ends_that_lie_too_far_apart_are_annealed_anew_and_the_others_stay():
    model = random_model(5, 8, 0.3, 4)
    once, again = (bidirectional(model, 60, 8, generator(), 10, gap) for gap in (math.inf, 0.3))
    first, second = ((both.upper - both.lower).abs() for both in (once, again))
    near = first <= 0.3
    assert 0 < near.sum() < 60
    assert torch.equal(once.lower[near], again.lower[near])
    assert torch.equal(once.x, again.x)
    assert second[~near].median() < 0.5 * first[~near].median()


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_it_agrees_with_the_proposal_made_for_x(name):
    model = build(SMALL[name], generator(3)).eval().requires_grad_(False)
    x = pictures(model, 4).float()
    annealed, error = estimate(annealed_log_weights(model, x, 16, generator(), temperatures=60))
    mixture = log_marginal(model, x, "mixture", 1000, generator())
    assert ((annealed - mixture.log_px).abs() / torch.hypot(error, mixture.stderr)).max() < 4.5


@pytest.mark.slow
def test_it_is_a_method_of_log_marginal():
    model = random_model(2, 4, 0.8, 1)
    x = model.sample(2, generator())[1]
    found = log_marginal(model, x, "ais", 8, generator(1))
    assert ((found.log_px - model.log_prob(x)).abs() < 5 * found.stderr + 0.05).all()
    assert (found.method, found.samples) == ("ais", 8)
