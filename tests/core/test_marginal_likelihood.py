"""Estimates of log p(x) against the linear-Gaussian model: values, coverage of their errors, bounds, tails."""

import itertools
import math

import pytest
import torch

from tests.core.conftest import SMALL, generator, pictures
from tests.core.test_linear_gaussian import orthonormal_model, random_model
from tests.core.test_quadrature import turned_model
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.estimators.marginal_likelihood import (
    importance_log_px,
    log_marginal,
    log_weights,
    prior_log_weights,
)
from vae_core.estimators.metrics import evaluate
from vae_core.estimators.pareto import pareto_khat
from vae_core.models.linear_gaussian import LinearGaussian
from vae_core.models.vae import build


class Scaled:
    """A linear model whose encoder's standard deviations are off by a factor."""

    def __init__(self, model: LinearGaussian, factor: float) -> None:
        self.model, self.factor = model, factor
        self.latent_dim, self.event_shape = model.latent_dim, model.event_shape
        self.decode, self.prior = model.decode, model.prior

    def encode(self, x: torch.Tensor) -> DiagonalNormal:
        q = self.model.encode(x)
        return DiagonalNormal(q.mu, q.logvar + 2 * math.log(self.factor))


def one_x(model: LinearGaussian, seed: int = 0) -> torch.Tensor:
    return model.sample(1, generator(seed))[1]


@pytest.mark.parametrize("method", ["quadrature", "importance", "prior"])
def test_a_record_has_one_number_an_example(method):
    model = turned_model(0.5, 0.6, 0.4)
    _, x = model.sample(3, generator())
    found = log_marginal(model, x, method=method, samples=20_000, generator=generator(1))
    assert found.method == method
    assert ((found.log_px - model.log_prob(x)).abs() < 4 * found.stderr + 1e-8).all()
    assert found.log_px.shape == found.stderr.shape == (3,)
    sampled = method != "quadrature"
    assert (found.samples == 20_000) if sampled else (found.samples, found.ess, found.khat) == (None, None, None)
    assert not sampled or ((found.ess > 1) & (found.ess <= 20_000) & (found.khat < 0.7)).all()


@pytest.mark.parametrize("method", ["importance", "prior"])
def test_the_standard_error_covers_the_truth_as_often_as_it_says(method):
    """Over 400 seeds: shares of 0.683 and 0.954 have standard errors of 0.023 and 0.010, and log bends a little."""
    model = Scaled(turned_model(0.7, 0.6, 0.4), 1.2)
    x = one_x(model.model)
    truth, K = model.model.log_prob(x), 400
    found = [log_marginal(model, x, method, K, generator(seed)) for seed in range(400)]
    off = torch.cat([(each.log_px - truth) / each.stderr for each in found])
    one, two = (off.abs() < 1).double().mean(), (off.abs() < 2).double().mean()
    print(f"{method}: {one:.3f} within one standard error, {two:.3f} within two")
    assert abs(one - 0.683) < 0.07
    assert abs(two - 0.954) < 0.035


def test_stderr_and_ess_are_those_of_the_weights():
    model = turned_model(0.5, 0.6, 0.4)
    x, K = one_x(model), 500
    w = (prior_log_weights(model, x, K, generator())[1] - model.log_prob(x)).exp()
    found = log_marginal(model, x, "prior", K, generator())
    torch.testing.assert_close(found.stderr, w.std(0) / w.mean(0) / K**0.5)
    torch.testing.assert_close(found.ess, w.sum(0) ** 2 / w.square().sum(0))
    torch.testing.assert_close(found.log_px, w.mean(0).log() + model.log_prob(x))


def test_the_prior_s_relative_variance_is_the_cost():
    """n Var(p-hat) / p(x)^2 = R - 1, with R in closed form."""
    model = orthonormal_model(2, 0.6)
    x, K = one_x(model), 400_000
    w = (prior_log_weights(model, x, K, generator())[1] - model.log_prob(x)).exp()
    assert w.mean().item() == pytest.approx(1, abs=5 * (w.std() / K**0.5).item())
    assert w.var().item() == pytest.approx(model.log_cost(x).exp().item() - 1, rel=0.03)


def test_the_bounds_are_ordered_and_close_like_the_weights_variance():
    """K (log p - E IWAE_K) -> (R_q - 1) / 2, where R_q = E_q[w^2] / p(x)^2 = |A| / sqrt(|B| |2A - B|).

    A and B are the precisions of the posterior and of q.
    """
    model = turned_model(0.5, 0.7, 0.6)
    x, repeats = one_x(model), 20_000
    A, B = torch.linalg.inv(model.posterior(x)[1]), torch.diag(torch.exp(-model.encode(x).logvar[0]))
    R = A.det() / (B.det() * (2 * A - B).det()).sqrt()
    log_w = log_weights(model, x, 128 * repeats, generator())[:, 0] - model.log_prob(x)
    gaps = []
    for K in (1, 4, 16, 64, 128):
        bound = log_w[: K * repeats].reshape(K, repeats).logsumexp(0) - math.log(K)
        w = log_w[: K * repeats].exp().reshape(K, repeats).mean(0)
        controlled = bound - (w - 1)  # w has the mean 1: the same expectation, far less noise
        gaps.append((-controlled.mean().item(), controlled.std().item() / repeats**0.5))
    assert all(looser[0] > tighter[0] + 2 * looser[1] for looser, tighter in itertools.pairwise(gaps))
    assert gaps[-1][0] > 0
    gap, error = (K * part for part in gaps[-1])
    assert R > 1.05
    assert gap == pytest.approx((R.item() - 1) / 2, abs=4 * error + 0.05 * (R.item() - 1))


