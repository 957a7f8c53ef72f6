"""The race against brute force: running estimates, the coverage of their bands, how often a race arrives."""

import math
from functools import partial

import pytest
import torch

from tests.core.conftest import generator
from tests.promise_cases import few
from vae_core.estimators.marginal_likelihood import prior_log_weights
from vae_core.estimators.running_estimate import milestones, running, success
from vae_core.models.linear_gaussian import LinearGaussian

# P(estimate >= half the truth) at n = exp(KL + t), t = -3, 0, 3 (SCIENCE.md, section 2), by latent dimension.
PUBLISHED = {2: (0.07, 0.50, 0.98), 5: (0.10, 0.43, 0.94), 10: (0.13, 0.43, 0.87), 20: (0.14, 0.55, 0.85)}


def orthonormal(d: int, sigma: float, seed: int = 0) -> LinearGaussian:
    """The linear-Gaussian model whose W has orthonormal columns, P = d + 3, float64."""
    W = torch.linalg.qr(torch.randn((d + 3, d), generator=generator(seed), dtype=torch.float64)).Q
    return LinearGaussian(W, torch.zeros(d + 3, dtype=torch.float64), sigma)


@pytest.mark.parametrize("offset", [0.0, -750.0, 300.0])
def test_every_number_of_a_race_is_that_of_its_first_weights(offset):
    log_w = 2 * torch.randn(400, generator=generator(), dtype=torch.float64)
    race = running(log_w + offset)
    assert race.n[:50].tolist() == list(range(1, 51))
    assert race.n[-1] == 400
    for i, n in enumerate(race.n.tolist()):
        w = log_w[:n].exp()
        assert race.log_px[i].item() == pytest.approx(w.mean().log().item() + offset, abs=1e-9)
        assert race.ess[i].item() == pytest.approx((w.sum() ** 2 / w.square().sum()).item(), rel=1e-9)
        assert race.largest_share[i].item() == pytest.approx((w.max() / w.sum()).item(), rel=1e-9)
        if n > 1:
            error = (w.std() / math.sqrt(n)).item()
            assert race.stderr[i].item() == pytest.approx(error / w.mean().item(), rel=1e-8)
            assert race.low[i].item() == pytest.approx(math.log(w.mean().item() - error) + offset, abs=1e-6)
            assert race.high[i].item() == pytest.approx(math.log(w.mean().item() + error) + offset, abs=1e-9)


def test_one_sample_has_no_band_and_equal_weights_have_none_to_speak_of():
    one = running(torch.tensor([-3.0]))
    assert (one.n.tolist(), one.log_px.tolist()) == ([1], [-3.0])
    assert (one.stderr.item(), one.low.item(), one.high.item()) == (math.inf, -math.inf, math.inf)
    equal = running(torch.full((1000,), -700.0))
    assert equal.stderr[1:].max() < 1e-7
    torch.testing.assert_close(equal.ess, equal.n.double())


def test_one_weight_that_holds_all_is_said_and_gives_no_numbers_that_are_not():
    log_w = torch.full((60,), -2000.0)
    log_w[0] = 0
    race = running(log_w)
    assert race.ess[-1] == 1
    assert race.largest_share[-1] == 1
    assert not torch.stack((race.log_px, race.low, race.high, race.stderr)).isnan().any()


def test_the_milestones_are_few_and_end_at_the_last_sample():
    assert milestones(7).tolist() == [1, 2, 3, 4, 5, 6, 7]
    n = milestones(100_000)
    assert n[-1] == 100_000
    assert len(n) <= 251
    assert (n.diff() > 0).all()


@pytest.mark.parametrize(
    ("log_w", "words"),
    [(torch.zeros(0), "at least one"), (torch.zeros(2, 2), r"\[K\]"), (torch.tensor([math.nan]), "finite")],
)
def test_weights_that_are_none_are_refused(log_w, words):
    with pytest.raises(ValueError, match=words):
        running(log_w)


