"""The diagonal normal against torch.distributions, quadrature and its own samples."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Independent, Normal, kl_divergence

from tests.core.conftest import generator
from vae_core.distributions.gaussian import DiagonalNormal, log_prior

numbers = st.floats(-4, 4, width=32)
dimension = st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=6)


def distribution(mu: torch.Tensor, logvar: torch.Tensor) -> Independent:
    return Independent(Normal(mu, torch.exp(logvar / 2)), 1)


@given(dimension)
def test_log_prob_and_kl_are_those_of_torch(rows):
    mu, logvar, z = torch.tensor(rows, dtype=torch.float64).T
    q, reference = DiagonalNormal(mu, logvar), distribution(mu, logvar)
    prior = distribution(torch.zeros_like(mu), torch.zeros_like(mu))
    torch.testing.assert_close(q.log_prob(z), reference.log_prob(z))
    torch.testing.assert_close(q.kl(), kl_divergence(reference, prior))
    torch.testing.assert_close(log_prior(z), prior.log_prob(z))


@given(dimension)
def test_kl_is_never_negative_and_zero_only_at_the_prior(rows):
    mu, logvar, _ = torch.tensor(rows, dtype=torch.float64).T
    kl = DiagonalNormal(mu, logvar).kl_per_dimension()
    assert (kl >= -1e-12).all()
    at_prior = DiagonalNormal(torch.zeros(3), torch.zeros(3))
    assert at_prior.kl() == 0


def test_density_integrates_to_one_on_the_plane():
    q = DiagonalNormal(torch.tensor([0.4, -1.0]).double(), torch.tensor([-1.0, 0.6]).double())
    side = torch.linspace(-12, 12, 601, dtype=torch.float64)
    grid = torch.cartesian_prod(side, side)
    mass = q.log_prob(grid).exp().sum() * (side[1] - side[0]) ** 2
    assert mass.item() == pytest.approx(1, abs=1e-9)


def test_samples_have_the_moments_of_the_distribution():
    q = DiagonalNormal(torch.tensor([1.0, -2.0]), torch.tensor([0.0, -2.0]))
    z = q.rsample(generator(), K=200_000)
    standard_error = q.std / len(z) ** 0.5
    assert ((z.mean(0) - q.mu).abs() < 5 * standard_error).all()
    torch.testing.assert_close(z.std(0), q.std, rtol=0.01, atol=0)


def test_the_same_generator_seed_gives_the_same_samples():
    q = DiagonalNormal(torch.zeros(5, 2), torch.zeros(5, 2))
    assert torch.equal(q.rsample(generator(7)), q.rsample(generator(7)))
    assert not torch.equal(q.rsample(generator(7)), q.rsample(generator(8)))


def test_samples_are_differentiable_in_mean_and_log_variance():
    mu, logvar = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    z = DiagonalNormal(mu, logvar).rsample(generator())
    z.sum().backward()
    torch.testing.assert_close(mu.grad, torch.ones(2))
    torch.testing.assert_close(logvar.grad, 0.5 * z.detach())  # dz/dlogvar = std * eps / 2


def test_mean_and_log_variance_must_agree_in_shape():
    with pytest.raises(ValueError, match=r"mu is \[2\] and logvar is \[3\]"):
        DiagonalNormal(torch.zeros(2), torch.zeros(3))
