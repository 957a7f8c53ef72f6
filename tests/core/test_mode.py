"""The peak of the joint density against the linear-Gaussian model, where it is the posterior's mean."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.conftest import generator
from tests.core.test_linear_gaussian import random_model
from tests.core.test_quadrature import turned_model
from vae_core.distributions.gaussian import log_prior
from vae_core.estimators.quadrature import integrate
from vae_core.estimators.quadrature.mode import joint_peak, likelihood_peak


def log_joint(model, x, z) -> float:
    return (model.decode(z).log_prob(x[0]) + log_prior(z)).item()


@settings(max_examples=15)
@given(st.floats(0.01, 0.5), st.floats(0.1, 1), st.floats(0, math.pi))
def test_the_peak_is_the_mean_of_a_normal_posterior(sigma, stretch, angle):
    model = turned_model(sigma, stretch, angle)
    _, x = model.sample(1, generator())
    mean, covariance = model.posterior(x)
    z, height = joint_peak(model, x, integrate(model, x))
    assert height == pytest.approx(log_joint(model, x, mean[0]), abs=1e-4)
    assert (z - mean[0]).norm() < 0.05 * torch.linalg.eigvalsh(covariance).max().sqrt()


def test_one_dimension_and_another_sigma():
    model = random_model(1, 3, 0.2)
    _, x = model.sample(1, generator())
    found = integrate(model, x, sigmas=(0.05, 1.0)).with_sigma(0.7)
    truth = type(model)(model.W, model.b, 0.7)
    assert joint_peak(model, x, found)[1] == pytest.approx(log_joint(truth, x, truth.posterior(x)[0][0]), abs=1e-4)


def test_the_best_z_of_the_likelihood_is_least_squares():
    model = turned_model(0.05, 0.4, 0.5)
    _, x = model.sample(1, generator())
    best = torch.linalg.lstsq(model.W, (x[0] - model.b)[:, None]).solution[:, 0]
    z, height = likelihood_peak(model, x, integrate(model, x))
    assert height == pytest.approx(model.decode(best).log_prob(x[0]).item(), abs=1e-4)
    assert (z - best).norm() < 1e-3
