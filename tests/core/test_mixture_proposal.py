"""The proposal made for each x: closed forms at any dimension, quadrature, modes that the encoder misses."""

import dataclasses
import math

import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from tests.core.conftest import SMALL, generator, pictures
from tests.core.test_linear_gaussian import random_model
from vae_core.config import ModelConfig
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.distributions.priors import StandardNormal
from vae_core.distributions.student_mixture import StudentMixture
from vae_core.estimators import mixture_proposal
from vae_core.estimators.local_posterior import best_diagonal, best_full, refine
from vae_core.estimators.marginal_likelihood import log_marginal
from vae_core.estimators.metrics import evaluate
from vae_core.estimators.mixture_proposal import weigh_each
from vae_core.estimators.modes import find_modes
from vae_core.estimators.pareto import pareto_khat
from vae_core.models.linear_gaussian import IsotropicNormal, LinearGaussian
from vae_core.models.vae import VAE, build


class Folded:
    """x|z ~ N(|z|, sigma^2): every x has 2^D posterior modes of one mass, and the encoder knows one of them."""

    def __init__(self, dim: int, sigma: float) -> None:
        self.latent_dim, self.event_shape, self.sigma = dim, (dim,), sigma

    def encode(self, x: torch.Tensor) -> DiagonalNormal:
        return DiagonalNormal(x, torch.full_like(x, 2 * math.log(self.sigma)))

    def decode(self, z: torch.Tensor) -> IsotropicNormal:
        return IsotropicNormal(z.abs(), self.sigma)

    def prior(self) -> StandardNormal:
        return StandardNormal(self.latent_dim, torch.float64, torch.device("cpu"))

    def log_prob(self, x: torch.Tensor) -> torch.Tensor:
        """Twice the normal's in each dimension, for x so far above 0 that the fold's other side has no mass there."""
        return (torch.distributions.Normal(0, math.hypot(1, self.sigma)).log_prob(x.double()) + math.log(2)).sum(-1)


@pytest.mark.parametrize("dim", [1, 2, 5, 10, 20, pytest.param(50, marks=pytest.mark.promise)])
def test_the_linear_model_s_log_px_is_met_within_the_stated_error(dim):
    """Over 60 images the share within 1.96 standard errors, 0.95, has a standard error of 0.028; over 24, of 0.044."""
    images = 60 if dim < 50 else 24
    model = random_model(dim, dim + 5, 0.3, dim)
    x = model.sample(images, generator(dim))[1]
    found = log_marginal(model, x, "mixture", 1000, generator(1))
    off = (found.log_px - model.log_prob(x)) / found.stderr
    assert (off.abs() < 1.96).double().mean() > 0.85
    assert off.abs().max() < 4.5
    assert (found.ess > 0.1 * 1000).all()
    assert not found.doubtful.any()
    assert found.modes.tolist() == [1] * images


def test_every_mode_is_found_and_counted_where_the_encoder_knows_one_of_eight():
    model = Folded(3, 0.1)
    x = torch.tensor([[1.0, 0.7, 1.5], [0.5, 0.9, 1.1]], dtype=torch.float64)
    found = log_marginal(model, x, "mixture", 5000, generator())
    assert found.modes.tolist() == [8, 8]
    assert ((found.log_px - model.log_prob(x)).abs() < 5 * found.stderr).all()
    encoder = log_marginal(model, x, "importance", 5000, generator())
    torch.testing.assert_close(
        model.log_prob(x) - encoder.log_px, torch.full((2,), math.log(8)).double(), atol=0.1, rtol=0
    )
    assert not encoder.doubtful.any()  # k-hat does not see what q never reaches
    for draws in weigh_each(model, x, 5000, generator()):
        torch.testing.assert_close(draws.shares, torch.full((8,), 1 / 8).double(), atol=0.02, rtol=0)
        assert draws.searches.sum() >= 60
        assert draws.modes.abs().std(0).max() < 0.01


