"""p(x|z) sums or integrates to one, and agrees with torch.distributions."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Normal

from tests.core.conftest import generator
from vae_core.distributions.likelihoods import Bernoulli, Gaussian

logits = st.lists(st.floats(-30, 30, width=32), min_size=4, max_size=4)


def picture(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).reshape(1, 2, 2)


@given(logits)
def test_bernoulli_sums_to_one_over_all_binary_pictures(values):
    p = Bernoulli(picture(values))
    every_picture = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4))).double().reshape(16, 1, 2, 2)
    total = torch.logsumexp(p.log_prob(every_picture), 0)
    assert total.item() == pytest.approx(0, abs=1e-9)


def test_bernoulli_is_finite_far_in_the_tails():
    p = Bernoulli(picture([1000.0, -1000.0, 1000.0, -1000.0]))
    assert p.log_prob(picture([1, 0, 1, 0])).item() == 0
    assert p.log_prob(picture([0, 1, 0, 1])).item() == -4000


@pytest.mark.parametrize("grey", [0.5, 1e-6, -1.0, 2.0, math.nan])
def test_bernoulli_refuses_values_that_are_not_binary(grey):
    with pytest.raises(ValueError, match="grey values under a Bernoulli are no likelihood"):
        Bernoulli(picture([0.0] * 4)).log_prob(picture([0, 1, grey, 1]))


@given(st.floats(-5, 5), st.floats(-4, 1))
def test_gaussian_integrates_to_one(a, log_sigma):
    p = Gaussian(torch.full((1, 1, 1), a).double(), torch.tensor(log_sigma, dtype=torch.float64))
    reach = 10 * math.exp(log_sigma)
    x = (p.mean.item() + torch.linspace(-reach, reach, 2001, dtype=torch.float64)).reshape(-1, 1, 1, 1)
    mass = p.log_prob(x).exp().sum() * 2 * reach / 2000
    assert mass.item() == pytest.approx(1, abs=1e-9)


@given(logits, st.floats(-4, 1))
def test_gaussian_is_that_of_torch(values, log_sigma):
    p = Gaussian(picture(values), torch.tensor(log_sigma, dtype=torch.float64))
    x = torch.rand((3, 1, 2, 2), generator=generator()).double()
    expected = Normal(torch.sigmoid(picture(values)), math.exp(log_sigma)).log_prob(x).sum((-3, -2, -1))
    torch.testing.assert_close(p.log_prob(x), expected)


@pytest.mark.parametrize("family", ["bernoulli", "gaussian"])
def test_samples_have_the_mean_of_the_distribution(family):
    a = picture([-2.0, 0.0, 0.5, 3.0]).float().expand(100_000, 1, 2, 2)
    p = Bernoulli(a) if family == "bernoulli" else Gaussian(a, torch.tensor(math.log(0.3)))
    x = p.sample(generator())
    assert ((x.mean(0) - p.mean[0]).abs() < 5 * 0.5 / len(x) ** 0.5).all()
    assert family == "gaussian" or set(x.unique().tolist()) == {0.0, 1.0}


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_the_best_sigma_is_where_the_gradient_vanishes(values):
    x, a = picture(values), picture([-1.0, 0.3, 2.0, 0.1])
    p = Gaussian(a, torch.tensor(0.0).double())
    log_sigma = p.best_log_sigma(p.squared_error(x)).requires_grad_()
    Gaussian(a, log_sigma).log_prob(x).backward()
    assert abs(log_sigma.grad.item()) < 1e-9
