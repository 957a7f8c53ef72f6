"""Rate and activity of latent dimensions against closed forms."""

import pytest
import torch

from tests.core.conftest import generator
from vae_core.diagnostics import dimensions
from vae_core.gaussian import DiagonalNormal


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
