"""The gradients that are written out against those from torch's tape, and which is taken where."""

import dataclasses

import pytest
import torch
from torch import nn

from tests.core.conftest import generator, pictures
from vae_core.config import ModelConfig, TrainConfig
from vae_core.models.from_module import adopt
from vae_core.models.vae import VAE, build
from vae_core.training.gradients import autograd, gradient_of, manual

WRITTEN = [
    ModelConfig((1, 4, 4), latent_dim=2, hidden=(12, 7), activation=activation, likelihood=likelihood, sigma=sigma)
    for activation in ("relu", "elu", "tanh", "silu")
    for likelihood, sigma in (("bernoulli", None), ("gaussian", 0.3), ("gaussian", "optimal"))
] + [ModelConfig((1, 4, 4), hidden=hidden, sigma=0.5, mean="identity") for hidden in ((6,), ())]
WRITTEN += [
    ModelConfig((1, 4, 8), arch="conv", hidden=(3, 5), activation="relu", likelihood="bernoulli"),
    ModelConfig((3, 8, 4), arch="conv", hidden=(3, 5), activation="silu", sigma="optimal"),
    ModelConfig((3, 4, 4), arch="conv", hidden=(4,), activation="elu", sigma=0.5),
]
BOUNDS = [
    TrainConfig(),
    TrainConfig(objective="beta", beta=4.0, warmup=10),
    TrainConfig(samples=3),
    TrainConfig(objective="iwae", samples=3),
    TrainConfig(objective="iwae", samples=200),  # two examples decoded at once
    TrainConfig(objective="dreg", samples=3),
]
ELBO, STEP = BOUNDS[0], 6
PAIRS = [
    pytest.param(
        config,
        train,
        id=f"{config.arch} {config.hidden} {config.activation} {config.likelihood} {config.sigma} {config.mean} "
        f"{train.objective} {train.samples}",
    )
    for config in WRITTEN
    for train in BOUNDS
    if config.sigma != "optimal" or (train.objective in ("elbo", "beta") and train.samples == 1)
]


def double(config: ModelConfig) -> VAE:
    return build(config, generator()).double()


@pytest.mark.parametrize(("config", "train"), PAIRS)
def test_both_ways_give_the_same_terms_sigma_and_gradients(config, train):
    taped, written = double(config), double(config).to(memory_format=torch.channels_last)
    x = pictures(taped, 9)
    expected, found = autograd(taped, train)(x, generator(3), STEP), manual(written, train)(x, generator(3), STEP)
    torch.testing.assert_close(dataclasses.asdict(found), dataclasses.asdict(expected))
    for (name, a), b in zip(taped.named_parameters(), written.parameters(), strict=True):
        assert a.grad.norm() > 0, name
        torch.testing.assert_close(b.grad, a.grad, msg=name)
    if config.sigma == "optimal":
        torch.testing.assert_close(written.log_sigma, taped.log_sigma)


@pytest.mark.parametrize("train", [ELBO, BOUNDS[1], BOUNDS[2], BOUNDS[3]], ids=lambda t: f"{t.objective} {t.samples}")
@pytest.mark.parametrize("config", [WRITTEN[0], WRITTEN[4], WRITTEN[-3]], ids=lambda c: f"{c.arch} {c.likelihood}")
def test_the_written_gradient_is_the_slope_of_the_loss(config, train):
    """Against differences: a step along the gradient changes the loss by its squared length."""
    model = double(config)
    x = pictures(model, 6)
    gradient = manual(model, train)

    def loss() -> float:
        return gradient(x, generator(4), STEP).loss.item()

    loss()
    slopes = [parameter.grad.clone() for parameter in model.parameters()]
    step, losses = 1e-6, []
    for sign in (1, -1):
        for parameter, slope in zip(model.parameters(), slopes, strict=True):
            parameter.data += sign * (1 if sign == 1 else 2) * step * slope
        losses.append(loss())
    squared_length = sum(slope.square().sum().item() for slope in slopes)
    assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(squared_length, rel=1e-5)


def test_the_elbo_s_loss_is_the_sum_of_its_parts():
    terms = manual(double(WRITTEN[0]), BOUNDS[1])(pictures(double(WRITTEN[0]), 5), generator(1), STEP)
    assert terms.beta == pytest.approx(4 * 5 / 10)
    torch.testing.assert_close(terms.loss, terms.distortion + terms.beta * terms.rate)
    torch.testing.assert_close(terms.rate, terms.rate_per_dimension.sum())


@pytest.mark.parametrize("train", BOUNDS, ids=lambda t: f"{t.objective} {t.samples}")
@pytest.mark.parametrize("way", [autograd, manual])
def test_a_second_gradient_replaces_the_first(way, train):
    model = double(WRITTEN[0])
    x = pictures(model, 5)
    gradient = way(model, train)
    gradient(x, generator(1), STEP)
    once = model.decoder[0].weight.grad.clone()
    gradient(x, generator(1), STEP)
    assert torch.equal(model.decoder[0].weight.grad, once)


@pytest.mark.parametrize("arch", ["mlp", "conv"])
def test_gradients_are_written_out_unless_something_is_not_known_there(arch):
    known = ModelConfig((1, 4, 4), arch=arch, hidden=(5,), activation="silu")
    assert not keeps_a_tape(build(known, generator()), ELBO)
    for change in ({"sigma": "learned"}, {"posterior": "full"}, {"prior": "vamp"}):
        assert keeps_a_tape(build(dataclasses.replace(known, **change), generator()), ELBO)
    for train in (TrainConfig(samples=2), TrainConfig(kl="sampled"), TrainConfig(objective="free-bits")):
        assert keeps_a_tape(build(known, generator()), train)


def keeps_a_tape(model: VAE, train: TrainConfig) -> bool:
    """Whether torch saves anything for a backward pass while it takes the gradient of this objective."""
    saved = []
    x = pictures(model, 4).float()
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: (saved.append(tensor), tensor)[1], lambda kept: kept):
        gradient_of(model, train)(x, generator(), STEP)
    return bool(saved)


class Brought(nn.Module):
    """Layers of somebody's own, with an activation that the configuration does not name."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.mu, self.logvar = nn.Linear(16, 7), nn.Linear(7, 2), nn.Linear(7, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 7), nn.ReLU(), nn.Linear(7, 16), nn.Sigmoid())

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        h = self.body(x.flatten(1)).relu()
        return self.mu(h), self.logvar(h)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return self.decoder(z)


def test_of_layers_that_were_given_the_tape_takes_the_gradient():
    assert keeps_a_tape(adopt(Brought(), (1, 4, 4), likelihood="bernoulli").requires_grad_(True), ELBO)


def test_a_weight_that_the_objective_does_not_use_has_the_gradient_zero():
    model = double(WRITTEN[0])
    autograd(model, TrainConfig(objective="autoencoder"))(pictures(model, 4), generator(), 1)
    last = model.encoder[-1].weight.grad
    assert (last[:2] != 0).any()
    assert (last[2:] == 0).all()  # the log-variances
