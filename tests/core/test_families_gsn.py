"""The walk of any denoiser on a lattice: the data's law and the published times with the exact one, and others."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core.families import chain, gan, gsn

F64 = torch.float64
MODES = gsn.NormalMixture(*(torch.tensor(part, dtype=F64) for part in ([0.5, 0.5], [-2.0, 2.0], [0.5, 0.5])))


def exact(noise: float) -> gsn.Denoiser:
    return lambda noisy: MODES.posterior(noisy, noise)


@pytest.mark.parametrize(("noise", "steps"), [(0.3, 1485.39), (0.6, 72.527), (1.0, 10.1463), (2.0, 2.24613)])
def test_the_exact_denoiser_keeps_the_datas_law_and_forgets_in_the_published_time(noise: float, steps: float) -> None:
    walk = gsn.walk_on_lattice(exact(noise), noise)
    assert gsn.total_variation(walk.law, MODES.log_prob(walk.x).softmax(0)) < 1e-9
    assert walk.relaxation_time == pytest.approx(steps, rel=1e-5)
    assert gsn.step_error(MODES, exact(noise), noise) == 0


@settings(max_examples=12)
@given(noise=st.floats(0.3, 2), pull=st.floats(0, 0.9), sd=st.floats(0.3, 1))
def test_a_denoiser_that_is_one_normal_makes_an_autoregression(noise: float, pull: float, sd: float) -> None:
    """x' = pull (x + noise e) + sd e': normal with variance v = pull^2 (v + noise^2) + sd^2, eigenvalues pull^n."""
    walk = gsn.walk_on_lattice(
        lambda noisy: (torch.zeros(len(noisy), 1).double(), pull * noisy[:, None], torch.full((len(noisy), 1), sd)),
        noise,
        reach=40.0,
        cells=500,
    )
    variance = (pull**2 * noise**2 + sd**2) / (1 - pull**2)
    assert (walk.law @ walk.x.square()).item() == pytest.approx(variance, rel=1e-6)
    assert walk.relaxation_time == pytest.approx(1 / (1 - pull), rel=1e-5)


def test_the_density_of_a_learned_denoiser_has_the_mass_one() -> None:
    denoiser = gsn.network_denoiser(gan.initial([1, 8, 6], torch.Generator().manual_seed(1)), 0.9, 2.0)
    x = torch.linspace(-120, 120, 24001, dtype=F64)
    mass = gsn.log_density(denoiser(torch.tensor([-3.0, 0.2, 2.0], dtype=F64)), x).exp().sum(1) * 0.01
    assert torch.allclose(mass, torch.ones(3, dtype=F64), atol=1e-6)


def test_the_law_of_a_denoiser_that_is_wrong_agrees_with_draws() -> None:
    """The denoiser takes a noise of 1 for one of 0.6: its law is wider than the data's."""
    n, generator = 40_000, torch.Generator().manual_seed(0)
    walk = gsn.walk_on_lattice(exact(0.6), 1.0)
    assert gsn.total_variation(walk.law, MODES.log_prob(walk.x).softmax(0)) > 0.05
    assert gsn.step_error(MODES, exact(0.6), 1.0) > 0.05
    places = MODES.sample(n, generator)
    for _ in range(int(6 * walk.relaxation_time)):
        places = MODES.denoise(places + torch.randn(n, generator=generator, dtype=F64), 0.6, generator)
    for f in (lambda x: x.square(), lambda x: x.cos()):
        error = f(places).std().item() / math.sqrt(n)
        assert abs(f(places).mean().item() - (walk.law @ f(walk.x)).item()) < 4.5 * error


def test_the_time_of_a_chain_that_turns_is_that_of_the_size_of_its_eigenvalue() -> None:
    """Three states around a ring, stay with 0.4, onwards with 0.6: |0.4 + 0.6 e^(2 pi i / 3)| = sqrt(0.28)."""
    ring = 0.4 * torch.eye(3, dtype=F64) + 0.6 * torch.eye(3, dtype=F64).roll(1, 1)
    assert chain.time_of_transition(ring) == pytest.approx(1 / (1 - math.sqrt(0.28)), rel=1e-12)
    assert chain.time_of_transition(torch.eye(2, dtype=F64)) == math.inf
