"""Quadrature against the linear-Gaussian model, where log p(x), p(z|x) and every divergence have a closed form."""

import copy
import dataclasses
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import MultivariateNormal, kl_divergence

from tests.core.conftest import SMALL, generator, pictures
from tests.core.test_linear_gaussian import random_model
from tests.promise_cases import few
from vae_core.distributions.gaussian import DiagonalNormal, log_prior
from vae_core.distributions.priors import StandardNormal
from vae_core.estimators.likelihood_matrix import pictures as decoded
from vae_core.estimators.quadrature import adaptive_grid, first_lattice, integral, integrate, integrate_each
from vae_core.estimators.quadrature.grid import SIDE
from vae_core.models.linear_gaussian import IsotropicNormal, LinearGaussian
from vae_core.models.vae import VAE, build

models = st.builds(random_model, st.integers(1, 2), st.integers(1, 6), st.floats(0.05, 1), st.integers(0, 10**6))


def turned_model(sigma: float, stretch: float, angle: float) -> LinearGaussian:
    """W has the singular values 1 and `stretch`, and columns that are not orthogonal."""
    c, s = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    W = torch.eye(4, 2).double() @ torch.diag(torch.tensor([1.0, stretch]).double()) @ turn
    return LinearGaussian(W, torch.zeros(4).double(), sigma)


def magnified(kind: str, scale: float) -> VAE:
    """A fresh model of 2 latents whose decoder's weights are `scale` times as large."""
    config = dataclasses.replace(SMALL[kind], latent_dim=2)
    model = build(config, generator(2)).double().eval().requires_grad_(False)
    for layer in model.decoder:
        if hasattr(layer, "weight"):
            layer.weight.mul_(scale)
    return model


def close(found, expected, tolerance: float = 1e-6) -> None:
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@settings(max_examples=25)
@given(models)
def test_everything_agrees_with_the_closed_forms(model):
    _, x = model.sample(2, generator())
    found, q = integrate(model, x), model.encode(x)
    close(found.log_px, model.log_prob(x))
    close(found.kl_posterior_prior(), model.kl_posterior_prior(x))
    close(found.log_cost(), model.log_cost(x), 1e-4)
    close(found.kl_from(q), torch.full((2,), model.gap(), dtype=torch.float64))
    assert (found.error <= 1e-4).all()
    assert ((found.log_px - model.log_prob(x)).abs() <= found.error + 1e-8).all()


@settings(max_examples=25)
@given(st.floats(0.005, 0.3), st.floats(0.1, 1), st.floats(0, math.pi))
def test_narrow_ridges_at_any_angle_are_found(sigma, stretch, angle):
    """The posterior is up to ten times longer than wide, and as narrow as 0.005."""
    model = turned_model(sigma, stretch, angle)
    _, x = model.sample(1, generator())
    close(integrate(model, x).log_px, model.log_prob(x))


def test_the_posterior_has_the_mean_and_covariance_of_the_closed_form():
    model = turned_model(0.1, 0.3, 0.7)
    _, x = model.sample(3, generator())
    found = integrate(model, x)
    mass = found.log_posterior().exp()  # [N, B]
    mean, covariance = model.posterior(x)
    close(mass.sum(0), torch.ones(3).double(), 1e-12)
    close(mass.T @ found.z, mean)
    for i in range(3):
        centred = found.z - mean[i]
        close((mass[:, i, None] * centred).T @ centred, covariance)


def test_two_modes_far_apart_are_both_found():
    """x = z^2 + noise in effect: a decoder that is even has a posterior with two equal peaks, each 0.003 wide."""

    class Even:
        latent_dim, event_shape = 2, (2,)
        linear = LinearGaussian(torch.eye(2).double(), torch.zeros(2).double(), 0.003)

        def encode(self, x):
            return DiagonalNormal(x, torch.full_like(x, -8.0))  # knows of one of them

        def decode(self, z):
            return self.linear.decode(torch.stack((z[..., 0].abs(), z[..., 1]), -1))

        def prior(self):
            return self.linear.prior()

    x = torch.tensor([[1.234, -0.777]]).double()
    one = Even.linear.log_prob(x)
    close(integrate(Even(), x).log_px, one + math.log(2))


