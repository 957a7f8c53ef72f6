"""Trained linear VAEs against reverse water-filling, which says what a beta-VAE's optimum is at a fixed sigma.

With theta = beta sigma^2 and the data's eigenvalues l: distortion = sum of min(l, theta), rate = half the sum of
log(l / theta) over l > theta, and exactly those dimensions are active. It holds for the data set itself, with the
eigenvalues of its own covariance. `pytest -s` prints the table.
"""

import math

import pytest
import torch
from torch import Tensor

from tests.core.conftest import generator
from vae_core.config import ModelConfig, TrainConfig
from vae_core.latent.aggregate_posterior import dimensions
from vae_core.models.linear_gaussian import LinearGaussian
from vae_core.models.vae import VAE, build
from vae_core.training.adam import Adam
from vae_core.training.gradients import gradient_of

BETAS = (0.5, 1.0, 2.0, 4.0)
VARIANCE = 0.1  # sigma^2 of the trained models
P, D, N = 8, 6, 2000
TWO_DECIMALS = 0.005


@pytest.fixture
def one_thread():
    """These products are too small to share: two threads would wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def data() -> Tensor:
    """2,000 draws from a linear-Gaussian model with eigenvalues near 2.5, 0.9, 0.3, 0.15, 0.07 and 0.02 thrice."""
    axes = torch.linalg.qr(torch.randn((P, P), generator=generator(1))).Q[:, :5]
    noise = 0.02
    scales = (torch.tensor([2.5, 0.9, 0.3, 0.15, 0.07]) - noise).sqrt()
    return LinearGaussian(axes * scales, torch.full((P,), 0.3), math.sqrt(noise)).sample(N, generator(2))[1]


def water_filling(x: Tensor, theta: float) -> tuple[float, float, int]:
    """Rate, distortion and active units of the best linear VAE."""
    eigenvalues = torch.linalg.eigvalsh(torch.cov(x.double().T, correction=0))
    above = eigenvalues[eigenvalues > theta]
    return 0.5 * (above / theta).log().sum().item(), eigenvalues.clamp_max(theta).sum().item(), len(above)


def trained(x: Tensor, beta: float) -> VAE:
    """A linear VAE by Adam on minibatches, its step size falling to zero along a cosine."""
    model = build(ModelConfig((1, 1, P), D, hidden=(), sigma=math.sqrt(VARIANCE), mean="identity"), generator())
    train = TrainConfig(objective="beta", beta=beta, samples=2, steps=2000, batch_size=250, lr=0.1)
    gradient, optimizer, rng = gradient_of(model, train), Adam(model.parameters(), train.lr), generator(3)
    for step in range(1, train.steps + 1):
        optimizer.lr = train.lr * 0.5 * (1 + math.cos(math.pi * step / train.steps))
        batch = x[torch.randint(N, (train.batch_size,), generator=rng)]
        gradient(batch.view(-1, 1, 1, P), rng, step)
        optimizer.step()
    return model


@torch.inference_mode()
def measured(model: VAE, x: Tensor) -> tuple[float, float, int]:
    """Rate, distortion E ||x - f(z)||^2 and active units, with no sampling: E_q of a square is the mean's and trace."""
    q = model.encode(x.view(-1, 1, 1, P))
    squared_error = (x - model.decode(q.mu).mean.flatten(1)).square().sum(1)
    spread = q.std.square() @ model.decoder[0].weight.square().sum(0)
    found = dimensions(q)
    return found.rate.sum().item(), (squared_error + spread).mean().item(), int(found.active.sum())


@pytest.mark.slow
def test_trained_linear_vaes_reach_water_filling(one_thread):
    x = data()
    print(f"\n{'beta':>5} {'rate':>8} {'theory':>8} {'distortion':>11} {'theory':>8} {'active':>7} {'theory':>7}")
    for beta in BETAS:
        rate, distortion, active = measured(trained(x, beta), x)
        best_rate, least_distortion, count = water_filling(x, beta * VARIANCE)
        shown = f"{rate:8.4f} {best_rate:8.4f} {distortion:11.4f} {least_distortion:8.4f} {active:7} {count:7}"
        print(f"{beta:5} {shown}")
        assert rate == pytest.approx(best_rate, abs=TWO_DECIMALS)
        assert distortion == pytest.approx(least_distortion, abs=TWO_DECIMALS)
        assert active == count


def test_the_betas_of_the_test_differ_in_what_they_keep():
    x = data()
    assert [water_filling(x, beta * VARIANCE)[2] for beta in BETAS] == [5, 4, 3, 2]
