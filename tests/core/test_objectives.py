"""The ELBO against quadrature: it is a lower bound on log p(x), and its parts are what they say."""

import math

import pytest
import torch

from tests.core.conftest import SMALL, generator, pictures
from vae_core.gaussian import log_prior
from vae_core.marginal import importance_log_px, log_mean_exp, log_weights
from vae_core.models import VAE, build
from vae_core.objectives import beta_elbo, elbo


def log_px_by_quadrature(model: VAE, x: torch.Tensor) -> torch.Tensor:
    """log p(x) = log of the integral of p(x|z) p(z) over the plane, by a fine grid: [B, C, H, W] -> [B]."""
    side = torch.linspace(-8, 8, 401, dtype=torch.float64)
    z = torch.cartesian_prod(side, side)[:, None]  # [grid, 1, 2]
    log_joint = model.decode(z).log_prob(x) + log_prior(z)  # [grid, B]
    return torch.logsumexp(log_joint, 0) + 2 * math.log(side[1] - side[0])


@pytest.fixture
def plane_model() -> VAE:
    model = build(SMALL["mlp bernoulli"], generator(2)).double().eval().requires_grad_(False)
    model.decoder[-2].weight.mul_(3)  # a sharper likelihood, so that the posterior differs from the prior
    return model


def test_importance_sampling_finds_the_marginal_likelihood(plane_model):
    x = pictures(plane_model, 6)
    K = 40_000
    log_w = log_weights(plane_model, x, K, generator())
    w = torch.exp(log_w - log_w.max(0).values)
    relative_error = w.std(0) / w.mean(0) / math.sqrt(K)
    assert (relative_error < 0.05).all()
    assert ((log_mean_exp(log_w) - log_px_by_quadrature(plane_model, x)).abs() < 5 * relative_error).all()


def test_elbo_lies_below_the_marginal_likelihood_by_the_posterior_gap(plane_model):
    """log p(x) - ELBO = KL(q || p(z|x)), here by the same samples of log w: E_q log w is the ELBO."""
    x = pictures(plane_model, 6)
    K = 40_000
    log_w = log_weights(plane_model, x, K, generator())
    bound = elbo(plane_model, x, generator(1), K=K)
    standard_error = log_w.std(0) / math.sqrt(K)
    assert ((bound.elbo - log_w.mean(0)).abs() < 7 * standard_error).all()
    assert (bound.elbo < log_px_by_quadrature(plane_model, x)).all()


def test_more_samples_tighten_the_bound(plane_model):
    """E log of a K-sample mean grows with K towards log p(x) (Burda et al. 2016, theorem 1)."""
    x = pictures(plane_model, 1).expand(4000, 1, 4, 4)
    bounds = [importance_log_px(plane_model, x, K, generator()).mean() for K in (1, 4, 16)]
    truth = log_px_by_quadrature(plane_model, x[:1])[0]
    assert bounds[0] < bounds[1] < bounds[2] < truth


def test_importance_sampling_in_chunks_is_one_sampling(plane_model):
    """Chunks only bound the memory: with one chunk for each sample the estimate has the same law."""
    x = pictures(plane_model, 1)
    large = x.expand(130_000, 1, 4, 4)  # so many pictures that a chunk holds a single sample
    torch.testing.assert_close(
        importance_log_px(plane_model, large, 3, generator()).mean(),
        importance_log_px(plane_model, x.expand(2000, 1, 4, 4), 3, generator(1)).mean(),
        rtol=0.01,
        atol=0.02,
    )


def test_the_parts_add_up_for_every_kind_of_model(model):
    x = pictures(model, 7)
    terms = elbo(model, x, generator(), K=2)
    torch.testing.assert_close(terms.elbo, -(terms.rate + terms.distortion))
    torch.testing.assert_close(terms.rate, model.encode(x).kl())


def test_a_training_step_sees_the_same_bound(model):
    x = pictures(model, 7)
    torch.testing.assert_close(beta_elbo(model, x, generator()).value, elbo(model, x, generator()).elbo)


def test_the_optimal_sigma_of_a_batch_maximises_its_bound():
    config = SMALL["mlp gaussian"].__class__(image_shape=(1, 4, 4), sigma="optimal")
    model = build(config, generator()).double().eval()
    x = pictures(model, 9)
    best = beta_elbo(model, x, generator()).value.mean()
    with torch.no_grad():
        chosen = model.log_sigma.clone()
        for shift in (-0.05, 0.05):
            model.log_sigma.copy_(chosen + shift)
            assert elbo(model, x, generator()).elbo.mean() < best
        model.log_sigma.copy_(chosen)
        torch.testing.assert_close(elbo(model, x, generator()).elbo.mean(), best)


def test_log_mean_exp_survives_where_the_weights_underflow():
    log_w = torch.tensor([-1000.0, -1000.0 + math.log(3)]).double()
    assert log_mean_exp(log_w).item() == pytest.approx(-1000 + math.log(2))
    assert log_mean_exp(torch.full((5,), -750.0)).item() == -750
