"""The linear-Gaussian model: every closed form against another way to the same number."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import MultivariateNormal, kl_divergence

from tests.core.conftest import generator
from vae_core.distributions.gaussian import DiagonalNormal, log_prior
from vae_core.models.linear_gaussian import LinearGaussian


def random_model(d: int, P: int, sigma: float, seed: int = 0) -> LinearGaussian:
    rng = generator(seed)
    W, b = torch.randn((P, d), generator=rng).double(), torch.randn(P, generator=rng).double()
    return LinearGaussian(W, b, sigma)


def orthonormal_model(d: int, sigma: float) -> LinearGaussian:
    return LinearGaussian(torch.eye(d + 3, d).double(), torch.zeros(d + 3).double(), sigma)


models = st.builds(
    random_model, st.integers(1, 6), st.integers(1, 9), st.floats(0.05, 2), st.integers(0, 10**6)
)  # more latent dimensions than pixels too


def posterior(model: LinearGaussian, x: torch.Tensor) -> MultivariateNormal:
    """p(z|x) by conditioning the joint normal of (z, x): no formula of the model's own."""
    W, P = model.W, len(model.b)
    inverse = torch.linalg.inv(W @ W.T + model.sigma**2 * torch.eye(P).double())
    covariance = torch.eye(model.latent_dim).double() - W.T @ inverse @ W
    return MultivariateNormal((x - model.b) @ inverse @ W, (covariance + covariance.T) / 2)


def prior(d: int) -> MultivariateNormal:
    return MultivariateNormal(torch.zeros(d).double(), torch.eye(d).double())


def close(found, expected, tolerance: float = 1e-9) -> None:
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@given(models)
def test_log_prob_is_that_of_a_normal(model):
    _, x = model.sample(4, generator())
    covariance = model.W @ model.W.T + model.sigma**2 * torch.eye(len(model.b)).double()
    close(model.log_prob(x), MultivariateNormal(model.b, covariance).log_prob(x))


@given(models)
def test_the_posterior_is_the_conditional_of_the_joint_normal(model):
    _, x = model.sample(4, generator())
    mean, covariance = model.posterior(x)
    close(mean, posterior(model, x).mean)
    close(covariance, posterior(model, x).covariance_matrix[0], 1e-8)


@given(models)
def test_bayes_rule_holds_at_every_z(model):
    z, x = model.sample(5, generator())
    mean, covariance = model.posterior(x)
    log_posterior = MultivariateNormal(mean, covariance).log_prob(z)
    close(model.decode(z).log_prob(x) + log_prior(z) - log_posterior, model.log_prob(x), 1e-8)


@given(models)
def test_kl_of_the_posterior_is_that_of_torch(model):
    _, x = model.sample(4, generator())
    close(model.kl_posterior_prior(x), kl_divergence(MultivariateNormal(*model.posterior(x)), prior(model.latent_dim)))


@given(models)
def test_cost_of_the_prior_is_the_second_moment_of_its_weights(model):
    """p(x|z)^2 is c N(x; Wz + b, sigma^2 / 2) with c = (4 pi sigma^2)^(-P/2): its integral is a likelihood too."""
    _, x = model.sample(4, generator())
    half = LinearGaussian(model.W, model.b, model.sigma / math.sqrt(2))
    log_second_moment = half.log_prob(x) - 0.5 * len(model.b) * math.log(4 * math.pi * model.sigma**2)
    close(model.log_cost(x), log_second_moment - 2 * model.log_prob(x))


@given(models)
def test_the_encoder_is_the_best_diagonal_q_and_misses_by_the_gap(model):
    _, x = model.sample(2, generator())
    exact, q = MultivariateNormal(*model.posterior(x)), model.encode(x)

    def gap(q: DiagonalNormal) -> torch.Tensor:
        return kl_divergence(MultivariateNormal(q.mu, torch.diag_embed(q.logvar.exp())), exact)

    close(gap(q), torch.full((2,), model.gap(), dtype=torch.float64))
    for shift in (0.01, -0.01):
        assert (gap(DiagonalNormal(q.mu + shift, q.logvar)) > gap(q)).all()
        assert (gap(DiagonalNormal(q.mu, q.logvar + shift)) > gap(q)).all()


