"""Maps from a normal against the truth: their densities, inverses, volumes and samples, and the distances' floors."""

import math

import numpy as np
import pytest
import torch
from scipy import special, stats
from torch import Tensor

from tests.core.conftest import generator
from vae_core.distributions.gaussian import log_prior
from vae_core.transport import learned_map, targets
from vae_core.transport.plane_maps import Bilinear, Gaussian, Ring, log_volume
from vae_core.transport.sample_distances import (
    energy_distance,
    energy_floor,
    ks_distance,
    ks_floor,
    sliced_energy_distance,
)
from vae_core.transport.univariate import Exponential, Mixture, PiecewiseLinear, Uniform, below

DRAWN = torch.tensor([0, 0, 3, 1, 0, 0, 5, 2, 2, 0], dtype=torch.float64)


def mixture(name: str) -> Mixture:
    return Mixture(*torch.tensor(targets.MIXTURES[name], dtype=torch.float64).T)


def bilinear(name: str) -> Bilinear:
    return Bilinear(torch.tensor(targets.table(name), dtype=torch.float64), -targets.HALF, targets.HALF)


LINES = {
    "bimodal": (mixture("bimodal"), (-4, 4)),
    "three": (mixture("three"), (-6, 6)),
    "exponential": (Exponential(1.0), (0, 40)),
    "uniform": (Uniform(-2, 2), (-2, 2)),
    "drawn": (PiecewiseLinear(DRAWN, -4, 4), (-4, 4)),
}
GAUSSIAN = Gaussian(torch.tensor([[1.4, 0], [1.1, 0.7]], dtype=torch.float64))
PLANES = {"ring": Ring(), "gaussian": GAUSSIAN} | {name: bilinear(name) for name in targets.TARGETS}


