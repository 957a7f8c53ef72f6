"""VampPrior: a density, the aggregate posterior where it may be, and what training gains by it."""

import math

import pytest
import torch

from tests.core.conftest import generator
from vae_core.config import ModelConfig, TrainConfig
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.distributions.posteriors import full_normal
from vae_core.distributions.priors import VampPrior
from vae_core.latent.aggregate_posterior import aggregate_log_prob, aggregate_on_lattice, surgery_on_lattice
from vae_core.models.vae import build
from vae_core.objectives import elbo
from vae_core.training.adam import Adam
from vae_core.training.gradients import gradient_of


def posteriors(n: int = 30) -> DiagonalNormal:
    mu, logvar = torch.randn((2, n, 2), generator=generator()).double()
    return DiagonalNormal(2 * mu, logvar - 1)


def test_it_is_the_aggregate_posterior_of_its_pictures():
    q, z = posteriors(), torch.randn((50, 2), generator=generator(1)).double()
    torch.testing.assert_close(VampPrior(q).log_prob(z), aggregate_log_prob(q, z))


def test_any_shape_of_points_and_any_posterior():
    q = full_normal(torch.randn((4, 5), generator=generator()).double(), 2)
    z = torch.randn((3, 7, 2), generator=generator(1)).double()
    found = VampPrior(q).log_prob(z)
    expected = torch.stack([q.log_prob(z[:, :, None])[..., m] for m in range(4)]).logsumexp(0) - math.log(4)
    torch.testing.assert_close(found, expected)


def test_samples_have_the_moments_of_the_mixture():
    q, n = posteriors(), 100_000
    z = VampPrior(q).sample(n, generator(1))
    mean = q.mu.mean(0)
    variance = (q.std.square() + (q.mu - mean).square()).mean(0)
    assert ((z.mean(0) - mean).abs() < 5 * (variance / n).sqrt()).all()
    torch.testing.assert_close(z.var(0), variance, rtol=0.03, atol=0)


def test_when_its_pictures_are_the_data_the_rate_is_the_mutual_information():
    """mean KL(q(z|x_n) || q(z)) = I(n; z): nothing is paid for the shape of the aggregate."""
    q, K = posteriors(), 5000
    z, log_q = q.draw(generator(2), K)
    rate = (log_q - VampPrior(q).log_prob(z)).mean(1)
    exact = surgery_on_lattice(q, aggregate_on_lattice(q)).mutual_information
    assert abs(rate.mean().item() - exact) < 5 * rate.std().item() / math.sqrt(K)


@pytest.mark.slow
def test_training_with_it_gains_on_data_of_clusters():
    """Six pictures: under N(0, I) codes in clusters pay for the holes between them, under this prior they do not."""
    centres = (torch.rand((6, 1, 4, 4), generator=generator(9)) > 0.5).float()
    rng = generator()
    bounds = {}
    for prior in ("normal", "vamp"):
        config = ModelConfig((1, 4, 4), hidden=(32,), likelihood="bernoulli", prior=prior)
        model = build(config, generator())
        train = TrainConfig(steps=700, lr=6e-3)
        gradient, optimizer = gradient_of(model, train), Adam(model.parameters(), train.lr)
        for step in range(1, train.steps + 1):
            x = centres[torch.randint(6, (100,), generator=rng)]
            gradient(x, rng, step)
            optimizer.step()
        with torch.inference_mode():
            bounds[prior] = elbo(model, centres, generator(5), 2000).elbo.mean().item()
    assert bounds["normal"] < bounds["vamp"] < -math.log(6) + 0.02  # no bound is above the entropy of the data
    assert bounds["vamp"] - bounds["normal"] > 0.02
