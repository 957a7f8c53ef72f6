"""The GAN's generator against densities in closed form, and its game against quadrature."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from vae_core.families import gan

F64 = torch.float64


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def lattice(half: float, cells: int) -> tuple[Tensor, float]:
    """The middles of square cells in [-half, half]^2, [cells^2, 2], and their size."""
    side = 2 * half / cells
    places = -half + side * (torch.arange(cells).double() + 0.5)
    return torch.cartesian_prod(places, places), side**2


@given(scale=st.floats(0.3, 3), shift=st.floats(-2, 2), sign=st.sampled_from([1, -1]))
def test_on_a_line_a_straight_generator_has_its_normal_density(scale: float, shift: float, sign: int) -> None:
    x = shift + scale * torch.linspace(-5, 5, 101, dtype=F64)[:, None]
    found, error = gan.generator_density(lambda z: shift + sign * scale * z, x, 40)
    truth = (-0.5 * ((x[:, 0] - shift) / scale) ** 2).exp() / (scale * math.sqrt(2 * math.pi))
    assert torch.allclose(found, truth, atol=1e-12)
    assert error.max() < 1e-12


def test_on_a_line_the_density_is_that_of_z_over_the_slope_added_over_all_z() -> None:
    """x = z^2: q(x) = N(sqrt x) / sqrt x, from both signs. x = exp z: the log-normal."""
    x = torch.tensor([[0.1], [0.5], [1.0], [3.0]], dtype=F64)
    normal = lambda z: (-0.5 * z**2).exp() / math.sqrt(2 * math.pi)  # noqa: E731
    for G, truth in ((torch.square, normal(x.sqrt()) / x.sqrt()), (torch.exp, normal(x.log()) / x)):
        found, error = gan.generator_density(G, x, 4000)
        assert torch.allclose(found, truth[:, 0], rtol=2e-3)
        assert ((found - truth[:, 0]).abs() <= 3 * error + 1e-3 * truth[:, 0]).all()


def test_on_a_plane_a_linear_generator_has_its_normal_density() -> None:
    A = torch.tensor([[1.2, -0.4], [0.3, 0.5]], dtype=F64)
    x, _ = lattice(3, 12)
    found, error = gan.generator_density(lambda z: z @ A.T, x, 16)
    z = x @ torch.linalg.inv(A).T
    truth = (-0.5 * z.square().sum(1)).exp() / (2 * math.pi * torch.linalg.det(A).abs())
    assert torch.allclose(found, truth, atol=1e-12)
    assert error.max() < 1e-12


def test_a_plane_that_is_folded_or_flattened() -> None:
    """(|z1|, z2) has twice the density on one side; where a piece becomes a line it has no density to add."""
    x = torch.tensor([[0.5, 0.3], [-0.5, 0.3]], dtype=F64)
    folded, _ = gan.generator_density(lambda z: torch.stack([z[:, 0].abs(), z[:, 1]], 1), x, 200)
    once = math.exp(-0.5 * (0.25 + 0.09)) / (2 * math.pi)
    assert folded.tolist() == pytest.approx([2 * once, 0], rel=0.02)
    flat, _ = gan.generator_density(lambda z: torch.stack([z[:, 0], z[:, 0]], 1), x, 20)
    assert flat.tolist() == [0, 0]


def test_a_network_keeps_its_mass() -> None:
    layers = gan.initial([2, 12, 2], seeded(3))
    x, size = lattice(8, 60)
    density, error = gan.generator_density(lambda z: z + 0.2 * gan.apply(layers, z), x, 60)
    assert density.sum().item() * size == pytest.approx(1, abs=0.01)
    assert error.sum().item() * size < 0.2


@pytest.mark.parametrize(("count", "centres"), [(1, [0]), (2, [-2, 2]), (5, [-2, -1, 0, 1, 2])])
def test_a_row_of_normals_reaches_as_far_as_it_says_and_is_a_law(count: int, centres: list[int]) -> None:
    modes = gan.row(count, 2.0, 0.2)
    assert modes.centres[:, 0].tolist() == centres
    x = torch.linspace(-4, 4, 4001, dtype=F64)[:, None]
    assert torch.trapezoid(modes.log_prob(x).exp(), x[:, 0]).item() == pytest.approx(1, abs=1e-9)
    samples = modes.sample(4000, seeded())
    assert samples.shape == (4000, 1)
    assert modes.hit(samples) == (count, pytest.approx(0.9973, abs=0.004))


@pytest.mark.parametrize(("points", "cells"), [(torch.zeros(1, 3), 10), (torch.zeros(1, 2), 1)])
def test_other_lattices_are_refused(points: Tensor, cells: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        gan.generator_density(lambda z: z, points, cells)


@given(apart=st.floats(0, 4))
def test_the_value_of_the_best_discriminator_is_minus_ln_4_and_twice_the_divergence(apart: float) -> None:
    x = torch.linspace(-12, 12, 4001, dtype=F64)
    size = (x[1] - x[0]).item()
    p, q = ((-0.5 * (x - sign * apart / 2) ** 2).exp() / math.sqrt(2 * math.pi) for sign in (1, -1))
    D = gan.optimal_discriminator(p, q)
    value = (torch.special.xlogy(p, D) + torch.special.xlogy(q, gan.optimal_discriminator(q, p))).sum().item() * size
    assert gan.value_at_optimum(gan.jensen_shannon(p, q, size)) == pytest.approx(value, abs=1e-9)
    for other in (D * 0.9, 0.5 * torch.ones_like(D), D**2):
        assert (torch.special.xlogy(p, other) + torch.special.xlogy(q, 1 - other)).sum().item() * size <= value + 1e-12


def test_the_divergence_goes_from_0_to_ln_2() -> None:
    p = torch.tensor([0.5, 0.5, 0, 0], dtype=F64)
    assert gan.jensen_shannon(p, p, 1) == 0
    assert gan.jensen_shannon(p, p.flip(0), 1) == pytest.approx(math.log(2))
    assert gan.value_at_optimum(0) == -math.log(4)
    assert gan.optimal_discriminator(p, torch.zeros(4, dtype=F64)).tolist() == [1, 1, 0.5, 0.5]


def test_the_modes_are_a_law_and_their_samples_lie_near_them() -> None:
    modes = gan.ring(8, 2.0, 0.2)
    x, size = lattice(3.5, 200)
    assert modes.log_prob(x).exp().sum().item() * size == pytest.approx(1, abs=1e-6)
    samples = modes.sample(20_000, seeded())
    count, share = modes.hit(samples)
    assert count == 8
    assert share == pytest.approx(1 - math.exp(-4.5), abs=4 * math.sqrt(0.011 / 20_000))
    assert modes.hit(samples[:, :1].abs().repeat(1, 2) * torch.tensor([1.0, 0.0]).double())[0] <= 1
    with pytest.raises(ValueError, match="expected \\[M, d\\]"):
        gan.Modes(torch.zeros(0, 2), 1.0)
    with pytest.raises(ValueError, match="expected \\[M, d\\]"):
        gan.ring(0)


def test_the_discriminator_follows_the_best_one() -> None:
    """On the line the network D follows D* from the densities, while the generator moves."""
    generator = [(torch.tensor([[0.8]], dtype=F64), torch.tensor([1.0], dtype=F64))]
    data = gan.Modes(torch.tensor([[-1.0]], dtype=F64), 1.0)
    draws = seeded(2)
    training = gan.train(
        generator, gan.initial([1, 24, 24, 1], seeded(1)), lambda n: data.sample(n, draws), draws, 2e-3
    )
    losses = [0.0, 0.0]
    for step in itertools.islice(training, 600):
        x = torch.linspace(-2, 2, 41, dtype=F64)[:, None]
        q, _ = gan.generator_density(lambda z, step=step: gan.apply(step.generator, z), x, 16)
        best = gan.optimal_discriminator(data.log_prob(x).exp(), q)
        learned = torch.sigmoid(gan.apply(step.discriminator, x))[:, 0]
        losses[step.number > 300] += (learned - best).abs().mean().item() / 300
    assert losses[1] < 0.1


def test_a_gan_finds_most_modes_of_a_small_ring_and_the_seed_decides() -> None:
    modes = gan.ring(4, 1.5, 0.25)

    def run(steps: int) -> gan.Step:
        random = seeded(5)
        networks = gan.initial([2, 32, 32, 2], random), gan.initial([2, 32, 32, 1], random)
        return next(itertools.islice(gan.train(*networks, lambda n: modes.sample(n, random), random), steps - 1, None))

    first, second = run(5), run(5)
    assert (first.number, first.value) == (5, second.value)
    trained = run(900)
    samples = gan.apply(trained.generator, torch.randn(4000, 2, generator=seeded()).double())
    count, share = modes.hit(samples)
    assert count >= 2
    assert share > 0.5


def test_a_rate_that_blows_up_is_said() -> None:
    networks = gan.initial([1, 4, 1], seeded()), gan.initial([1, 4, 1], seeded())
    data = gan.Modes(torch.zeros(1, 1, dtype=F64), 1.0)
    with pytest.raises(ValueError, match="take a smaller learning rate"):
        list(itertools.islice(gan.train(*networks, lambda n: data.sample(n, seeded()), seeded(), lr=1e200), 50))
    with pytest.raises(ValueError, match="at least two"):
        gan.initial([3], seeded())
