"""IWAE and DReG in a model whose log p(x) is known: how the bound closes, and how the noise of its gradient falls."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from tests.core.conftest import generator, linear_vae, pictures
from vae_core.config import ModelConfig, TrainConfig
from vae_core.models.linear_gaussian import LinearGaussian
from vae_core.models.ppca import as_linear
from vae_core.models.vae import VAE, build
from vae_core.objectives import beta_elbo, dreg, iwae
from vae_core.training.gradients import autograd

WIDER = 1.6  # standard deviation of q over that of the posterior


def off_model(d: int = 2) -> tuple[VAE, LinearGaussian, Tensor]:
    """A linear model with orthogonal columns, whose q has the posterior's means and a standard deviation too large."""
    columns = torch.linalg.qr(torch.randn((6, d), generator=generator(4)).double()).Q
    linear = LinearGaussian(columns * torch.tensor([1.5, 0.8]).double()[:d], torch.full((6,), 0.2).double(), 0.5)
    model = linear_vae(linear)
    model.encoder[-1].bias.data[d:] += 2 * math.log(WIDER)
    return model, as_linear(model), linear.sample(1, generator(5))[1]


def bounds(model: VAE, x: Tensor, K: int, repeats: int) -> Tensor:
    """The K-sample bound of one x again and again, [repeats]."""
    return iwae(model, x.view(1, 1, 1, -1).expand(repeats, -1, -1, -1), generator(K), K).value.detach()


def test_the_bound_grows_with_k_towards_log_p():
    model, linear, x = off_model()
    truth = linear.log_prob(x).item()
    found = [bounds(model, x, K, 40_000 // K) for K in (1, 2, 5, 50)]
    for low, high in itertools.pairwise(found):
        error = math.hypot(low.std() / len(low) ** 0.5, high.std() / len(high) ** 0.5)
        assert high.mean() - low.mean() > 3 * error
    assert 0 < truth - found[-1].mean() < 0.02


def test_what_is_missing_is_half_the_variance_of_the_weights_over_k():
    """K (log p - E IWAE_K) -> (R - 1) / 2, and R = s^2 / sqrt(2 s^2 - 1) a dimension for q = N(0, s^2), p = N(0, 1).

    The mean weight over p has mean 1, so it may be added to its logarithm, which takes most of the noise away.
    """
    model, linear, x = off_model()
    R = (WIDER**2 / math.sqrt(2 * WIDER**2 - 1)) ** 2
    K, n = 100, 20_000
    ratio = (bounds(model, x, K, n) - linear.log_prob(x)).exp()
    assert abs(ratio.mean() - 1) < 5 * ratio.std() / math.sqrt(n)
    missing = K * (ratio - 1 - ratio.log())
    assert missing.mean().item() == pytest.approx((R - 1) / 2, rel=0.04)
    assert missing.std() / math.sqrt(n) < 0.02 * (R - 1) / 2


def test_the_exact_posterior_needs_one_sample():
    model, linear, x = off_model()
    model.encoder[-1].bias.data[2:] -= 2 * math.log(WIDER)
    for objective in (iwae, dreg):
        value = objective(model, x.view(1, 1, 1, -1), generator(), 3).value
        torch.testing.assert_close(value, linear.log_prob(x), rtol=0, atol=1e-5)  # the encoder's weights are float32


def test_one_sample_is_the_elbo(model):
    x = pictures(model, 5)
    sampled = beta_elbo(model, x, generator(), kl="sampled")
    torch.testing.assert_close(iwae(model, x, generator(), 1).value, sampled.value)


def gradients(objective: str, K: int, repeats: int) -> tuple[Tensor, Tensor]:
    """Gradients of minus the bound of one x in the encoder's biases, [repeats, 4], and in one weight of the decoder."""
    model, _, x = off_model()
    q = model.encode(x.view(1, 1, 1, -1))
    x = x.view(1, 1, 1, -1).expand(repeats, -1, -1, -1)
    numbers = torch.cat((q.mu, q.logvar), -1).detach().expand(repeats, -1).clone().requires_grad_()
    model.encoder = torch.nn.Module()
    model.encoder.forward = lambda _: numbers  # each repeat has numbers of its own, and so a gradient of its own
    decoder = model.decoder[0].weight
    value = {"iwae": iwae, "dreg": dreg}[objective](model, x, generator(K), K).value
    to_encoder, to_decoder = torch.autograd.grad(-value.sum(), (numbers, decoder))
    return to_encoder, to_decoder / repeats


@pytest.mark.parametrize("K", [1, 2, 8])
def test_dreg_has_the_gradient_of_iwae_in_expectation(K):
    n = 100_000
    plain, decoder = gradients("iwae", K, n)
    doubly, same_decoder = gradients("dreg", K, n)
    torch.testing.assert_close(same_decoder, decoder)
    difference = (plain - doubly).double()  # from the same draws
    assert (difference.mean(0).abs() < 5 * difference.std(0) / math.sqrt(n)).all()
    assert (plain.mean(0)[2:].abs() > 20 * plain.std(0)[2:] / math.sqrt(n)).all()  # there is something to agree on


def test_the_signal_of_dreg_grows_with_k_where_that_of_iwae_falls():
    """Signal to noise goes like sqrt(K) and like 1 / sqrt(K) (Rainforth et al. 2018, theorem 1; Tucker et al. 2019)."""

    def signal_to_noise(objective: str, K: int) -> float:
        slopes = gradients(objective, K, 400_000 // K)[0][:, 2:]
        return (slopes.mean(0).abs() / slopes.std(0)).mean().item()

    assert signal_to_noise("dreg", 320) / signal_to_noise("dreg", 20) == pytest.approx(4, rel=0.1)
    assert signal_to_noise("iwae", 32) / signal_to_noise("iwae", 2) < 0.5


@pytest.mark.parametrize("posterior", ["full", "flow"])
def test_dreg_and_iwae_agree_for_other_posteriors(posterior):
    config = ModelConfig((1, 4, 4), hidden=(6,), likelihood="bernoulli", posterior=posterior)
    found = []
    for objective in ("iwae", "dreg"):
        model = build(config, generator()).double()
        x = pictures(model, 1).expand(20_000, -1, -1, -1)
        terms = autograd(model, TrainConfig(objective=objective, samples=3))(x, generator(1), 1)
        found.append((terms.loss, model.encoder[-1].bias.grad, model.decoder[0].weight.grad))
    torch.testing.assert_close(found[0][0], found[1][0])
    torch.testing.assert_close(found[0][2], found[1][2])
    torch.testing.assert_close(found[0][1], found[1][1], rtol=0.05, atol=0.02)
