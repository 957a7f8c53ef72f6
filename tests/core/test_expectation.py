"""E_q of the score against closed forms and a far denser lattice: its own error is never too small."""

import copy
import dataclasses
import math

import pytest
import torch

from tests.core.conftest import SMALL, generator, pictures
from tests.core.test_linear_gaussian import random_model
from tests.core.test_quadrature import magnified
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.estimators.likelihood_matrix import pictures as decoded
from vae_core.estimators.quadrature.expectation import expected_score
from vae_core.models.vae import build


def dense(model, x, q) -> float:
    side = torch.linspace(-7, 7, 561, dtype=torch.float64)
    eps = torch.cartesian_prod(side, side)
    share = torch.exp(-0.5 * eps.square().sum(1))
    with torch.no_grad():
        return ((share / share.sum()) * decoded(model, q.mu + q.std * eps).scores(x)[:, 0]).sum().item()


@pytest.mark.parametrize("d", [1, 2])
def test_a_quadratic_score_is_exact_at_once(d):
    model = random_model(d, 5, 0.3)
    _, x = model.sample(1, generator())
    mu, logvar = torch.randn((2, 1, d), generator=generator(1), dtype=torch.float64)
    q = DiagonalNormal(mu, logvar)
    truth = (x - mu @ model.W.T - model.b).square().sum() + (model.W.square() @ logvar.exp().T).sum()
    found, error = expected_score(model, x, q)
    assert found == pytest.approx(truth.item(), rel=1e-9)
    assert error < 1e-6


@pytest.mark.parametrize("kind", ["mlp bernoulli", "mlp gaussian"])
@pytest.mark.parametrize("std", [0.02, 0.3, 0.8, 2.0, 5.0])
def test_the_error_of_a_wide_q_is_not_understated(kind, std):
    """As of a plain autoencoder, whose q is nothing that training has held narrow."""
    model = magnified(kind, 2.5)
    for seed in range(4):
        x, mu = pictures(model, seed + 1)[-1:], torch.randn((1, 2), generator=generator(seed)).double()
        q = DiagonalNormal(mu, torch.full_like(mu, 2 * math.log(std)))
        found, error = expected_score(model, x, q)
        assert abs(found - dense(model, x, q)) <= error + 1e-6 * abs(found)


@pytest.mark.parametrize("sigma", [0.001, 0.3])
def test_rounding_is_in_the_error(sigma):
    model = build(dataclasses.replace(SMALL["mlp gaussian"], latent_dim=2, sigma=sigma), generator(2)).eval()
    exact = copy.deepcopy(model).double()
    with torch.no_grad():
        x = model.decode(torch.zeros(1, 2)).mean[0:1] + 0.01
    q = DiagonalNormal(torch.full((1, 2), 0.3), torch.full((1, 2), -6.0))
    (found, error), (truth, _) = expected_score(model, x, q), expected_score(exact, x.double(), q)
    assert 0 < abs(found - truth) <= error