@pytest.mark.parametrize("factor", [0.5, 0.7, 0.9])
def test_pareto_k_of_an_overconfident_q(factor):
    """k = 1 - (sd of q / sd of the posterior)^2; the fit to the tail of finitely many weights lies within 0.1."""
    model = Scaled(orthonormal_model(1, 0.5), factor)
    x = one_x(model.model)
    khat = pareto_khat(log_weights(model, x, 100_000, generator()))
    assert khat.item() == pytest.approx(1 - factor**2, abs=0.1)


def test_pareto_k_is_a_number_whatever_the_weights():
    weights = {
        "alike": torch.zeros(100),
        "rounding": 1e-14 * torch.randn(100, generator=generator()).double(),
        "one holds all": torch.cat((-5000 - 10 * torch.arange(99.0), torch.zeros(1))),
        "far apart": 5000 * torch.randn(1000, generator=generator()),
        "ties": torch.cat((torch.zeros(10), -torch.ones(90))),
    }
    k = {name: pareto_khat(log_w[:, None]).item() for name, log_w in weights.items()}
    assert all(map(math.isfinite, k.values()))
    assert k["alike"] == k["rounding"] == k["ties"] == 0
    assert k["one holds all"] > 50
    assert k["far apart"] > 500
    assert pareto_khat(torch.zeros(24, 2)) is None


def test_a_power_of_the_weights_has_that_multiple_of_k():
    """So weights that exp cannot span are fitted to a power; the fit is drawn a little towards a half."""
    log_w = -torch.rand((20_000, 1), generator=generator()).double().log()  # w has the index 1
    one, far = pareto_khat(log_w).item(), pareto_khat(400 * log_w).item()
    assert one == pytest.approx(1, abs=0.15)
    assert far == pytest.approx(400, rel=0.25)


@pytest.mark.parametrize("method", ["importance", "prior"])
@pytest.mark.parametrize("K", [1, 2, 30])
def test_weights_that_underflow_give_numbers(method, K):
    model = random_model(3, 50, 0.001)
    found = log_marginal(model, one_x(model), method, K, generator())
    assert found.log_px.isfinite().all()
    assert (found.stderr is None) == (K == 1)
    assert K == 1 or found.stderr.isfinite().all()
    assert 1 - 1e-9 <= found.ess.item() <= K + 1e-9
    assert (found.khat is None) == (K < 25)


def test_importance_sampling_of_a_network_finds_its_quadrature():
    model = build(SMALL["mlp bernoulli"], generator(2)).double().eval().requires_grad_(False)
    x = pictures(model, 6)
    exact = log_marginal(model, x, "quadrature")
    for method in ("importance", "prior"):
        found = log_marginal(model, x, method, 20_000, generator())
        assert ((found.log_px - exact.log_px).abs() < 4 * found.stderr + exact.stderr).all()


def test_the_same_generator_gives_the_same_estimate():
    model = random_model(2, 4, 0.5)
    x = one_x(model)
    for method in ("importance", "prior"):
        first, again, other = (log_marginal(model, x, method, 50, generator(seed)).log_px for seed in (3, 3, 4))
        assert first == again != other


def test_examples_in_parts_are_the_same_estimator():
    model = random_model(2, 4, 0.5)
    _, x = model.sample(5, generator())
    found = log_marginal(model, x, "importance", 1000, generator(), chunk=2000)  # two examples at a time
    assert ((found.log_px - model.log_prob(x)).abs() < 5 * found.stderr).all()
    assert found.khat.shape == (5,)


@pytest.mark.parametrize("method", ["importance", "prior", "quadrature"])
def test_a_mistake_is_one_sentence(method):
    model = build(SMALL["mlp bernoulli"], generator())
    with pytest.raises(ValueError, match="grey values under a Bernoulli"):
        log_marginal(model, torch.full((1, 1, 4, 4), 0.5), method, 10, generator())
    with pytest.raises(ValueError, match="not finite numbers"):
        log_marginal(model, torch.full((1, 1, 4, 4), math.inf), method, 10, generator())
    if method != "quadrature":
        with pytest.raises(ValueError, match="samples is 0, expected at least 1"):
            log_marginal(model, torch.zeros(1, 1, 4, 4), method, 0, generator())


def test_an_unknown_method_and_too_many_dimensions():
    model = build(SMALL["mlp gaussian"], generator())
    with pytest.raises(ValueError, match="method is 'exact', expected"):
        log_marginal(model, torch.zeros(1, 1, 4, 4), "exact")
    with pytest.raises(ValueError, match="this model has 3 latent dimensions"):
        log_marginal(model, torch.zeros(1, 1, 4, 4), "quadrature")


@pytest.mark.parametrize(("estimator", "samples"), [("importance", 30), ("importance", 1000), ("prior", 1000)])
def test_the_mean_over_images_lies_within_its_own_error_of_the_truth(estimator, samples):
    """Over 20 seeds: within 3 standard errors each time, and not because the error is generous."""
    model = build(SMALL["mlp bernoulli"], generator(2)).eval().requires_grad_(False)
    model.decoder[-2].weight.mul_(2)
    x = pictures(model, 40).float()
    exact = evaluate(model, x, "quadrature", None, generator()).log_px
    found = [evaluate(model, x, estimator, samples, generator(seed)) for seed in range(20)]
    off = [(each.log_px - exact) / each.mc_stderr for each in found]
    assert max(map(abs, off)) < 3.5
    assert max(map(abs, off)) > 0.3


def test_log_weights_and_the_k_sample_bound_agree():
    model = random_model(2, 4, 0.5)
    x = one_x(model)
    log_w = log_weights(model, x, 7, generator())
    torch.testing.assert_close(importance_log_px(model, x, 7, generator()), log_w.exp().mean(0).log())