class Observed:
    """A decoder of one number from z, and one picture of it: x ~ N(f(z), sigma^2)."""

    event_shape = (1,)

    def __init__(self, f, sigma: float, dimensions: int, at: float = 0.0) -> None:
        self.f, self.sigma, self.latent_dim, self.at = f, sigma, dimensions, at

    def encode(self, x):
        mu = torch.full((len(x), self.latent_dim), self.at).double()
        return DiagonalNormal(mu, torch.full_like(mu, 2 * math.log(0.3)))

    def decode(self, z):
        return IsotropicNormal(self.f(z), self.sigma)

    def prior(self):
        return StandardNormal(self.latent_dim, torch.float64, torch.device("cpu"))

    def log_px(self, x: float, middle: float, half: float, nodes: int) -> float:
        """By a dense lattice of `nodes` a side around a place: outside of it there is nothing."""
        side = middle + torch.linspace(-half, half, nodes, dtype=torch.float64)
        parts = []
        for row in side.split(10**6 // (nodes if self.latent_dim == 2 else 1) + 1):
            z = row[:, None] if self.latent_dim == 1 else torch.cartesian_prod(row, side)
            log_px_z = self.decode(z).log_prob(torch.tensor([[x]]).double())
            parts.append(torch.logsumexp(log_px_z + log_prior(z), 0))
        return torch.logsumexp(torch.stack(parts), 0).item() + self.latent_dim * math.log(side[1] - side[0])


def needle(z):
    """At a corner of the coarse cells, as far from their nodes as can be."""
    return 5 * torch.exp(-0.5 * (z - 0.75).square().sum(-1, keepdim=True) / 0.01**2)


FAST = {
    "sin 30 z": (Observed(lambda z: torch.sin(30 * z), 0.05, 1), 0.9, (0.0, 8.0, 200_001)),
    "sin on the plane": (Observed(lambda z: torch.sin(30 * z.sum(-1, keepdim=True)), 0.1, 2), 0.9, (0.0, 8.0, 4_801)),
    "period of the nodes": (Observed(lambda z: torch.sin(2 * math.pi * z / SIDE), 0.05, 1), 0.9, (0.0, 8.0, 200_001)),
    "needle that q knows": (Observed(needle, 0.1, 1, at=0.75), 4.0, (0.75, 0.06, 100_001)),
    "needle on the plane that q knows": (Observed(needle, 0.5, 2, at=0.75), 4.0, (0.75, 0.06, 2_001)),
    "needle that random places meet": (Observed(lambda z: needle(z + 0.375), 0.2, 1), 4.0, (0.375, 0.06, 100_001)),
}


@pytest.mark.parametrize("name", few(FAST, FAST.keys() - {"sin on the plane"}))
def test_a_decoder_that_varies_faster_than_the_nodes_lie_apart_does_not_fool_the_error(name):
    model, value, dense = FAST[name]
    x, truth = torch.tensor([[value]]).double(), model.log_px(value, *dense)
    found, (log_px, error) = integrate(model, x), integrate_each(model, x)
    assert abs(found.log_px.item() - truth) <= found.error.item() + 1e-4
    assert abs(log_px.item() - truth) <= error.item() + 1e-4
    assert max(found.error.item(), error.item()) < 0.25


@pytest.mark.parametrize("sigma", [0.001, 0.01, 0.3])
def test_the_rounding_of_the_decoder_is_in_the_error(sigma):
    model = build(dataclasses.replace(SMALL["mlp gaussian"], latent_dim=2, sigma=sigma), generator(2)).eval()
    exact = copy.deepcopy(model).double()
    with torch.no_grad():
        x = model.decode(torch.randn((6, 2), generator=generator(3))).mean
    x = (x + 0.02 * torch.randn(x.shape, generator=generator(4))).requires_grad_(False)
    found, truth = integrate(model, x), integrate(exact, x.double())
    off = (found.log_px - truth.log_px).abs()
    assert (off <= found.error + truth.error + 1e-6).all(), (off, found.error)
    log_px, error = integrate_each(model, x)
    assert ((log_px - truth.log_px).abs() <= error + truth.error + 1e-6).all()
    assert (found.rounding > 0).all()
    assert (found.error < 0.05 * (0.01 / sigma) ** 2 + 1e-3).all()


def test_a_posterior_far_outside_of_the_box_is_found():
    model = random_model(2, 5, 0.1)
    x = model.decode(torch.tensor([[30.0, -20.0]]).double()).mean
    close(integrate(model, x).log_px, model.log_prob(x))


def test_a_mean_of_q_far_from_the_posterior_does_no_harm():
    model = random_model(2, 5, 0.1)
    _, x = model.sample(1, generator())
    q = DiagonalNormal(torch.tensor([[9.0, 9.0]]).double(), torch.zeros(1, 2).double())
    found = integrate(model, x, q=q)
    close(found.log_px, model.log_prob(x))
    exact = MultivariateNormal(*model.posterior(x))
    close(found.kl_from(q), kl_divergence(MultivariateNormal(q.mu, torch.eye(2).double()), exact))


@settings(max_examples=25)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-6, 1.5))
def test_kl_from_any_q_that_is_given(shift, turn, logvar):
    model = turned_model(0.2, 0.5, turn)
    _, x = model.sample(1, generator())
    mean, covariance = model.posterior(x)
    q = DiagonalNormal(mean + shift, torch.tensor([[logvar, turn]]).double())
    expected = kl_divergence(
        MultivariateNormal(q.mu, torch.diag_embed(q.logvar.exp())), MultivariateNormal(mean, covariance)
    )
    close(integrate(model, x, q=q).kl_from(q), expected, 1e-4)


