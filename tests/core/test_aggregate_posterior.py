"""Rate, activity, aggregate posterior and ELBO surgery against closed forms."""

import math

import pytest
import torch

from tests.core.conftest import generator
from vae_core.distributions.gaussian import DiagonalNormal, log_prior
from vae_core.latent.aggregate_posterior import (
    aggregate_log_prob,
    aggregate_on_lattice,
    dimensions,
    holes,
    marginal_kl_bound,
    surgery,
    surgery_on_lattice,
)


def test_a_dimension_that_equals_the_prior_is_dead():
    n = 5000
    signal = torch.randn((n, 1), generator=generator()).double()
    mu = torch.cat((signal, torch.zeros((n, 1)).double()), 1)
    logvar = torch.tensor([-2.0, 0.0]).double().expand(n, 2)
    dims = dimensions(DiagonalNormal(mu, logvar))
    assert dims.active.tolist() == [True, False]
    assert dims.rate[1] == 0
    # E KL = (E mu^2 + v - 1 - log v) / 2 with v = exp(-2) and E mu^2 = 1.
    expected = 0.5 * (1 + torch.exp(torch.tensor(-2.0)).item() - 1 + 2)
    assert dims.rate[0].item() == pytest.approx(expected, abs=5 * (0.5 * 2**0.5) / n**0.5)


def test_activity_is_judged_by_the_spread_of_the_means():
    mu = torch.tensor([[0.11, 0.09], [-0.11, -0.09]]).double()
    dims = dimensions(DiagonalNormal(mu, torch.zeros(2, 2).double()))
    torch.testing.assert_close(dims.mean_variance, torch.tensor([0.0242, 0.0162]).double())
    assert dims.active.tolist() == [True, True]
    assert dimensions(DiagonalNormal(mu / 2, torch.zeros(2, 2).double())).active.tolist() == [False, False]


def test_one_example_has_no_spread():
    with pytest.raises(ValueError, match="at least 2 examples"):
        dimensions(DiagonalNormal(torch.zeros(1, 2), torch.zeros(1, 2)))


def spread(n: int = 300, seed: int = 0, D: int = 2) -> DiagonalNormal:
    """Posteriors whose means are normal and whose widths differ, float64 [n, D]."""
    mu = 0.9 * torch.randn((n, D), generator=generator(seed), dtype=torch.float64)
    return DiagonalNormal(mu, -3 + torch.randn((n, D), generator=generator(seed + 1), dtype=torch.float64))


def test_the_aggregate_posterior_is_the_mean_of_all_and_integrates_to_one():
    q = spread()
    lattice = aggregate_on_lattice(q, 400)
    assert lattice.q.sum().item() * lattice.area == pytest.approx(1, abs=1e-6)
    assert lattice.prior.sum().item() * lattice.area == pytest.approx(1, abs=1e-6)
    i, j = 170, 220
    z = torch.stack((lattice.side[i], lattice.side[j]))
    each = q.log_prob(z).exp()
    assert aggregate_log_prob(q, z[None]).item() == pytest.approx(each.mean().log().item(), abs=1e-9)
    assert lattice.q[i, j].item() == pytest.approx(each.mean().item(), rel=1e-9)


def test_far_from_every_code_the_aggregate_is_small_and_not_minus_infinity():
    q = DiagonalNormal(torch.zeros(3, 2), torch.full((3, 2), -6.0))
    log_q = aggregate_log_prob(q, torch.tensor([[5.0, 5.0]])).item()
    assert log_q == pytest.approx(q.log_prob(torch.tensor([5.0, 5.0]))[0].item(), rel=1e-5)
    assert log_q < -5000


@pytest.mark.parametrize("n", [1, 7, 300])
def test_the_mean_kl_is_mutual_information_plus_marginal_kl(n):
    """Hoffman & Johnson 2016, eq. 8; the three are computed apart. Mutual information lies between 0 and log N."""
    q = spread(n)
    parts = surgery_on_lattice(q, aggregate_on_lattice(q, 500))
    assert parts.mutual_information + parts.marginal_kl == pytest.approx(parts.mean_kl, abs=1e-3)
    assert -1e-3 < parts.mutual_information < parts.log_n + 1e-3
    assert parts.mutual_information_error < 1e-3
    assert parts.marginal_kl > 0