def normal(n: int, d: int | None = None, seed: int = 0) -> Tensor:
    return torch.randn((n,) if d is None else (n, d), generator=generator(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", LINES)
def test_density_of_the_line_integrates_to_one_and_is_the_slope_of_its_cdf(name: str) -> None:
    target, (low, high) = LINES[name]
    x = torch.linspace(low, high, 200_001, dtype=torch.float64)
    density = target.density(x)
    assert torch.trapezoid(density, x).item() == pytest.approx(1, abs=2e-6)
    torch.testing.assert_close(torch.cumulative_trapezoid(density, x), target.cdf(x[1:]), rtol=0, atol=2e-6)


@pytest.mark.parametrize("name", LINES)
def test_the_line_is_carried_by_equal_mass_and_back(name: str) -> None:
    """F(f(z)) = Φ(z), and f^-1(f(z)) = z, also in the tails."""
    target, _ = LINES[name]
    z = torch.linspace(-5, 5, 401, dtype=torch.float64)
    x = target.from_normal(z)
    torch.testing.assert_close(target.cdf(x), torch.special.ndtr(z), rtol=0, atol=1e-14)
    torch.testing.assert_close(target.to_normal(x), z, rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", LINES)
def test_pushed_density_of_the_line_is_the_target(name: str) -> None:
    """p(x) dx/dz = φ(z), the slope by central differences inside the cells of a drawn density."""
    target, _ = LINES[name]
    z, h = torch.linspace(-2.95, 2.97, 60, dtype=torch.float64), 1e-5
    slope = (target.from_normal(z + h) - target.from_normal(z - h)) / (2 * h)
    torch.testing.assert_close(
        target.density(target.from_normal(z)) * slope, log_prior(z[:, None]).exp(), rtol=2e-4, atol=0
    )


@pytest.mark.parametrize("name", LINES)
def test_ks_distance_falls_like_one_over_root_n(name: str) -> None:
    """Slope -1/2 over two decades, and at each n the mean is the floor's within four standard errors."""
    target, _ = LINES[name]
    sizes, seeds = (30, 300, 3000), 20
    means = []
    for n in sizes:
        pushed = target.cdf(target.from_normal(normal(n * seeds, seed=n))).view(seeds, n)
        distances = torch.stack([ks_distance(row) for row in pushed])
        means.append(distances.mean().item())
        assert means[-1] == pytest.approx(ks_floor(n).mean, abs=4 * distances.std().item() / math.sqrt(seeds))
    slope = np.polyfit(np.log(sizes), np.log(means), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.06)


@pytest.mark.parametrize("n", [10, 100])
def test_five_in_a_hundred_samples_pass_the_ks_floor_s_95_percent_point(n: int) -> None:
    uniform = torch.rand(4000, n, generator=generator(), dtype=torch.float64)
    distances = torch.stack([ks_distance(row) for row in uniform])
    assert ks_floor(n).mean == pytest.approx(distances.mean().item(), rel=0.02)
    assert (distances > ks_floor(n).high).double().mean().item() == pytest.approx(0.05, abs=0.014)
    assert ks_floor(10**8).mean * 1e4 == pytest.approx(0.8687, abs=1e-4)
    assert ks_distance(uniform[0]).item() == pytest.approx(stats.kstest(uniform[0].numpy(), "uniform").statistic)


def test_ring_density_integrates_to_one_with_the_known_mean_and_spread() -> None:
    rho = torch.linspace(1, 1.9, 100_001, dtype=torch.float64)
    density = 2 * math.pi * rho * Ring().log_density(torch.stack([rho, torch.zeros_like(rho)], -1)).exp()
    mean = torch.trapezoid(density * rho, rho).item()
    assert torch.trapezoid(density, rho).item() == pytest.approx(1, abs=1e-9)
    assert mean == pytest.approx(1 + math.sqrt(math.pi / 2) / 10, abs=1e-9)
    assert mean == pytest.approx(1.1253, abs=5e-5)
    assert math.sqrt(torch.trapezoid(density * (rho - mean) ** 2, rho).item()) == pytest.approx(0.0655, abs=5e-5)
    assert Ring().log_density(torch.tensor([[0.5, 0.5]])).item() == -math.inf
    radius = Ring().from_normal(normal(100_000, 2)).norm(dim=-1)
    assert radius.mean().item() == pytest.approx(mean, abs=5 * 0.0655 / math.sqrt(100_000))


@pytest.mark.parametrize("name", PLANES)
def test_every_plane_is_carried_and_back(name: str) -> None:
    z = normal(2000, 2).clamp(-4, 4)
    torch.testing.assert_close(PLANES[name].to_normal(PLANES[name].from_normal(z)), z, rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", PLANES)
def test_pushed_density_of_the_plane_is_the_target(name: str) -> None:
    """p(f(z)) √det JᵀJ = p(z), J by differences that do not straddle a cell of the table, for nearly every z."""
    plane, z, h = PLANES[name], normal(400, 2, seed=3), 1e-6
    columns = [(plane.from_normal(z + e) - plane.from_normal(z - e)) / (2 * h) for e in h * torch.eye(2).double()]
    numeric = torch.linalg.det(torch.stack(columns, -1)).abs().log()
    torch.testing.assert_close(plane.log_density(plane.from_normal(z)) + plane.log_volume(z), log_prior(z))
    assert ((numeric - plane.log_volume(z)).abs() < 1e-3).double().mean() > 0.97


@pytest.mark.parametrize("name", ["ring", "gaussian"])
def test_automatic_differentiation_gives_the_same_volume(name: str) -> None:
    z = normal(50, 2, seed=4)
    torch.testing.assert_close(log_volume(PLANES[name].from_normal, z), PLANES[name].log_volume(z))


@pytest.mark.parametrize("name", targets.TARGETS)
def test_density_of_a_table_integrates_to_one(name: str) -> None:
    """Summed over cells of a quarter of the table's, a bilinear density is exact by the trapezoid rule."""
    side = torch.linspace(-3, 3, 4 * (targets.SIDE - 1) + 1, dtype=torch.float64)
    density = PLANES[name].log_density(torch.cartesian_prod(side, side)).exp().view(len(side), -1)
    total = torch.trapezoid(torch.trapezoid(density, side), side)
    assert total.item() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", targets.TARGETS)
def test_histogram_of_what_the_conditional_method_pushes_is_the_density(name: str) -> None:
    """Chi-square over the cells of the table in which at least 5 are expected, cell masses by the corners' mean."""
    n, plane = 100_000, PLANES[name]
    x = plane.from_normal(normal(n, 2, seed=5)).numpy()
    edges = np.linspace(-targets.HALF, targets.HALF, targets.SIDE)
    found, _, _ = np.histogram2d(x[:, 0], x[:, 1], bins=(edges, edges))
    v = plane.values.numpy()
    mass = (v[1:, 1:] + v[1:, :-1] + v[:-1, 1:] + v[:-1, :-1]) / 4
    expected = n * mass / mass.sum()
    often = expected >= 5
    cells = [[*found[often], found[~often].sum()], [*expected[often], expected[~often].sum()]]
    assert found[mass == 0].sum() == 0
    assert stats.chisquare(*np.array(cells) + 1e-9).pvalue > 1e-3


def test_the_cholesky_map_has_the_covariance() -> None:
    x = GAUSSIAN.from_normal(normal(200_000, 2))
    truth = torch.tensor([[1.96, 1.54], [1.54, 1.70]], dtype=torch.float64)
    torch.testing.assert_close(GAUSSIAN.covariance, truth)
    torch.testing.assert_close(x.T.cov(), truth, rtol=0, atol=0.03)
    reference = torch.distributions.MultivariateNormal(torch.zeros(2).double(), truth)
    torch.testing.assert_close(GAUSSIAN.log_density(x[:100]), reference.log_prob(x[:100]))


def test_energy_distance_by_slices_is_that_of_all_pairs() -> None:
    x, y = PLANES["moons"].from_normal(normal(300, 2)), PLANES["spiral"].from_normal(normal(400, 2, seed=1))
    whole = energy_distance(x, y).item()
    assert whole > 0
    assert sliced_energy_distance(x, y).item() == pytest.approx(whole, rel=0.01)
    assert sliced_energy_distance(x, x).item() == pytest.approx(0, abs=1e-12)
    line = x.numpy()[:, 0], y.numpy()[:, 0]
    flat = [torch.tensor(v)[:, None] for v in line]
    assert energy_distance(*flat).item() == pytest.approx(stats.energy_distance(*line) ** 2, rel=1e-9)


@pytest.mark.parametrize("name", ["ring", "spiral"])
def test_equal_samples_are_within_the_energy_floor_95_times_in_a_hundred(name: str) -> None:
    n, trials = 100, 400
    draws = PLANES[name].from_normal(normal(2 * n * trials, 2, seed=6)).view(trials, 2, n, 2)
    distances = torch.stack([sliced_energy_distance(x, y) for x, y in draws])
    floor = energy_floor(PLANES[name].from_normal(normal(300, 2, seed=7)), n, n)
    assert floor.mean == pytest.approx(distances.mean().item(), rel=0.08)
    assert (distances > floor.high).double().mean().item() == pytest.approx(0.05, abs=0.03)


def test_a_network_reaches_the_floor_that_a_narrow_one_does_not() -> None:
    """After 200 steps on the ring: width 16 is near the floor of fresh draws, and far below one tanh unit."""
    reached = {}
    for width in (1, 16):
        g = generator(1)
        layers = learned_map.start(width, 1, g)
        steps = learned_map.train(layers, lambda n, g=g: Ring().from_normal(torch.randn(n, 2, generator=g).double()), g)
        trained = [next(steps) for _ in range(200)][-1].layers
        x = learned_map.apply(trained, normal(500, 2, seed=8)).detach()
        reached[width] = energy_distance(x, Ring().from_normal(normal(500, 2, seed=9))).item()
    floor = energy_floor(Ring().from_normal(normal(300, 2)), 500, 500)
    assert reached[16] < 6 * floor.high
    assert reached[16] < reached[1] / 5


def test_the_network_s_volume_is_that_of_its_jacobian() -> None:
    layers = learned_map.start(6, 2, generator())
    z = normal(5, 2)
    J = torch.stack([torch.autograd.functional.jacobian(lambda v: learned_map.apply(layers, v), row) for row in z])
    torch.testing.assert_close(log_volume(lambda v: learned_map.apply(layers, v), z), torch.linalg.det(J).abs().log())


def test_what_is_no_density_or_no_map_is_a_sentence() -> None:
    for values, words in (([0, 0, 0], "some mass"), ([1, -1], "none of them negative"), ([1, math.nan], "finite")):
        with pytest.raises(ValueError, match=words):
            PiecewiseLinear(torch.tensor(values, dtype=torch.float64), 0, 1)
    with pytest.raises(ValueError, match="positive diagonal"):
        Gaussian(torch.tensor([[1.0, 0], [0, -1]]))
    with pytest.raises(ValueError, match="some mass"):
        Bilinear(torch.zeros(3, 3), -1, 1)
    with pytest.raises(ValueError, match="expected one of mixture"):
        targets.table("elsewhere")
    with pytest.raises(ValueError, match="width 0"):
        learned_map.start(0, 1, generator())


def test_the_normal_keeps_its_digits_in_the_tail() -> None:
    z = torch.linspace(-30, 5, 200, dtype=torch.float64)
    np.testing.assert_allclose(below(z).numpy(), special.ndtr(z.numpy()), rtol=1e-12)
    x = LINES["three"][0].from_normal(doubles_of(-9.0, 9.0))
    torch.testing.assert_close(LINES["three"][0].to_normal(x), doubles_of(-9.0, 9.0), rtol=1e-9, atol=0)


def doubles_of(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)
