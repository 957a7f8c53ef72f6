"""The ELBO against quadrature: it is a lower bound on log p(x), and its parts are what they say."""

import dataclasses
import math

import pytest
import torch

from tests.core.conftest import SMALL, generator, pictures
from vae_core.config import TrainConfig
from vae_core.distributions.gaussian import log_prior
from vae_core.estimators.marginal_likelihood import importance_log_px, log_mean_exp, log_weights
from vae_core.models.vae import VAE, build
from vae_core.objectives import autoencoder, beta_elbo, elbo, free_bits, kl_weight
from vae_core.training.adam import Adam
from vae_core.training.gradients import gradient_of


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


def test_a_sampled_kl_has_the_exact_one_as_its_mean(model):
    x, n = pictures(model, 3), 4000
    many = x[:1].expand(n, *x.shape[1:])
    exact, sampled = (beta_elbo(model, many, generator(4), kl=kl).rate for kl in ("analytic", "sampled"))
    assert abs(sampled.mean() - exact.mean()) < 5 * sampled.std() / math.sqrt(n)
    assert sampled.std() > 100 * exact.std()
    torch.testing.assert_close(exact, model.encode(many).kl())


def test_beta_weighs_the_rate_alone(model):
    x = pictures(model, 5)
    found = beta_elbo(model, x, generator(), K=2, beta=3)
    torch.testing.assert_close(found.value, -found.distortion - 3 * found.rate)
    torch.testing.assert_close(found.rate_per_dimension.sum(), found.rate.mean())


def test_warm_up_rises_in_a_line_from_nothing_to_beta():
    train = TrainConfig(objective="beta", beta=2.0, warmup=4)
    assert [kl_weight(train, step) for step in range(1, 7)] == [0, 0.5, 1, 1.5, 2, 2]
    assert kl_weight(TrainConfig(), 1) == 1


def test_free_bits_pay_for_each_dimension_at_least_the_floor():
    model = build(SMALL["mlp bernoulli"], generator()).double()
    model.encoder[-1].bias.data[:2] = torch.tensor([2.0, 0.0])  # the first dimension says much, the second little
    x = pictures(model, 6)
    rates = model.encode(x).kl_per_dimension().mean(0).detach()
    assert rates[0] > 1 > rates[1]
    found = free_bits(model, x, generator(), floor=1.0)
    torch.testing.assert_close(found.value + found.distortion, -(rates[0] + 1).expand(6))
    torch.testing.assert_close(found.rate.mean(), rates.sum())
    none, elbo_value = free_bits(model, x, generator(), floor=0.0), beta_elbo(model, x, generator())
    torch.testing.assert_close(none.value.mean(), elbo_value.value.mean())


def test_a_dimension_below_the_floor_has_no_slope_from_its_rate():
    model = build(SMALL["mlp bernoulli"], generator()).double()
    model.encoder[-1].bias.data[:2] = torch.tensor([2.0, 0.0])
    x = pictures(model, 6)

    def slope(objective) -> torch.Tensor:
        model.zero_grad()
        (objective.value + objective.distortion).mean().backward()
        return model.encoder[-1].bias.grad[:2].clone()

    free, plain = slope(free_bits(model, x, generator(), floor=1.0)), slope(beta_elbo(model, x, generator()))
    assert free[0] == plain[0] != 0
    assert free[1] == 0 != plain[1]


def test_an_autoencoder_sees_the_mean_and_no_rate(model):
    x = pictures(model, 4)
    found = autoencoder(model, x)
    torch.testing.assert_close(found.value, model.decode(model.encode(x).mu).log_prob(x))
    torch.testing.assert_close(found.distortion, -found.value)


def test_the_optimal_sigma_is_the_root_mean_squared_error_of_all_samples():
    config = SMALL["mlp gaussian"].__class__(image_shape=(1, 4, 4), sigma="optimal")
    model = build(config, generator()).double().requires_grad_(False)
    x = pictures(model, 5)
    beta_elbo(model, x, generator(1), K=7)
    mean = model.decode(model.encode(x).rsample(generator(1), 7)).mean
    torch.testing.assert_close(model.log_sigma.exp(), (x - mean).square().mean().sqrt())


def test_the_slope_in_sigma_is_zero_at_the_optimal_sigma():
    """d/d log sigma of the Gaussian log-likelihood is the squared error / sigma^2 - P: a learned sigma rests there."""
    config = SMALL["mlp gaussian"].__class__(image_shape=(1, 4, 4), sigma="optimal")
    optimal = build(config, generator()).double()
    x = pictures(optimal, 5)
    beta_elbo(optimal, x, generator(1))
    learned = build(dataclasses.replace(config, sigma="learned"), generator()).double()
    learned.load_state_dict(optimal.state_dict())
    beta_elbo(learned, x, generator(1)).value.mean().backward()
    assert learned.log_sigma.grad.item() == pytest.approx(0, abs=1e-9)


CHOICES = [
    TrainConfig(objective="beta", beta=2.0, warmup=20),
    TrainConfig(samples=2, kl="sampled"),
    TrainConfig(objective="free-bits", free_bits=0.1),
    TrainConfig(objective="iwae", samples=4),
    TrainConfig(objective="dreg", samples=4),
    TrainConfig(objective="beta-tcvae", beta=3.0),
    TrainConfig(objective="autoencoder"),
]


@pytest.mark.parametrize("train", CHOICES, ids=lambda train: train.objective)
@pytest.mark.parametrize("name", ["mlp bernoulli", "mlp gaussian", "conv grey"])
def test_every_objective_descends(name, train):
    """Steps down the gradient that training takes lower the loss on the same pictures."""
    model = build(SMALL[name], generator()).double()
    x = pictures(model, 30)
    gradient, optimizer = gradient_of(model, train), Adam(model.parameters(), 5e-3)
    losses = []
    for step in range(1, 121):
        losses.append(gradient(x, generator(step), max(step, train.warmup + 1)).loss.item())
        optimizer.step()
    assert sum(losses[-20:]) < sum(losses[:20]) - 1