def test_the_band_covers_the_truth_as_often_as_one_standard_error_should():
    """Over 400 races in two dimensions: within one band in about 68 % of them, within two in about 95 %."""
    model = orthonormal(2, 0.5)
    x = model.sample(1, generator(3))[1]
    races, n = 400, 2000
    log_w = prior_log_weights(model, x, races * n, generator(4))[1].reshape(races, n)
    ends = [running(row) for row in log_w]
    truth = model.log_prob(x).item()
    inside = torch.tensor([(race.low[-1] <= truth <= race.high[-1]).item() for race in ends]).double().mean().item()
    twice = torch.tensor([abs(race.log_px[-1].item() - truth) <= 2 * race.stderr[-1].item() for race in ends])
    assert inside == pytest.approx(0.683, abs=4 * math.sqrt(0.683 * 0.317 / races))
    assert twice.double().mean().item() == pytest.approx(0.954, abs=4 * math.sqrt(0.954 * 0.046 / races))


def test_success_counts_races_and_does_not_depend_on_how_they_are_cut():
    """With weights 0 or 2, each with probability a half, the mean of n misses half the truth rarely and exactly."""

    def draw(K: int, g: torch.Generator) -> torch.Tensor:
        return torch.where(torch.rand(K, generator=g) < 0.5, -math.inf, math.log(2))

    exact = [1 / 2, 3 / 4, 1 - (1 + 10 + 45) / 1024]  # the mean of 10 is below a half with fewer than 3 twos
    for chunk in (1_000_000, 64):
        found = success(draw, 0.0, [10, 1, 2], 4000, generator(), chunk=chunk)
        assert found.n.tolist() == [1, 2, 10]
        for share, stderr, truth in zip(found.share.tolist(), found.stderr.tolist(), exact, strict=True):
            assert stderr == pytest.approx(math.sqrt(share * (1 - share) / 4000), rel=1e-2)
            assert abs(share - truth) < 5 * math.sqrt(truth * (1 - truth) / 4000)


def test_success_refuses_races_of_no_samples():
    with pytest.raises(ValueError, match="at least 1"):
        success(lambda K, g: torch.zeros(K), 0.0, [0], 10, generator())


@pytest.mark.slow
@pytest.mark.parametrize("d", few(PUBLISHED, [2, 5, 10]))
def test_the_prior_needs_about_exp_kl_samples(d):
    """Chatterjee and Diaconis 2018, theorem 1.1: too few at exp(KL - 3), a toss-up at exp(KL), enough at exp(KL + 3).

    Over 40 x of the model whose KL is close to its mean, 6 nats by the choice of sigma. The published figures are
    shares of some hundred races, so their own error is about 0.05. `pytest -s` prints both.
    """
    model = orthonormal(d, 1 / math.sqrt(math.expm1(12 / d)))
    x = model.sample(400, generator())[1]
    shares = []
    for i in (model.kl_posterior_prior(x) - 6).abs().argsort()[:40].tolist():
        kl, log_px = model.kl_posterior_prior(x)[i].item(), model.log_prob(x)[i].item()
        n = [max(1, round(math.exp(kl + t))) for t in (-3, 0, 3)]
        shares.append(success(partial(from_prior, model, x[i : i + 1]), log_px, n, 8, generator(i)).share)
    mean, error = torch.stack(shares).mean(0), torch.stack(shares).std(0) / math.sqrt(len(shares))
    ours = "  ".join(f"{m:.2f} ± {e:.2f}" for m, e in zip(mean, error, strict=True))
    print(f"\nd = {d}, n = exp(KL - 3), exp(KL), exp(KL + 3): {ours}; published {PUBLISHED[d]}")
    assert ((mean - torch.tensor(PUBLISHED[d])).abs() < 3 * (error.square() + 0.05**2).sqrt()).all()


def from_prior(model: LinearGaussian, x: torch.Tensor, K: int, g: torch.Generator) -> torch.Tensor:
    return prior_log_weights(model, x, K, g)[1][:, 0]