def test_modes_that_one_search_found_tell_of_what_may_be_missed():
    model, x = Folded(6, 0.05), torch.full((1, 6), 1.0, dtype=torch.float64)  # 64 modes, 12 kept
    (draws,) = weigh_each(model, x, 2000, generator(), starts=8)
    assert draws.single > 0.5
    (well,) = weigh_each(Folded(1, 0.05), x[:, :1], 2000, generator())
    assert well.single == 0


@pytest.mark.parametrize("name", [name for name, config in SMALL.items() if config.latent_dim <= 2])
def test_small_models_agree_with_quadrature(name):
    model = build(SMALL[name], generator(3)).eval().requires_grad_(False)
    x = pictures(model, 20).float()
    exact, found = log_marginal(model, x, "quadrature"), log_marginal(model, x, "mixture", 2000, generator())
    off = (found.log_px - exact.log_px) / torch.hypot(found.stderr, exact.stderr)
    assert off.abs().max() < 4
    assert (off.abs() < 2).double().mean() >= 0.8


def test_divergences_are_those_of_the_closed_form():
    model = random_model(4, 7, 0.4, 5)
    x = model.sample(5, generator(1))[1]
    for one, draws in zip(x.split(1), weigh_each(model, x, 20_000, generator(2)), strict=True):
        kl, error = draws.kl_posterior_prior()
        assert abs(kl - model.kl_posterior_prior(one).item()) < 4.5 * error
        assert error < 0.05


def test_a_wide_mode_counts_by_its_mass_and_not_by_its_height():
    """Below 0 the decoder is eight times flatter: there the mode is 16 nats lower and holds ten nats more."""

    class Flat(Folded):
        def decode(self, z):
            return IsotropicNormal(torch.where(z[..., :1] > 0, z, -z / 8), self.sigma)

    D, sigma = 13, 0.01
    model, x = Flat(D, sigma), torch.full((1, D), 0.2, dtype=torch.float64)
    sides = [torch.distributions.Normal(0, math.hypot(slope, sigma)).log_prob(x.double()).sum() for slope in (1, 1 / 8)]
    found = log_marginal(model, x, "mixture", 5000, generator())
    assert sides[1] - sides[0] > 10
    assert found.log_px.item() == pytest.approx(
        torch.logsumexp(torch.stack(sides), 0).item(), abs=5 * found.stderr.item()
    )


def test_modes_that_are_too_many_to_be_kept_are_told():
    model, x = Folded(6, 0.05), torch.full((1, 6), 1.0, dtype=torch.float64)
    (draws,) = weigh_each(model, x, 500, generator(), starts=400)
    assert len(draws.modes) == 12
    assert draws.single > 0.4


def test_one_image_in_need_of_more_searches_leaves_the_others_as_they_are(monkeypatch):
    """A likelihood far narrower than any start: the attempts after the first replace that image's draws alone."""
    model = random_model(3, 5, 0.3, 1)
    x = model.sample(3, generator())[1]
    once = weigh_each(model, x, 200, generator(3))
    calls = []
    usual = mixture_proposal.effective_samples

    def poor(log_w: torch.Tensor) -> torch.Tensor:
        calls.append(log_w.shape[1])
        found = usual(log_w)
        return torch.where(torch.arange(len(found)) == 1, 0.0, found) if len(calls) == 1 else found

    monkeypatch.setattr(mixture_proposal, "effective_samples", poor)
    again = weigh_each(model, x, 200, generator(3))
    assert calls == [3, 1]
    for i in (0, 2):
        torch.testing.assert_close(again[i].z, once[i].z, rtol=0, atol=0)
    assert not torch.equal(again[1].z, once[1].z)
    assert again[1].log_px()[0] == pytest.approx(model.log_prob(x)[1].item(), abs=5 * again[1].log_px()[1])


