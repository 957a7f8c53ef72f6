"""The best diagonal q: the closed-form gap of the linear-Gaussian model, and an ELBO that never falls."""

import math

import pytest
import torch

from tests.core.conftest import generator, pictures
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.estimators.local_posterior import balanced_normal, elbo_of, refine, scaled
from vae_core.estimators.marginal_likelihood import encoder_log_weights
from vae_core.models.linear_gaussian import LinearGaussian


def linear(columns: int = 3, seed: int = 0) -> LinearGaussian:
    W = torch.randn((6, columns), generator=generator(seed), dtype=torch.float64)
    return LinearGaussian(W, torch.ones(6, dtype=torch.float64), 0.5)


def at_the_prior(x: torch.Tensor, D: int) -> DiagonalNormal:
    return DiagonalNormal(torch.zeros(len(x), D).to(x), torch.zeros(len(x), D).to(x))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_refined_q_reaches_the_closed_form_gap(seed):
    """log p(x) - ELBO = (sum of log M_jj - log det M) / 2 for the best diagonal q, from a start at the prior."""
    model = linear(seed=seed)
    x = model.sample(5, generator(seed))[1]
    *_, last = refine(model, x, 200, generator(), start=at_the_prior(x, 3))
    torch.testing.assert_close(model.log_prob(x) - last.elbo, torch.full((5,), model.gap()).double(), atol=1e-6, rtol=0)
    best = model.encode(x)
    torch.testing.assert_close(last.q.mu, best.mu, atol=1e-3, rtol=0)
    torch.testing.assert_close(last.q.logvar, best.logvar, atol=1e-3, rtol=0)


def test_orthogonal_columns_leave_no_gap():
    W = torch.linalg.qr(linear().W).Q * torch.tensor([3.0, 1.0, 0.2]).double()
    model = LinearGaussian(W, torch.zeros(6).double(), 0.5)
    x = model.sample(4, generator())[1]
    *_, last = refine(model, x, 60, generator(), start=at_the_prior(x, 3))
    torch.testing.assert_close(last.elbo, model.log_prob(x), atol=1e-9, rtol=0)


def test_no_elbo_ever_falls_and_refining_helps(model):
    x = pictures(model, 6)
    path = [step.elbo for step in refine(model, x, 25, generator())]
    assert len(path) == 26
    assert (torch.stack(path).diff(dim=0) >= 0).all()
    assert (path[-1] > path[0]).all()


def test_it_helps_on_fresh_draws_as_well(model):
    x = pictures(model, 2)
    first, *_, last = refine(model, x, 20, generator(), samples=512)
    before, _ = elbo_of(model, x, first.q, 4000, generator(1))
    after, error = elbo_of(model, x, last.q, 4000, generator(1))
    assert (after > before - 3 * error).all()
    assert ((after - last.elbo).abs() < 0.02 + 5 * error).all()


def test_it_starts_at_the_encoder_and_repeats_itself(model):
    x = pictures(model, 2)
    first, second = (list(refine(model, x, 3, generator(5))) for _ in range(2))
    torch.testing.assert_close(first[0].q.mu, model.encode(x).mu, rtol=0, atol=0)
    assert [step.step for step in first] == [0, 1, 2, 3]
    for one, other in zip(first, second, strict=True):
        torch.testing.assert_close(one.elbo, other.elbo, rtol=0, atol=0)


def test_balanced_draws_have_the_moments_of_the_normal_exactly():
    eps = balanced_normal(20, 5, generator(), torch.float64)
    torch.testing.assert_close(eps.mean(0), torch.zeros(5).double(), atol=1e-12, rtol=0)
    torch.testing.assert_close(eps.T @ eps / 20, torch.eye(5).double(), atol=1e-12, rtol=0)


def test_weights_of_any_q_average_to_the_marginal_likelihood():
    model = linear()
    x = model.sample(3, generator(2))[1]
    _, log_w = encoder_log_weights(model, x, 40_000, generator(), q=scaled(model.encode(x), 1.5))
    w = torch.exp(log_w - model.log_prob(x))
    assert ((w.mean(0) - 1).abs() < 5 * w.std(0) / math.sqrt(len(w))).all()


def test_the_elbo_of_any_q_is_within_its_error():
    model = linear()
    x = model.sample(3, generator(2))[1]
    bound, error = elbo_of(model, x, model.encode(x), 50_000, generator())
    assert ((model.log_prob(x) - bound - model.gap()).abs() < 5 * error).all()


def test_a_scale_moves_the_standard_deviation_alone():
    q = linear().encode(torch.zeros(1, 6).double())
    torch.testing.assert_close(scaled(q, 0.2).std, 0.2 * q.std)
    torch.testing.assert_close(scaled(q, 0.2).mu, q.mu)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, x: list(refine(m, x, -1, generator())), "at least 0"),
        (lambda m, x: list(refine(m, x, 1, generator(), samples=6)), "at least 8"),
        (lambda m, x: elbo_of(m, x, m.encode(x), 1, generator()), "at least 2"),
        (lambda m, x: scaled(m.encode(x), 0.0), "positive"),
    ],
)
def test_bad_numbers_are_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call(linear(), torch.zeros(1, 6).double())
