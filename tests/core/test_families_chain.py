"""Chains of two strokes: relaxation by singular values, against eigenvalues, long chains and closed forms."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from vae_core.families import chain, dbm, gsn, rbm
from vae_core.models.linear_gaussian import LinearGaussian

F64 = torch.float64


def table(seed: int, A: int, B: int) -> Tensor:
    made = torch.rand(A, B, generator=torch.Generator().manual_seed(seed), dtype=F64) ** 3
    return made / made.sum()


@given(seed=st.integers(0, 10**6), A=st.integers(1, 9), B=st.integers(1, 9))
def test_the_squared_correlations_are_the_eigenvalues_of_the_sweep(seed: int, A: int, B: int) -> None:
    joint = table(seed, A, B)
    found = chain.squared_correlations(joint)
    direct = torch.linalg.eigvals(chain.transition(joint)).real.sort(descending=True).values
    assert found[0].item() == pytest.approx(1, abs=1e-12)
    assert torch.allclose(found, direct[: len(found)], atol=1e-12)
    assert direct[len(found) :].abs().max() < 1e-12 if A > B else True
    assert chain.relaxation_time(joint) == pytest.approx(chain.relaxation_time(joint.T), rel=1e-9)
    assert torch.allclose(chain.stationary(chain.transition(joint)), joint.sum(1), atol=1e-10)


@given(seed=st.integers(0, 10**6), A=st.integers(1, 6), B=st.integers(1, 6))
def test_independent_strokes_forget_at_once_and_parts_that_do_not_meet_never(seed: int, A: int, B: int) -> None:
    a, b = table(seed, A, 1), table(seed + 1, 1, B)
    assert chain.relaxation_time(a * b) == pytest.approx(1, abs=1e-12)
    apart = torch.block_diag(a * b, a * b)
    assert chain.relaxation_time(apart) == math.inf


def test_states_without_mass_do_not_count() -> None:
    joint = table(3, 5, 4)
    wider = torch.zeros(7, 6, dtype=F64)
    wider[1:6, 2:6] = joint
    assert chain.relaxation_time(wider) == pytest.approx(chain.relaxation_time(joint), rel=1e-12)


@pytest.mark.parametrize(
    "joint", [torch.zeros(2, 2), torch.tensor([[1.0, -0.1], [1, 1]]), torch.full((2, 2), math.nan), torch.ones(3)]
)
def test_what_is_no_law_is_refused(joint: Tensor) -> None:
    with pytest.raises(ValueError, match="expected \\[A, B\\] of finite numbers from 0"):
        chain.relaxation_time(joint)


def test_random_rbms_of_nine_and_eight_units_agree_with_their_gibbs_operator() -> None:
    for seed in range(3):
        model = rbm.initial(9, 8, torch.Generator().manual_seed(seed), scale=1.0)
        sweep = chain.transition(model.log_joint().exp())
        direct = torch.linalg.eigvals(sweep).real.sort(descending=True).values[1].item()
        assert model.relaxation_time() == pytest.approx(1 / (1 - direct), rel=1e-9)


def test_a_dbm_forgets_as_the_chain_on_its_middle_layer_does() -> None:
    model = dbm.initial(4, 3, 2, torch.Generator().manual_seed(1), scale=2.0)
    direct = torch.linalg.eigvals(chain.transition(model.log_joint().exp())).real.sort(descending=True).values[1].item()
    assert model.relaxation_time() == pytest.approx(1 / (1 - direct), rel=1e-9)


def test_in_long_chains_the_slowest_part_correlates_by_rho_squared_from_sweep_to_sweep() -> None:
    """The slowest function of v is the second left singular vector; n independent pairs (v, v') in equilibrium."""
    model = rbm.initial(4, 3, torch.Generator().manual_seed(4), scale=1.5)
    joint = model.log_joint().exp()
    scaled = joint / (joint.sum(1, keepdim=True) * joint.sum(0)).sqrt()
    slowest = torch.linalg.svd(scaled).U[:, 1] / joint.sum(1).sqrt()  # mean 0, variance 1 under p(v)
    n, generator = 200_000, torch.Generator().manual_seed(0)
    places = torch.multinomial(joint.sum(1), n, replacement=True, generator=generator)
    v = rbm.states(4)[places]
    after = model.gibbs(v, 2, generator) @ torch.tensor([8.0, 4, 2, 1], dtype=F64)
    products = slowest[places] * slowest[after.long()]
    error = products.std().item() / math.sqrt(n)
    assert abs(products.mean().item() - (1 - 1 / model.relaxation_time()) ** 2) < 4 * error


@given(s=st.floats(0.1, 3), sigma=st.floats(0.3, 2))
def test_the_linear_vae_has_its_closed_form(s: float, sigma: float) -> None:
    """The joint law of one z and the x along it, on a lattice."""
    z = torch.linspace(-8, 8, 161, dtype=F64)
    x = torch.linspace(-8, 8, 161, dtype=F64) * math.hypot(s, sigma)
    joint = -0.5 * z[:, None] ** 2 - 0.5 * ((x - s * z[:, None]) / sigma) ** 2
    exact = chain.time_of(chain.squared_correlations_of_log(joint))
    W = torch.diag(torch.tensor([s, 0.5 * s], dtype=F64))
    model = LinearGaussian(W, torch.zeros(2, dtype=F64), sigma)
    assert chain.linear_vae_relaxation_time(model) == pytest.approx(exact, rel=1e-6)
    assert exact == pytest.approx(1 + (s / sigma) ** 2, rel=1e-6)


MODES = gsn.NormalMixture(*(torch.tensor(part, dtype=F64) for part in ([0.5, 0.5], [-2.0, 2.0], [0.5, 0.5])))


@pytest.mark.parametrize(("noise", "steps"), [(0.3, 1485.39), (0.6, 72.527), (1.0, 10.1463), (2.0, 2.24613)])
def test_the_walk_between_two_modes_forgets_in_as_many_steps_as_was_published(noise: float, steps: float) -> None:
    """../shared figures: 1485.4, 72.53, 10.146 and 2.246."""
    assert gsn.relaxation_time(MODES, noise, cells=500) == pytest.approx(steps, rel=1e-5)
    assert gsn.relaxation_time(MODES, noise, cells=350) == pytest.approx(steps, rel=1e-5)


@given(noise=st.floats(0.2, 3), weight=st.floats(0.1, 0.9), gap=st.floats(0, 3), sd=st.floats(0.3, 1))
def test_the_stationary_law_is_the_datas_whatever_the_noise(noise: float, weight: float, gap: float, sd: float) -> None:
    parts = ([weight, 1 - weight], [-gap, gap], [sd, 1.2 * sd])
    data = gsn.NormalMixture(*(torch.tensor(part, dtype=F64) for part in parts))
    joint = (gsn.log_joint(data, noise, *gsn.lattices(data, noise, 100))).exp()
    corruption = joint / joint.sum(1, keepdim=True)
    denoiser = (joint / joint.sum(0).clamp(min=1e-300)).T
    law = gsn.stationary(corruption, denoiser)
    assert torch.allclose(law, joint.sum(1) / joint.sum(), rtol=1e-6, atol=1e-15)


def test_a_chain_without_a_single_law_is_refused() -> None:
    with pytest.raises(ValueError, match="no single law"):
        chain.stationary(torch.eye(2, dtype=F64))


def test_the_denoiser_draws_from_the_exact_law_of_x_given_its_noisy_place() -> None:
    n, noise, at = 100_000, 0.8, 0.4
    draws = MODES.denoise(torch.full((n,), at, dtype=F64), noise, torch.Generator().manual_seed(0))
    x = torch.linspace(-7, 7, 4001, dtype=F64)
    weights = (MODES.log_prob(x) - 0.5 * ((at - x) / noise) ** 2).softmax(0)
    for f in (lambda x: x, lambda x: x**2, lambda x: (x > 0).double()):
        mean = (weights * f(x)).sum().item()
        error = f(draws).std().item() / math.sqrt(n)
        assert abs(f(draws).mean().item() - mean) < 4 * error


def test_a_walk_from_the_data_keeps_their_law() -> None:
    generator = torch.Generator().manual_seed(1)
    places = gsn.walk(MODES, MODES.sample(50_000, generator), 0.7, 3, generator)
    assert places.shape == (3, 50_000)
    assert abs(places[-1].square().mean().item() - 4.25) < 4 * places[-1].square().std().item() / math.sqrt(50_000)


@pytest.mark.parametrize("noise", [0.0, -1.0, math.nan, math.inf])
def test_noise_that_is_none_is_refused(noise: float) -> None:
    with pytest.raises(ValueError, match="expected a standard deviation above 0"):
        gsn.relaxation_time(MODES, noise)


@pytest.mark.parametrize(
    "parts", [([1.0], [0.0], [0.0]), ([0.0], [0.0], [1.0]), ([1.0], [0.0, 1.0], [1.0]), ([1.0], [math.nan], [1.0])]
)
def test_a_mixture_that_is_none_is_refused(parts: tuple[list[float], ...]) -> None:
    with pytest.raises(ValueError, match="a mixture"):
        gsn.NormalMixture(*(torch.tensor(part, dtype=F64) for part in parts))