def test_weights_that_are_no_numbers_are_doubtful():
    log_w = torch.zeros(100, 3)
    log_w[0, 0], log_w[0, 1], log_w[:, 2] = math.nan, math.inf, -math.inf
    assert pareto_khat(log_w).isnan().all()


def test_the_best_q_of_each_family_reaches_its_closed_form():
    model = random_model(4, 7, 0.4, 6)
    x = model.sample(1, generator(1))[1]
    (draws,) = weigh_each(model, x, 100, generator(2))
    diagonal = best_diagonal(model, x, draws, 100, generator())
    assert (model.log_prob(x) - diagonal.elbo).item() == pytest.approx(model.gap(), abs=1e-5)
    full, elbo = best_full(model, x, draws, 60, generator())
    mean, covariance = model.posterior(x)
    exact = MultivariateNormal(mean[0], covariance)
    assert kl_divergence(MultivariateNormal(full.mu[0], scale_tril=full.L[0]), exact).item() == pytest.approx(
        0, abs=1e-6
    )
    torch.testing.assert_close(elbo, model.log_prob(x), atol=1e-6, rtol=0)


def test_the_best_q_is_looked_for_at_every_mode():
    """The encoder's q sits on a mode of less mass; refining it alone never leaves it."""

    class Uneven(Folded):
        def decode(self, z):
            return IsotropicNormal(torch.where(z > 0, z, -0.5 * z), self.sigma)  # the mode below 0 is twice as wide

    model, x = Uneven(1, 0.05), torch.tensor([[0.5]], dtype=torch.float64)
    (draws,) = weigh_each(model, x, 2000, generator())
    best = best_diagonal(model, x, draws, 60, generator())
    *_, alone = refine(model, x, 60, generator())
    mass = {slope: torch.distributions.Normal(0, math.hypot(slope, 0.05)).log_prob(x).item() for slope in (1, 0.5)}
    assert alone.q.mu.item() == pytest.approx(0.5, abs=0.01)
    assert alone.elbo.item() == pytest.approx(mass[1], abs=1e-4)
    assert best.q.mu.item() == pytest.approx(-1.0, abs=0.02)
    assert best.elbo.item() == pytest.approx(mass[0.5], abs=1e-4)


@pytest.mark.parametrize("dim", [1, 3])
def test_the_student_mixture_has_the_density_of_its_draws(dim):
    """E_r[f / r] for a normal f is one, and the draws' mean and covariance are those of the mixture."""
    g = generator(3)
    mean = 2 * torch.randn(1, 2, dim, generator=g, dtype=torch.float64)
    L = (
        torch.linalg.cholesky(torch.eye(dim).double() + 0.3).expand(1, 2, dim, dim)
        * torch.tensor([0.5, 1.0]).double()[:, None, None]
    )
    mixture = StudentMixture(torch.tensor([[0.3, 0.7]]).double().log(), mean, L, degrees=8)
    z = mixture.sample(200_000, g)
    torch.testing.assert_close(
        z.mean(0), (torch.tensor([0.3, 0.7]).double()[:, None] * mean[0]).sum(0)[None], atol=0.02, rtol=0
    )
    target = MultivariateNormal(mean[0, 0], scale_tril=L[0, 0])
    ratio = (target.log_prob(z[:, 0]) - mixture.log_prob(z)[:, 0]).exp()
    assert ratio.mean().item() == pytest.approx(1, abs=5 * (ratio.std() / math.sqrt(len(ratio))).item())


def test_a_refit_moves_the_mixture_to_the_weights():
    target = MultivariateNormal(torch.tensor([1.0, -1.0]).double(), torch.tensor([[0.5, 0.3], [0.3, 0.4]]).double())
    mixture = StudentMixture(
        torch.zeros(1, 1).double(), torch.zeros(1, 1, 2).double(), torch.eye(2).double()[None, None], 3
    )

    def spread(mixture: StudentMixture) -> float:
        z = mixture.sample(20_000, generator(1))
        return (target.log_prob(z[:, 0]) - mixture.log_prob(z)[:, 0]).exp().var().item()

    before = spread(mixture)
    for seed in range(4):
        z = mixture.sample(4000, generator(seed))
        mixture = mixture.refit(z, target.log_prob(z) - mixture.log_prob(z))
    assert spread(mixture) < 0.2 < before