@pytest.mark.parametrize(("mean", "logvar"), [(0.0, -26.0), (1000.0, -26.0), (0.0, 2.5), (1000.0, 1.0)])
@pytest.mark.parametrize("scale", [1, 30])
def test_a_wild_q_costs_a_bounded_number_of_nodes(monkeypatch, scale, mean, logvar):
    """A q far wider or narrower than any posterior: the answer stays, and its mass is not chased without end."""
    decoded_nodes = 0
    model = magnified("mlp bernoulli", scale)
    x = pictures(model, 1)
    truth = integrate(model, x, q=DiagonalNormal(torch.zeros(1, 2).double(), torch.zeros(1, 2).double()))

    def counted(model, z):
        nonlocal decoded_nodes
        decoded_nodes += len(z)
        return decoded(model, z)

    monkeypatch.setattr(integral, "pictures", counted)
    q = DiagonalNormal(torch.full((1, 2), mean).double(), torch.full((1, 2), logvar).double())
    found = integrate(model, x, q=q)
    assert decoded_nodes <= 2 * adaptive_grid.MOST
    assert found.error.isfinite().all()
    assert ((found.log_px - truth.log_px).abs() <= found.error + truth.error + 1e-6).all()
    if logvar < -20:
        with pytest.raises(ValueError, match="the nodes do not resolve this q"):
            found.kl_from(q)


@pytest.mark.parametrize("logvar", [8.0, 26.0, 60.0])
def test_a_q_far_wider_than_the_plane_is_one_sentence(logvar):
    model = magnified("mlp bernoulli", 1)
    q = DiagonalNormal(torch.zeros(1, 2).double(), torch.full((1, 2), logvar).double())
    with pytest.raises(ValueError, match=r"q has a standard deviation of .*, expected at most 6"):
        integrate(model, pictures(model, 1), q=q)


def test_a_q_that_the_nodes_do_not_resolve_is_refused():
    model = random_model(2, 5, 0.3)
    _, x = model.sample(1, generator())
    q = model.encode(x)
    with pytest.raises(ValueError, match="do not resolve this q"):
        integrate(model, x).kl_from(DiagonalNormal(q.mu + 3, q.logvar - 8))


@pytest.mark.parametrize("sigma", [0.05, 0.051, 0.12, 0.3, 0.77, 1.0])
def test_the_nodes_serve_every_sigma_without_decoding_again(sigma):
    model = turned_model(0.3, 0.4, 0.5)
    _, x = model.sample(1, generator())
    found = integrate(model, x, sigmas=(0.05, 1.0)).with_sigma(sigma)
    truth = LinearGaussian(model.W, model.b, sigma)
    close(found.log_px, truth.log_prob(x), 2e-4)
    close(found.kl_posterior_prior(), truth.kl_posterior_prior(x), 1e-3)
    assert (found.error < 1e-3).all()


