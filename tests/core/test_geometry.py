"""The decoder's geometry against charts whose lengths and shortest paths are known: planes, a ring, a sphere."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.core.conftest import SMALL, generator
from tests.core.test_linear_gaussian import random_model
from vae_core.latent import geometry, interpolation
from vae_core.models.linear_gaussian import IsotropicNormal
from vae_core.models.vae import build
from vae_core.transport.plane_maps import Ring

EXACT = 1e-13  # of the energy, for a search that goes as far as float64 can


@dataclass(frozen=True)
class Chart:
    """A map with the face of a decoder."""

    f: Callable[[Tensor], Tensor]

    def decode(self, z: Tensor) -> IsotropicNormal:
        return IsotropicNormal(self.f(z), 1.0)


def _on_the_sphere(z: Tensor) -> Tensor:
    """Longitude and latitude to the unit sphere."""
    longitude, latitude = z.unbind(-1)
    flat = latitude.cos()
    return torch.stack((flat * longitude.cos(), flat * longitude.sin(), latitude.sin()), -1)


SPHERE, RING = Chart(_on_the_sphere), Chart(Ring().from_normal)
linears = st.builds(random_model, st.integers(1, 6), st.integers(6, 9), st.floats(0.1, 1), st.integers(0, 10**6))


def point(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def close(found, expected, tolerance: float = 1e-9) -> None:
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("kind", SMALL)
def test_the_metric_is_that_of_reverse_mode_derivatives(kind):
    model = build(SMALL[kind], generator()).double().eval().requires_grad_(False)
    z = torch.randn((2, 3, model.latent_dim), generator=generator(1), dtype=torch.float64)
    found = geometry.metric(model, z)
    for i, j in ((0, 0), (1, 2)):
        J = torch.autograd.functional.jacobian(lambda z: model.decode(z).mean.flatten(), z[i, j])
        close(found[i, j], J.T @ J)
        close(geometry.log_volume(model, z)[i, j], 0.5 * torch.logdet(J.T @ J))


def test_the_metric_of_the_sphere_and_the_volume_of_the_ring():
    z = torch.stack((torch.linspace(-3, 3, 7), torch.linspace(-1.5, 1.5, 7)), -1).double()
    ones = torch.ones(7).double()
    close(geometry.metric(SPHERE, z), torch.diag_embed(torch.stack((z[:, 1].cos() ** 2, ones), -1)))
    off = z + 0.1
    close(geometry.log_volume(RING, off), Ring().log_volume(off))


def test_many_codes_have_the_metric_of_each():
    z = torch.randn((50, 2), generator=generator(), dtype=torch.float64)
    close(geometry.metric(SPHERE, z, chunk=1), geometry.metric(SPHERE, z))


@pytest.mark.parametrize("latitude", [0.0, 0.7, 1.3])
def test_lengths_and_energies_on_the_sphere_are_those_of_circles(latitude):
    around = interpolation.linear(point(-1, latitude), point(1.5, latitude), 9)
    length = 2.5 * math.cos(latitude)
    assert geometry.curve_length(SPHERE, around) == pytest.approx(length, rel=1e-12)
    assert geometry.curve_energy(SPHERE, around) == pytest.approx(length**2 / 2, rel=1e-12)
    close(geometry.step_lengths(SPHERE, around), torch.full((8,), length / 8, dtype=torch.float64))
    uneven = around[[0, 1, 8]]
    assert geometry.curve_length(SPHERE, uneven) == pytest.approx(length, rel=1e-12)
    assert geometry.curve_energy(SPHERE, uneven) > 1.2 * length**2 / 2


def test_the_length_of_a_chord_of_the_ring_map():
    """Along a ray the map stretches by 1/10, on a circle of radius r by (1 + r/10)/r."""
    ray = interpolation.linear(point(1, 0), point(3, 0), 5)
    assert geometry.curve_length(RING, ray) == pytest.approx(0.2, rel=1e-12)
    angle = torch.linspace(0, 2, 400, dtype=torch.float64)
    arc = 2 * torch.stack((angle.cos(), angle.sin()), -1)
    assert geometry.curve_length(RING, arc) == pytest.approx(1.2 * 2, rel=1e-5)


@settings(max_examples=25)
@given(linears, st.integers(2, 20), st.integers(0, 10**6))
def test_with_a_linear_decoder_the_geodesic_is_the_straight_line(model, frames, seed):
    a, b = torch.randn((2, model.latent_dim), generator=generator(seed), dtype=torch.float64)
    found = geometry.geodesic(model, a, b, frames)
    close(found.path, interpolation.linear(a, b, frames), 1e-6)
    expected = (model.W @ (b - a)).norm().item()
    assert found.length == pytest.approx(expected, rel=1e-9)
    assert found.straight_length == pytest.approx(expected, rel=1e-9)
    assert found.converged
    assert found.steps == 0


@pytest.mark.parametrize("ends", [((-0.8, 0.5), (0.9, 0.8)), ((0, 1.2), (2.2, 1.0)), ((-1, -0.9), (1.4, 0.6))])
def test_on_the_sphere_the_geodesic_is_the_great_circle(ends):
    a, b = (point(*end) for end in ends)
    found = geometry.geodesic(SPHERE, a, b, 41, tolerance=EXACT)
    u, v = _on_the_sphere(torch.stack((a, b)))
    angle = torch.arccos(u @ v).item()
    assert found.converged
    close(_on_the_sphere(found.path), interpolation.spherical(u, v, 41), 1e-6)
    assert found.length == pytest.approx(angle, rel=2e-3)
    assert found.length < found.straight_length
    close(geometry.geodesic(SPHERE, b, a, 41, tolerance=EXACT).path.flip(0), found.path, 1e-6)


def test_the_length_of_a_geodesic_converges_with_the_square_of_its_frames():
    a, b = point(0, 1.2), point(2.2, 1.0)
    angle = torch.arccos(_on_the_sphere(a) @ _on_the_sphere(b)).item()
    coarse, fine = (geometry.geodesic(SPHERE, a, b, n, tolerance=EXACT).length - angle for n in (21, 41))
    assert 0 < fine < coarse / 3


@pytest.mark.parametrize("angle", [0.4, 1.0, 1.3])
def test_on_the_ring_map_the_geodesic_is_a_straight_line_of_pictures_where_it_misses_the_hole(angle):
    """The map is one to one onto the plane outside the unit circle, so its metric is flat."""
    a, b = point(4, 0), 5 * point(math.cos(angle), math.sin(angle))
    found = geometry.geodesic(RING, a, b, 31, tolerance=EXACT)
    ends = Ring().from_normal(torch.stack((a, b)))
    close(Ring().from_normal(found.path), interpolation.linear(*ends, 31), 1e-6)
    assert found.length == pytest.approx((ends[1] - ends[0]).norm().item(), rel=1e-3)


def test_on_the_ring_map_the_geodesic_goes_around_the_hole():
    """Two tangents to the unit circle and the arc between them: 2 (√(ρ² - 1) - arccos(1/ρ)) + the angle."""
    a, b = point(3, 0), 3 * point(math.cos(2.5), math.sin(2.5))
    expected = 2 * (math.sqrt(1.3**2 - 1) - math.acos(1 / 1.3)) + 2.5
    found = geometry.geodesic(RING, a, b, 60)
    assert found.length == pytest.approx(expected, rel=0.01)
    assert found.length < found.straight_length


@settings(max_examples=10)
@given(st.sampled_from(sorted(SMALL)), st.integers(0, 10**6), st.floats(1, 3))
def test_a_geodesic_is_no_longer_than_the_straight_line_and_its_energy_only_falls(kind, seed, scale):
    model = build(SMALL[kind], generator(seed)).eval().requires_grad_(False)
    for layer in model.decoder:
        if hasattr(layer, "weight"):
            layer.weight.mul_(scale)
    a, b = 2 * torch.randn((2, model.latent_dim), generator=generator(seed))
    found = geometry.geodesic(model, a, b, 16)
    assert found.path.dtype == torch.float32
    assert found.path[0].equal(a)
    assert found.path[-1].equal(b)
    assert found.length <= found.straight_length
    assert found.length <= math.sqrt(2 * geometry.curve_energy(model, found.path)) * (1 + 1e-6)
    assert list(found.energies) == sorted(found.energies, reverse=True)


def test_a_search_that_is_cut_short_says_so():
    found = geometry.geodesic(SPHERE, point(0, 1.4), point(2.6, 1.3), 21, tolerance=EXACT, most_steps=1)
    assert not found.converged
    assert found.steps == 1


def test_identical_ends_are_a_path_that_stays():
    found = geometry.geodesic(SPHERE, point(0.3, 0.2), point(0.3, 0.2), 5)
    close(found.path, point(0.3, 0.2).expand(5, -1))
    assert found.length == found.straight_length == 0
    assert found.converged


def test_dimensions_that_the_decoder_ignores_stay_even():
    model = Chart(lambda z: _on_the_sphere(z[..., :2]))
    a, b = point(0, 1.2, -1), point(2.2, 1.0, 1)
    found = geometry.geodesic(model, a, b, 21, tolerance=EXACT)
    without = geometry.geodesic(SPHERE, a[:2], b[:2], 21, tolerance=EXACT)
    close(_on_the_sphere(found.path[:, :2]), _on_the_sphere(without.path), 1e-5)
    assert found.path[:, 2].isfinite().all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: geometry.curve_length(SPHERE, point(1, 2)[None]), "at least 2 frames"),
        (lambda: geometry.geodesic(SPHERE, point(1, 2), point(1, 2, 3), 5), "one shape"),
        (lambda: geometry.geodesic(SPHERE, point(1, 2), point(3, 2), 1), "frames is 1"),
        (lambda: geometry.geodesic(Chart(lambda z: z / 0), point(1, 2), point(3, 2), 5), "not finite"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()
