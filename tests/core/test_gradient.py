"""The gradient that is written out against the one from torch's tape, and which is taken where."""

import dataclasses

import pytest
import torch

from tests.core.conftest import SMALL, generator, pictures
from vae_core.config import ModelConfig
from vae_core.gradient import by_tape, gradient_of, written_out
from vae_core.models import VAE, build

WRITTEN = [
    ModelConfig((1, 4, 4), latent_dim=2, hidden=(12, 7), activation=activation, likelihood=likelihood, sigma=sigma)
    for activation in ("relu", "elu", "tanh")
    for likelihood, sigma in (("bernoulli", None), ("gaussian", 0.3), ("gaussian", "optimal"))
]


def double(config: ModelConfig) -> VAE:
    return build(config, generator()).double()


@pytest.mark.parametrize("config", WRITTEN, ids=lambda c: f"{c.activation} {c.likelihood} {c.sigma}")
def test_both_ways_give_the_same_terms_sigma_and_gradients(config):
    taped, written = double(config), double(config)
    x = pictures(taped, 9)
    expected = by_tape(taped)(x, generator(3))
    torch.testing.assert_close(written_out(written)(x, generator(3)), expected)
    for (name, a), b in zip(taped.named_parameters(), written.parameters(), strict=True):
        assert a.grad.norm() > 0, name
        torch.testing.assert_close(b.grad, a.grad, msg=name)
    if config.sigma == "optimal":
        torch.testing.assert_close(written.log_sigma, taped.log_sigma)


@pytest.mark.parametrize("config", [WRITTEN[0], WRITTEN[4]], ids=lambda c: c.likelihood)
def test_the_written_gradient_is_the_slope_of_the_bound(config):
    """Against differences: a step along the gradient changes the loss by its squared length."""
    model = double(config)
    x = pictures(model, 6)
    gradient = written_out(model)

    def loss() -> float:
        return sum(term.mean().item() for term in gradient(x, generator(4)))

    loss()
    slopes = [parameter.grad.clone() for parameter in model.parameters()]
    step, losses = 1e-6, []
    for sign in (1, -1):
        for parameter, slope in zip(model.parameters(), slopes, strict=True):
            parameter.data += sign * (1 if sign == 1 else 2) * step * slope
        losses.append(loss())
    squared_length = sum(slope.square().sum().item() for slope in slopes)
    assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(squared_length, rel=1e-5)


def test_a_second_gradient_replaces_the_first():
    for way in (by_tape, written_out):
        model = double(WRITTEN[0])
        x = pictures(model, 5)
        gradient = way(model)
        gradient(x, generator(1))
        once = model.decoder[0].weight.grad.clone()
        gradient(x, generator(1))
        assert torch.equal(model.decoder[0].weight.grad, once)


@pytest.mark.parametrize("name", ["conv grey", "conv colour"])
def test_what_is_not_written_out_goes_by_tape(name):
    assert "by_tape" in gradient_of(double(SMALL[name])).__qualname__


def test_perceptrons_are_written_out_unless_sigma_is_learned_or_the_activation_needs_its_input():
    relu = ModelConfig((1, 4, 4), hidden=(5,), activation="relu")
    assert "written_out" in gradient_of(double(relu)).__qualname__
    for change in ({"sigma": "learned"}, {"activation": "silu"}):
        assert "by_tape" in gradient_of(double(dataclasses.replace(relu, **change))).__qualname__