def test_the_same_generator_gives_the_same_numbers(model):
    x = pictures(model, 3)
    first, second = (log_marginal(model, x, "mixture", 200, generator(4)) for _ in range(2))
    torch.testing.assert_close(first.log_px, second.log_px, rtol=0, atol=0)


@pytest.mark.slow
def test_progress_is_told_and_may_stop_it():
    model = random_model(3, 5, 0.5, 0)
    x = model.sample(7, generator())[1]
    told: list[tuple[int, int]] = []
    log_marginal(model, x, "mixture", 300_000, generator(), progress=lambda *numbers: told.append(numbers))
    assert told == [(i, 7) for i in range(1, 8)]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log_marginal(model, x, "mixture", 100, generator(), progress=stop)


@pytest.mark.parametrize("sigma", [0.001, 10.0])
def test_extreme_noise_has_an_honest_answer(sigma):
    model = LinearGaussian(
        torch.randn(6, 3, generator=generator(), dtype=torch.float64), torch.zeros(6).double(), sigma
    )
    x = model.sample(5, generator(1))[1]
    found = log_marginal(model, x, "mixture", 1000, generator(2))
    assert ((found.log_px - model.log_prob(x)).abs() < 5 * found.stderr + 1e-6).all()
    assert (found.ess > 100).all()


@pytest.mark.slow
def test_a_posterior_that_is_the_prior_is_exact():
    """A decoder that does not look at z: p(x|z) is one number."""
    model = LinearGaussian(torch.zeros(4, 200).double(), torch.zeros(4).double(), 1.0)
    x = torch.ones(2, 4).double()
    found = log_marginal(model, x, "mixture", 500, generator())
    assert ((found.log_px - model.log_prob(x)).abs() < 5 * found.stderr + 1e-9).all()


def test_weights_that_give_no_number_are_a_sentence():
    model = build(SMALL["mlp bernoulli"], generator()).requires_grad_(False)
    model.decoder[-2].weight.fill_(math.inf)
    with pytest.raises(ValueError, match="not a finite number"):
        log_marginal(model, pictures(model, 2).float(), "mixture", 100, generator())


@pytest.mark.parametrize("call", [{"samples": 0}, {"samples": None}, {"samples": 10, "generator": None}])
def test_what_cannot_be_drawn_is_a_sentence(model, call):
    with pytest.raises(ValueError, match="expected"):
        log_marginal(model, pictures(model, 2), "mixture", **({"generator": generator()} | call))


def test_the_evaluation_says_what_was_found():
    model: VAE = build(ModelConfig((1, 4, 4), latent_dim=5, hidden=(8,)), generator()).requires_grad_(False)
    figures = evaluate(model, pictures(model, 4).float(), "mixture", 500, generator())
    assert figures.log_px > figures.elbo
    assert figures.khat_high == 0
    assert figures.modes >= 1
    assert dataclasses.asdict(figures)["single"] < 0.5


def test_modes_are_where_the_gradient_is_zero_and_the_highest_comes_first():
    model = Folded(2, 0.2)
    x = torch.tensor([[0.8, 1.2]], dtype=torch.float64)
    modes = find_modes(model, x, 32, generator())
    assert (modes.log_height[0].diff() <= 1e-9).all()
    peak = x / (1 + 0.2**2)
    torch.testing.assert_close(modes.z[0].abs(), peak.expand(4, 2), atol=1e-2, rtol=0)
    torch.testing.assert_close(modes.precision[0], ((1 + 1 / 0.04) * torch.eye(2).double()).expand(4, 2, 2))