@given(models)
def test_the_elbo_and_the_gap_make_the_log_likelihood(model):
    """E_q log p(x|z) = log p(x|mu) - trace(W diag(v) W^T) / (2 sigma^2), so nothing here is sampled."""
    _, x = model.sample(3, generator())
    q = model.encode(x)
    spread = (model.W.square() @ q.logvar.exp().T).sum(0) / (2 * model.sigma**2)
    elbo = model.decode(q.mu).log_prob(x) - spread - q.kl()
    close(elbo + model.gap(), model.log_prob(x), 1e-8)


def test_the_gap_is_zero_exactly_when_the_columns_are_orthogonal():
    columns = torch.tensor([[2.0, 0.0], [0.0, 0.5], [0.0, 0.0]]).double()
    assert LinearGaussian(columns, torch.zeros(3).double(), 0.1).gap() == pytest.approx(0, abs=1e-12)
    turn = torch.tensor([[math.cos(0.4), -math.sin(0.4)], [math.sin(0.4), math.cos(0.4)]]).double()
    turned = LinearGaussian(columns @ turn, torch.zeros(3).double(), 0.1)
    M = turned.W.T @ turned.W + 0.01 * torch.eye(2).double()
    assert turned.gap() == pytest.approx(0.5 * (M.diagonal().log().sum() - M.logdet()).item(), rel=1e-9)
    assert turned.gap() > 0.1


@pytest.mark.parametrize(("sigma", "log_cost"), [(1, 0.477), (0.5, 0.955), (0.2, 1.782), (0.1, 2.461)])
def test_mean_kl_and_cost_over_the_model_s_own_x(sigma, log_cost):
    """With lambda = 1 / sigma^2: E KL = log(1 + lambda) / 2, and E log R is the figure of SCIENCE.md, a dimension."""
    d, n = 10, 40_000
    model = orthonormal_model(d, sigma)
    _, x = model.sample(n, generator())
    kl, cost = model.kl_posterior_prior(x) / d, model.log_cost(x) / d
    assert abs(kl.mean() - 0.5 * math.log1p(sigma**-2)) < 4 * kl.std() / n**0.5
    assert abs(cost.mean() - log_cost) < 4 * cost.std() / n**0.5 + 0.0005


def test_mean_cost_is_the_determinant():
    """E R = det(I + W^T W / sigma^2), here as an integral over a, which is N(0, 1 + lambda)."""
    model = orthonormal_model(1, 0.5)
    a = torch.linspace(-80, 80, 20_001, dtype=torch.float64)
    x = torch.zeros((len(a), 4)).double()
    x[:, 0] = a * model.sigma
    log_density = -0.5 * a.square() / 5 - 0.5 * math.log(2 * math.pi * 5)
    mean = (model.log_cost(x) + log_density).exp().sum() * (a[1] - a[0])
    assert mean.item() == pytest.approx(5, rel=1e-9)


def test_samples_have_the_covariance_of_the_model():
    model, n = random_model(2, 3, 0.5), 200_000
    z, x = model.sample(n, generator())
    expected = model.W @ model.W.T + 0.25 * torch.eye(3).double()
    assert ((x.T.cov() - expected).abs() < 5 * expected.diagonal().max() * (2 / n) ** 0.5).all()
    assert ((z.T.cov() - torch.eye(2)).abs() < 5 * (2 / n) ** 0.5).all()


MISTAKES = {
    "b": ((torch.ones(3, 2), torch.ones(2), 1.0), r"W is \[3, 2\] and b is \[2\], expected \[P, d\] and \[P\]"),
    "W": ((torch.ones(3), torch.ones(3), 1.0), r"W is \[3\]"),
    "no columns": ((torch.ones(3, 0), torch.ones(3), 1.0), r"W is \[3, 0\]"),
    "sigma": ((torch.ones(3, 2), torch.ones(3), 0.0), "sigma is 0.0, expected a number above 0"),
    "nan": ((torch.full((3, 2), math.nan), torch.ones(3), 1.0), "not finite"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence(name):
    arguments, sentence = MISTAKES[name]
    with pytest.raises(ValueError, match=sentence):
        LinearGaussian(*arguments)


def test_encode_and_decode_name_the_shapes_they_expect():
    model = random_model(2, 3, 1)
    with pytest.raises(ValueError, match=r"x has the shape \[4\], expected \[batch, 3\]"):
        model.log_prob(torch.zeros(4).double())
    with pytest.raises(ValueError, match=r"z has the shape \[5, 3\], expected \[..., 2\]"):
        model.decode(torch.zeros(5, 3).double())