def test_a_sigma_that_the_nodes_were_not_made_for_is_refused():
    model = turned_model(0.3, 0.4, 0.5)
    _, x = model.sample(1, generator())
    with pytest.raises(ValueError, match=r"sigma is 0.04, expected one that the nodes were made for: from 0.05 to 1"):
        integrate(model, x, sigmas=(0.05, 1.0)).with_sigma(0.04)


@pytest.fixture(params=["bernoulli", "gaussian"])
def curved(request) -> VAE:
    """A decoder with sharp bends."""
    return magnified(f"mlp {request.param}", 2.5)


def test_a_network_s_log_likelihood_is_that_of_a_dense_grid(curved):
    x = pictures(curved, 5)
    side = torch.linspace(-7, 7, 701, dtype=torch.float64)
    z = torch.cartesian_prod(side, side)
    log_joint = decoded(curved, z).log_prob(x) + log_prior(z)[:, None]
    dense = torch.logsumexp(log_joint, 0) + 2 * math.log(side[1] - side[0])
    found = integrate(curved, x)
    close(found.log_px, dense, 1e-5)
    mass = (log_joint + 2 * math.log(side[1] - side[0]) - dense).exp()
    kl = (mass * (log_joint - log_prior(z)[:, None] - dense)).sum(0)
    close(found.kl_posterior_prior(), kl, 1e-4)


def test_all_pairs_by_one_product_are_each_pair_s_log_prob(curved):
    x, z = pictures(curved, 4), torch.randn((7, 2), generator=generator()).double()
    close(decoded(curved, z).log_prob(x), curved.decode(z[:, None]).log_prob(x), 1e-11)


def test_float32_loses_nothing_at_small_sigma():
    """At sigma = 0.05 an error of 1e-5 in ||x - m||^2 would be 2e-3 nats."""
    model = build(SMALL["mlp gaussian"], generator())
    x, z = torch.rand((3, 1, 4, 4), generator=generator(1)), torch.randn((50, 3), generator=generator(2))
    with torch.no_grad():
        found = decoded(model, z).log_prob(x, sigma=0.05)
        m = model.decode(z).mean.double()
    expected = -0.5 * (x.double() - m[:, None]).square().sum((-3, -2, -1)) / 0.05**2
    constant = 16 * (math.log(0.05) + 0.5 * math.log(2 * math.pi))
    close(found, expected - constant, 1e-9)


def test_many_images_at_once_are_each_image_alone(curved):
    x = pictures(curved, 70)
    log_px, error = integrate_each(curved, x)
    alone = [integrate(curved, x[i : i + 1], first=first_lattice(curved, x)).log_px for i in (0, 35, 69)]
    difference = (log_px[[0, 35, 69]] - torch.cat(alone)).abs()
    assert (difference <= error[[0, 35, 69]] + 1e-4).all()
    assert (error <= 1.1e-3).all()


def test_what_cannot_be_integrated_is_one_sentence(curved):
    x = pictures(curved, 2)
    with pytest.raises(ValueError, match="this model has 3 latent dimensions, expected 1 or 2 for quadrature"):
        integrate(build(SMALL["mlp gaussian"], generator()), torch.zeros(1, 1, 4, 4))
    with pytest.raises(ValueError, match="not finite numbers"):
        integrate(curved, x * math.nan)
    if curved.log_sigma is None:
        with pytest.raises(ValueError, match="grey values under a Bernoulli"):
            integrate(curved, x * 0.5)
        with pytest.raises(ValueError, match="a Bernoulli likelihood has no sigma"):
            integrate(curved, x, sigmas=(0.05, 1))
    else:
        with pytest.raises(ValueError, match=r"sigmas are 1 and 0.05"):
            integrate(curved, x, sigmas=(1, 0.05))
        with pytest.raises(ValueError, match=r"sigma is 0.9, expected one"):
            integrate(curved, x).with_sigma(0.9)


def test_weights_that_are_no_numbers_are_one_sentence(curved):
    x = pictures(curved, 1)
    curved.decoder[0].weight.fill_(math.nan)
    with pytest.raises(ValueError, match="log p\\(x\\|z\\) is not a finite number"):
        integrate(curved, x)
    curved.encoder[1].weight.fill_(math.nan)
    with pytest.raises(ValueError, match="encoder's weights are unusable"):
        integrate(build(curved.config, generator()).double(), x, q=curved.encode(x))
