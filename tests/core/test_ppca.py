"""The linear model fitted in closed form: nothing is likelier, its encoder is exact, and quadrature agrees with it."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.conftest import generator
from vae_core.estimators.marginal_likelihood import log_marginal
from vae_core.estimators.quadrature import integrate
from vae_core.models.linear_gaussian import LinearGaussian
from vae_core.models.ppca import as_linear, as_vae, fit_linear

SHAPE = (1, 4, 5)
N = 400


def pictures(seed: int = 0) -> torch.Tensor:
    """uint8 [N, 1, 4, 5] with three strong directions."""
    rng = generator(seed)
    z, W = torch.randn((N, 3), generator=rng), torch.randn((3, math.prod(SHAPE)), generator=rng)
    x = 0.5 + 0.08 * z @ W + 0.05 * torch.randn((N, math.prod(SHAPE)), generator=rng)
    return (255 * x.clamp(0, 1)).round().to(torch.uint8).reshape(N, *SHAPE)


def rows(images: torch.Tensor) -> torch.Tensor:
    return images.flatten(1).double() / 255


@pytest.mark.parametrize("d", [1, 2, 5])
def test_the_likelihood_is_the_greatest_there_is(d):
    images = pictures()
    x, model = rows(images), fit_linear(images, d)
    P = x.shape[1]
    values = torch.linalg.eigvalsh(torch.cov(x.T, correction=0)).flip(0)
    log_det = values[:d].log().sum() + (P - d) * values[d:].mean().log()
    greatest = -0.5 * (P * math.log(2 * math.pi) + log_det + P)  # Tipping & Bishop 1999, eq. 5 at eq. 7-8
    assert model.log_prob(x).mean().item() == pytest.approx(greatest.item(), abs=1e-9)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(0.01, 0.3))
def test_any_other_model_is_less_likely(seed, size):
    images = pictures()
    x, best, rng = rows(images), fit_linear(images, 2), generator(seed)
    step = size * torch.randn(best.W.shape, generator=rng).double() * best.W.norm() / best.W.numel() ** 0.5
    shift = size * 0.1 * torch.randn(best.b.shape, generator=rng).double()
    other = LinearGaussian(best.W + step, best.b + shift, best.sigma * math.exp(size))
    assert other.log_prob(x).mean() < best.log_prob(x).mean()


def test_the_encoder_of_the_vae_is_the_exact_posterior():
    images = pictures()
    linear = fit_linear(images, 2)
    model = as_vae(linear, SHAPE)
    assert abs(linear.gap()) < 1e-12
    mean, covariance = linear.posterior(rows(images))
    q = model.encode(images.float() / 255)
    torch.testing.assert_close(q.mu.double(), mean, rtol=1e-5, atol=1e-5)
    expected = covariance.diagonal().expand_as(mean)
    torch.testing.assert_close(q.logvar.exp().double(), expected, rtol=1e-5, atol=1e-8)
    assert abs(covariance[0, 1]) < 1e-12


def test_quadrature_of_the_vae_is_the_closed_form():
    images = pictures()
    linear = fit_linear(images, 2)
    model, x = as_vae(linear, SHAPE).eval().requires_grad_(False), images[:5].float() / 255
    back = as_linear(model)
    found = integrate(model, x, q=model.encode(x))
    assert back.sigma == pytest.approx(linear.sigma, rel=1e-6)
    torch.testing.assert_close(found.log_px, back.log_prob(x.flatten(1).double()), rtol=0, atol=1e-4)
    kl = found.kl_posterior_prior()
    torch.testing.assert_close(kl, back.kl_posterior_prior(x.flatten(1).double()), rtol=0, atol=1e-3)
    torch.testing.assert_close(found.kl_from(model.encode(x)), torch.zeros(5).double(), rtol=0, atol=1e-3)


def test_importance_sampling_from_the_exact_posterior_has_no_error():
    images = pictures()
    linear = fit_linear(images, 2)
    model, x = as_vae(linear, SHAPE), images[:5].float() / 255
    with torch.inference_mode():
        found = log_marginal(model, x, method="importance", samples=50, generator=generator())
    torch.testing.assert_close(found.log_px.double(), linear.log_prob(rows(images)[:5]), rtol=0, atol=1e-3)
    assert (found.stderr < 1e-3).all()


@pytest.mark.parametrize("d", [0, 20])
def test_a_size_that_leaves_nothing_to_sigma_is_refused(d):
    with pytest.raises(ValueError, match=f"latent_dim is {d}, expected from 1 to 19 for 400 images of 20 pixels"):
        fit_linear(pictures(), d)


def test_images_of_one_colour_are_refused():
    with pytest.raises(ValueError, match="no variance beyond 2 directions"):
        fit_linear(torch.full((50, *SHAPE), 7, dtype=torch.uint8), 2)