@pytest.mark.parametrize("D", [2, 5])
def test_surgery_by_samples_agrees_within_its_errors(D):
    q = spread(D=D)
    parts = surgery(q, 20_000, generator(3))
    error = parts.mutual_information_error + parts.marginal_kl_error
    assert abs(parts.mutual_information + parts.marginal_kl - parts.mean_kl) < 5 * error
    assert parts.mutual_information < parts.log_n
    if D == 2:
        exact = surgery_on_lattice(q, aggregate_on_lattice(q))
        assert abs(parts.mutual_information - exact.mutual_information) < 5 * parts.mutual_information_error
        assert abs(parts.marginal_kl - exact.marginal_kl) < 5 * parts.marginal_kl_error


def test_posteriors_that_equal_the_prior_tell_nothing():
    q = DiagonalNormal(torch.zeros(50, 2), torch.zeros(50, 2))
    parts = surgery_on_lattice(q, aggregate_on_lattice(q))
    assert abs(parts.mutual_information) < 1e-6
    assert abs(parts.marginal_kl) < 1e-6
    assert parts.mean_kl == 0
    assert abs(surgery(q, 100, generator()).mutual_information) < 1e-9


def test_separate_posteriors_tell_which_image_it_was():
    """16 posteriors 50 standard deviations apart: mutual information is log 16."""
    mu = torch.cartesian_prod(torch.arange(4.0), torch.arange(4.0)) - 1.5
    q = DiagonalNormal(mu, torch.full((16, 2), 2 * math.log(0.02)))
    parts = surgery_on_lattice(q, aggregate_on_lattice(q, 1200))
    assert parts.mutual_information == pytest.approx(math.log(16), abs=1e-6)
    assert surgery(q, 100, generator()).mutual_information == pytest.approx(math.log(16), abs=1e-6)


def test_a_coarse_lattice_admits_its_error():
    mu = torch.tensor([[0.3, 0.1], [-1.2, 0.7]])
    q = DiagonalNormal(mu, torch.full((2, 2), 2 * math.log(0.03)))
    parts = surgery_on_lattice(q, aggregate_on_lattice(q, 101))
    assert parts.mutual_information_error > 0.1


def test_holes_are_where_the_prior_draws_and_no_code_is():
    """Codes everywhere except in a disc around (1, 0)."""
    mu = torch.randn((20_000, 2), generator=generator(), dtype=torch.float64)
    mu = mu[(mu - torch.tensor([1.0, 0.0])).square().sum(1) > 0.6**2]
    q = DiagonalNormal(mu, torch.full_like(mu, 2 * math.log(0.1)))
    found = holes(aggregate_on_lattice(q, 300))
    at = found.z[:1]
    assert (at - torch.tensor([1.0, 0.0])).abs().max() < 0.3
    assert aggregate_log_prob(q, at) < math.log(found.ratio) + log_prior(at)
    assert 0 < found.prior_share < 0.2


def test_a_cover_without_holes_has_none():
    q = DiagonalNormal(torch.zeros(5, 2), torch.zeros(5, 2))
    found = holes(aggregate_on_lattice(q, 200))
    assert found.z.shape == (0, 2)
    assert found.prior_share == 0


def test_the_lattice_is_for_the_plane():
    with pytest.raises(ValueError, match="expected 2"):
        aggregate_on_lattice(spread(D=3))
    with pytest.raises(ValueError, match="at least 2"):
        surgery(spread(), 1, generator())


def test_the_marginal_kl_is_bounded_from_below_and_nearly_reached():
    """Narrow codes whose aggregate is N(m, s^2): of few images too, and zero where they fill the prior."""
    rng = generator(3)
    for mean, scale in ((0.001, 1.004), (0.0, 3.0), (2.0, 0.5), (0.0, 0.1)):
        truth = 0.5 * (mean**2 + scale**2 - 1) - math.log(scale)
        z = mean + scale * torch.randn((4000, 1), generator=rng, dtype=torch.float64)
        q = DiagonalNormal(z, torch.full_like(z, -10.0))
        found = marginal_kl_bound(q).item()
        assert found <= truth + 0.01
        assert found >= (0.2 * truth if truth > 0.1 else 0)


def test_two_narrow_groups_are_far_from_the_prior_whose_mean_and_variance_they_have():
    z = torch.tensor([-1.0, 1.0], dtype=torch.float64).repeat(500)[:, None]
    assert marginal_kl_bound(DiagonalNormal(z, torch.full_like(z, -8.0))).item() > 1.5
