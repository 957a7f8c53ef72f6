"""Full normals and flows: densities that integrate to one, their samples, and what a full covariance closes exactly."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import MultivariateNormal, kl_divergence
from torch.profiler import ProfilerActivity, profile

from tests.core.conftest import generator, pictures
from vae_core.config import FLOW_MAPS, ModelConfig
from vae_core.distributions.planar_flow import PlanarFlow, planar_flow
from vae_core.distributions.posteriors import FullNormal, full_normal, with_tensors
from vae_core.estimators.marginal_likelihood import log_marginal
from vae_core.estimators.quadrature import integrate
from vae_core.models.linear_gaussian import LinearGaussian
from vae_core.models.vae import build
from vae_core.objectives import beta_elbo, elbo


def numbers(count: int, scale: float = 1.0, seed: int = 0) -> torch.Tensor:
    return scale * torch.randn((1, count), generator=generator(seed)).double()


def full(D: int = 2, seed: int = 0) -> FullNormal:
    return full_normal(numbers(2 * D + D * (D - 1) // 2, seed=seed), D)


def flow(D: int = 2, scale: float = 1.0, seed: int = 0) -> PlanarFlow:
    return planar_flow(numbers(2 * D + FLOW_MAPS * (2 * D + 1), scale, seed), D)


KINDS = {"full": full, "flow": flow, "a strong flow": lambda: flow(scale=1.5, seed=3)}


def grid(q: FullNormal | PlanarFlow, nodes: int = 400) -> tuple[torch.Tensor, torch.Tensor]:
    """Points of the plane, [G, 2], and the mass of the density around each, [G], where 2,000 samples and more fall."""
    z = q.rsample(generator(9), 2000)[:, 0]
    reach = z.amax(0) - z.amin(0)
    sides = [torch.linspace(*ends, nodes).double() for ends in zip(z.amin(0) - reach, z.amax(0) + reach, strict=True)]
    points = torch.cartesian_prod(*sides)
    return points, q.log_prob(points[:, None]).exp()[:, 0] * math.prod(side[1] - side[0] for side in sides)


@pytest.mark.parametrize("name", KINDS)
def test_densities_integrate_to_one(name):
    assert grid(KINDS[name]())[1].sum().item() == pytest.approx(1, abs=1e-3)


def test_samples_of_a_full_normal_take_no_matrix_each():
    D, K = 60, 200
    q = full(D)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        q.draw(generator(), K)
    assert max(event.self_cpu_memory_usage for event in seen.events()) < 8 * K * D * D / 4


@pytest.mark.parametrize("name", KINDS)
def test_the_density_of_samples_is_their_density(name):
    q = KINDS[name]()
    z, log_q = q.draw(generator(), 500)
    assert z.shape == (500, 1, 2)
    torch.testing.assert_close(q.log_prob(z), log_q)


@pytest.mark.parametrize("name", KINDS)
def test_samples_fall_where_the_density_says(name):
    """The mean of f(z) over samples against its integral, for bounded f that differ between the axes."""
    q, n = KINDS[name](), 40_000
    points, mass = grid(q)
    z = q.rsample(generator(1), n)[:, 0]
    for f in (lambda z: torch.tanh(z[:, 0]), lambda z: torch.sin(z[:, 0] - 2 * z[:, 1])):
        assert abs(f(z).mean() - (mass * f(points)).sum()) < 5 * f(z).std() / math.sqrt(n) + 2e-3


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(0, 50))
def test_a_flow_undoes_itself_in_any_dimension(D, seed):
    q = flow(D, seed=seed)
    z, log_q = q.draw(generator(seed), 20)
    torch.testing.assert_close(q.log_prob(z), log_q, rtol=1e-6, atol=1e-6)


def test_the_slope_of_a_flow_s_density():
    q = flow()
    z = q.rsample(generator(), 3).requires_grad_()
    assert torch.autograd.gradcheck(q.log_prob, (z,))
    parts = [getattr(q, name).requires_grad_() for name in ("mu", "logvar", "u", "w", "b")]
    assert torch.autograd.gradcheck(lambda *tensors: PlanarFlow(*tensors).log_prob(z.detach()), parts)


def test_a_flow_is_less_normal_than_any_normal():
    """What it is for: the diagonal normal with its moments is far from it, in nats."""
    q = flow(scale=1.5, seed=3)
    z, log_q = q.draw(generator(), 20_000)
    full_of_moments = MultivariateNormal(z[:, 0].mean(0), z[:, 0].T.cov())
    assert (log_q[:, 0] - full_of_moments.log_prob(z[:, 0])).mean() > 0.1


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(0, 50))
def test_a_full_normal_is_torch_s(D, seed):
    q = full(D, seed)
    theirs = MultivariateNormal(q.mu, scale_tril=q.L)
    z = q.rsample(generator(seed), 7)
    torch.testing.assert_close(q.log_prob(z), theirs.log_prob(z))
    prior = MultivariateNormal(torch.zeros(D).double(), torch.eye(D).double())
    torch.testing.assert_close(q.kl(), kl_divergence(theirs, prior))
    torch.testing.assert_close(q.diagonal().std.square(), theirs.variance)


def test_moments_of_a_flow_are_those_of_its_samples():
    q = flow()
    z, n = q.rsample(generator(1), 100_000)[:, 0], 1000
    near = q.diagonal()
    assert ((near.mu[0] - z.mean(0)).abs() < 5 * z.std(0) / math.sqrt(n)).all()
    torch.testing.assert_close(near.std[0], z.std(0), rtol=0.15, atol=0)


def test_a_full_covariance_closes_the_gap_that_a_diagonal_leaves():
    """In a linear model with tilted columns the exact posterior's ELBO is log p(x), the diagonal one's is less."""
    linear = LinearGaussian(torch.tensor([[1.0, 0.8], [0.2, 1.0], [0.4, -0.1]]).double(), torch.zeros(3).double(), 0.4)
    x = linear.sample(1, generator())[1]
    mean, covariance = linear.posterior(x)
    q = FullNormal(mean, torch.linalg.cholesky(covariance)[None])
    z, log_q = q.draw(generator(), 100)
    log_w = linear.decode(z).log_prob(x) + linear.prior().log_prob(z) - log_q
    torch.testing.assert_close(log_w, linear.log_prob(x).expand_as(log_w))
    assert linear.gap() > 0.1


@pytest.mark.parametrize("settings", [{"posterior": "full"}, {"posterior": "flow"}, {"prior": "vamp"}, {"top_dim": 3}])
def test_a_training_step_sees_the_bound_that_is_measured(settings):
    model = build(ModelConfig((1, 4, 4), hidden=(6,), likelihood="bernoulli", **settings), generator()).double()
    x = pictures(model, 4)
    measured, trained = elbo(model, x, generator(1), 5), beta_elbo(model, x, generator(1), 5)
    torch.testing.assert_close(trained.value, measured.elbo)
    assert trained.rate_per_dimension is None
    assert not model.config.plain


@pytest.mark.parametrize("name", ["full", "flow"])
def test_rows_of_a_posterior(name):
    D = 3
    make, size = (full_normal, 9) if name == "full" else (planar_flow, 6 + FLOW_MAPS * 7)
    many = torch.randn((5, size), generator=generator()).double()
    rows = with_tensors(make(many, D), lambda tensor: tensor[1:3])
    torch.testing.assert_close(rows.mu, make(many[1:3], D).mu)
    z = rows.rsample(generator(), 4)
    torch.testing.assert_close(rows.log_prob(z), make(many[1:3], D).log_prob(z))


KINDS_OF_MODEL = [{"posterior": "full"}, {"posterior": "flow"}, {"prior": "vamp"}, {"top_dim": 1}]


@pytest.mark.slow
@pytest.mark.parametrize("settings", KINDS_OF_MODEL, ids=str)
def test_samples_of_the_encoder_of_the_prior_and_made_for_x_agree_on_log_p(settings):
    """Importance sampling and plain Monte Carlo have nothing in common but the model: q and p(z) are densities."""
    config = ModelConfig((1, 3, 3), 1, hidden=(6,), likelihood="bernoulli", **settings)
    model, K = build(config, generator(1)).double().requires_grad_(False), 20_000
    x = pictures(model, 5)
    found = [log_marginal(model, x, method, K, generator(2)) for method in ("prior", "importance", "mixture")]
    for other in found[1:]:
        error = torch.hypot(found[0].stderr, other.stderr)
        assert (error < 0.05).all()
        assert ((found[0].log_px - other.log_px).abs() < 5 * error).all()


@pytest.mark.parametrize("settings", KINDS_OF_MODEL[:3], ids=str)
def test_quadrature_finds_log_p_whatever_q_and_the_prior_are(settings):
    config = ModelConfig((1, 3, 3), 2, hidden=(6,), likelihood="bernoulli", **settings)
    model = build(config, generator(1)).double().requires_grad_(False)
    x = pictures(model, 3)
    side = torch.linspace(-9, 9, 301, dtype=torch.float64)
    z = torch.cartesian_prod(side, side)[:, None]
    log_joint = model.decode(z).log_prob(x) + model.prior().log_prob(z)
    truth = torch.logsumexp(log_joint, 0) + 2 * math.log(side[1] - side[0])
    torch.testing.assert_close(log_marginal(model, x, "quadrature").log_px, truth, rtol=0, atol=2e-3)
    torch.testing.assert_close(integrate(model, x).log_px, truth, rtol=0, atol=2e-3)


def test_quadrature_of_two_levels_is_refused_in_a_sentence():
    model = build(ModelConfig((1, 3, 3), 1, likelihood="bernoulli", top_dim=1), generator()).double()
    with pytest.raises(ValueError, match="this model has two levels of latents, expected one for quadrature"):
        log_marginal(model, pictures(model, 2), "quadrature")
