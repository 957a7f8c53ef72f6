"""The race of any length: its law against closed forms, and its shares against races that draw every sample."""

import math

import pytest

from tests.core.conftest import generator
from tests.core.test_running_estimate import from_prior, orthonormal
from vae_core.estimators.linear_gaussian_importance import (
    Proposal,
    _law,
    encoder_proposal,
    log_weight,
    prior_proposal,
    success_of,
)
from vae_core.estimators.running_estimate import success

PROPOSALS = {
    "prior, d = 2": prior_proposal(2, 0.5, 1.3),
    "prior, d = 50": prior_proposal(50, 0.05, 50.0),
    "prior, d = 1, at the mean": prior_proposal(1, 1.0, 0.0),
    "encoder": encoder_proposal(10, 0.7),
}


def test_the_prior_s_figures_are_those_of_the_model():
    model = orthonormal(6, 0.4)
    x = model.sample(1, generator(1))[1]
    proposal = prior_proposal(6, 0.4, model.posterior(x)[0].square().sum().item())
    assert proposal.kl == pytest.approx(model.kl_posterior_prior(x).item(), abs=1e-9)
    assert proposal.log_cost == pytest.approx(model.log_cost(x).item(), abs=1e-9)


def test_the_weights_of_the_prior_have_the_law_of_the_model_s_weights():
    """Their mean and variance of log w agree within sampling error."""
    model = orthonormal(3, 0.6)
    x = model.sample(1, generator(1))[1]
    proposal = prior_proposal(3, 0.6, model.posterior(x)[0].square().sum().item())
    ours = log_weight(proposal, 100_000, generator(2))
    theirs = from_prior(model, x, 100_000, generator(3)) - model.log_prob(x)
    assert abs(ours.mean() - theirs.mean()) < 5 * theirs.std() * math.sqrt(2 / 100_000)
    assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.03)
    assert abs(ours.exp().mean().item() - 1) < 5 * ours.exp().std().item() / math.sqrt(100_000)


@pytest.mark.parametrize("name", PROPOSALS)
def test_the_law_of_log_w_holds_all_mass_and_the_kl_as_its_mean(name):
    log_w, mass = _law(PROPOSALS[name])
    assert mass.sum().item() == pytest.approx(1, abs=1e-9)
    assert (mass * log_w).sum().item() == pytest.approx(PROPOSALS[name].kl, abs=0.06)  # intervals are 0.1 nats wide


@pytest.mark.parametrize("name", ["prior, d = 2", "encoder"])
def test_counting_samples_is_drawing_them(name, monkeypatch):
    """Shares by Poisson counts against shares by drawn samples, at the same n, within their errors."""
    proposal = PROPOSALS[name]
    log_n = [math.log(n) for n in (100, 300, 900)]
    monkeypatch.setattr("vae_core.estimators.linear_gaussian_importance.DRAWN", 0)
    counted = success_of(proposal, log_n, 2000, generator(1))
    drawn = success(lambda K, g: log_weight(proposal, K, g), 0.0, [100, 300, 900], 2000, generator(2))
    assert counted.n.tolist() == [100, 300, 900]
    # A Poisson number of samples differs from n by 1 / sqrt(n), which moves half the truth by as much.
    assert ((counted.share - drawn.share).abs() < 5 * (counted.stderr**2 + drawn.stderr**2).sqrt() + 0.02).all()


def test_the_step_is_at_zero_however_many_samples_that_is():
    """d = 50 and sigma = 0.05: the prior needs e^150 samples; far below it never arrives, far above always."""
    proposal = PROPOSALS["prior, d = 50"]
    assert proposal.kl > 140
    found = success_of(proposal, [proposal.kl + t for t in (-12, 0, 12)], 300, generator())
    assert (found.n.log() - proposal.kl).tolist() == pytest.approx([-12, 0, 12])
    assert found.share[0] < 0.05
    assert 0.2 < found.share[1] < 0.8
    assert found.share[2] > 0.95


def test_a_perfect_encoder_needs_one_sample():
    assert encoder_proposal(20, 0.0).kl == 0
    found = success_of(encoder_proposal(20, 0.0), [0.0, 3.0, 9.0], 50, generator())
    assert found.share.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("bad", [(0, 1.0, 0.0), (2, 0.5, 0.0), (2, math.inf, 0.0), (2, 1.0, math.nan)])
def test_what_is_no_proposal_is_refused(bad):
    with pytest.raises(ValueError, match="no proposal"):
        Proposal(*bad)
