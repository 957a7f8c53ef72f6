"""Paths of codes: end points, reversal, norms and angles, whatever the codes."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import generator
from vae_core.latent import interpolation

pairs = st.tuples(st.integers(1, 50), st.integers(0, 10**6))
KINDS = {"linear": interpolation.linear, "spherical": interpolation.spherical}


def codes(count: int, dim: int, seed: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn((count, dim), generator=generator(seed), dtype=torch.float64).to(dtype)


def close(found, expected, tolerance: float = 1e-12) -> None:
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(st.integers(2, 50), st.integers(0, 10**6), st.integers(2, 61))
def test_a_path_has_its_ends_and_reversed_ends_give_the_reversed_path(kind, dtype, dim, seed, frames):
    a, b = codes(2, dim, seed, dtype)
    path = KINDS[kind](a, b, frames)
    assert path.shape == (frames, dim)
    assert path.dtype == dtype
    assert path[0].equal(a)
    assert path[-1].equal(b)
    close(KINDS[kind](b, a, frames).flip(0), path, 1e-6 if dtype == torch.float32 else 1e-9)


@given(st.integers(2, 50), st.integers(0, 10**6))
def test_slerp_interpolates_the_norm_and_turns_evenly_in_the_plane_of_its_ends(dim, seed):
    a, b = codes(2, dim, seed)
    path, t = interpolation.spherical(a, b, 13), torch.linspace(0, 1, 13, dtype=torch.float64)
    close(path.norm(dim=1), torch.lerp(a.norm(), b.norm(), t), 1e-9)
    way = path / path.norm(dim=1, keepdim=True)
    angle = torch.arccos((way[0] @ way[-1]).clamp(-1, 1))
    close((way[1:] * way[:-1]).sum(1), torch.cos(angle / 12).expand(12), 1e-9)
    plane = torch.linalg.qr(torch.stack((a, b), 1))[0]
    close(path @ plane @ plane.T, path, 1e-9)


def test_slerp_of_a_quarter_turn():
    close(
        interpolation.spherical(torch.tensor([1.0, 0]).double(), torch.tensor([0, 3.0]).double(), 3)[1],
        2 * torch.full((2,), math.sqrt(0.5), dtype=torch.float64),
    )


def test_at_50_dimensions_the_linear_midpoint_is_short_and_the_spherical_one_typical():
    """E of the norm of N(0, I) in 50 dimensions is 7.036, of the mean of two draws 4.975."""
    a, b = codes(4000, 50, 1), codes(4000, 50, 2)
    middle = {
        kind: torch.stack([path(*pair, 3)[1] for pair in zip(a, b, strict=True)]).norm(dim=1).mean()
        for kind, path in KINDS.items()
    }
    assert middle["linear"].item() == pytest.approx(4.975, abs=0.03)
    assert middle["spherical"].item() == pytest.approx(7.036, abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
@given(pairs)
def test_identical_ends_give_a_path_that_stays(kind, pair):
    a = codes(1, *pair)[0]
    close(KINDS[kind](a, a, 5), a.expand(5, -1))


@given(st.integers(2, 20), st.integers(0, 10**6), st.floats(1e-12, 1e-4))
def test_slerp_of_nearly_one_direction_is_the_straight_line(dim, seed, little):
    a, b = codes(2, dim, seed)
    c = a + little * b
    apart = (interpolation.spherical(a, c, 7) - interpolation.linear(a, c, 7)).norm(dim=1).max()
    assert apart <= (little * b.norm()) ** 2 / a.norm() + 1e-14


def test_antipodal_codes_and_the_origin_have_no_arc():
    a = codes(1, 5, 0)[0]
    with pytest.raises(ValueError, match="opposite directions"):
        interpolation.spherical(a, -3 * a, 5)
    with pytest.raises(ValueError, match="at the origin"):
        interpolation.spherical(a, torch.zeros(5).double(), 5)
    close(interpolation.linear(a, -a, 3)[1], torch.zeros(5).double())


@pytest.mark.parametrize("kind", KINDS)
@given(st.integers(2, 6), st.integers(1, 9), st.integers(0, 10**6))
def test_a_path_through_waypoints_is_its_pieces(kind, waypoints, each, seed):
    points = codes(waypoints, 4, seed)
    path = interpolation.through(points, (waypoints - 1) * each + 1, kind)
    for i in range(waypoints - 1):
        close(path[i * each : (i + 1) * each + 1], KINDS[kind](points[i], points[i + 1], each + 1), 1e-9)


def test_even_distances_along_a_drawn_curve():
    corner = torch.tensor([[0.0, 0], [3, 0], [3, 0], [3, 1]]).double()
    found = interpolation.evenly(corner, 5)
    close(found, torch.tensor([[0.0, 0], [1, 0], [2, 0], [3, 0], [3, 1]]).double())
    still = torch.ones((3, 2)).double()
    close(interpolation.evenly(still, 4), torch.ones((4, 2)).double())


@given(st.integers(2, 9), st.integers(1, 6), st.integers(1, 20), st.integers(0, 10**6))
def test_a_smooth_curve_meets_its_waypoints_and_turns_with_them(waypoints, dim, each, seed):
    points = codes(waypoints, dim, seed)
    curve = interpolation.smooth(points, each)
    assert curve.shape == ((waypoints - 1) * each + 1, dim)
    close(curve[::each], points)
    close(interpolation.smooth(points.flip(0), each).flip(0), curve, 1e-9)
    frame = torch.linalg.qr(codes(dim + 3, dim, seed + 1))[0]  # as a plane lies in more dimensions
    close(interpolation.smooth(3 * points @ frame.T + 1, each), 3 * curve @ frame.T + 1, 1e-9)


def test_a_smooth_curve_through_a_line_is_the_line_and_through_a_circle_nearly_the_circle():
    line = torch.tensor([[0.0, 0], [1, 2], [1, 2], [3, 6]]).double()
    curve = interpolation.smooth(line, 8)
    close(curve[:, 1], 2 * curve[:, 0])
    assert bool((curve.diff(dim=0)[:, 0] > 0).all())
    errors = []
    for count in (16, 32):
        turn = 2 * math.pi * torch.arange(count + 1).double() / count
        ring = interpolation.smooth(torch.stack((turn.cos(), turn.sin()), 1), 16)
        errors.append((ring.norm(dim=1) - 1)[16:-16].abs().max().item())  # the ends go on straight
    assert errors[0] < 1e-3
    assert errors[1] < errors[0] / 8
    close(interpolation.smooth(line[1:3], 5), line[1:3])


@given(st.integers(2, 7), st.integers(2, 7), st.integers(0, 10**6))
def test_grids_hold_their_corners_and_rows_are_paths(rows, columns, seed):
    corners = codes(4, 6, seed).reshape(2, 2, 6)
    for grid, path in (
        (interpolation.bilinear, interpolation.linear),
        (interpolation.spherical_grid, interpolation.spherical),
    ):
        found = grid(corners, rows, columns)
        assert found.shape == (rows, columns, 6)
        assert found[:: rows - 1, :: columns - 1].equal(corners)
        left, right = (path(*corners[:, side], rows) for side in (0, 1))
        for row in range(rows):
            close(found[row], path(left[row], right[row], columns), 1e-9)
    flat = interpolation.bilinear(corners, rows, columns)
    close(interpolation.bilinear(corners.transpose(0, 1), columns, rows).transpose(0, 1), flat)
    close(flat.mean((0, 1)), corners.mean((0, 1)))


def test_a_traversal_changes_one_number():
    z, values = codes(1, 4, 0)[0], torch.tensor([-2.0, 0, 2])
    found = interpolation.traversal(z, 2, values)
    close(found[:, 2], values.double())
    kept = [0, 1, 3]
    close(found[:, kept], z[kept].expand(3, 3))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda a: interpolation.linear(a, a, 1), "frames is 1, expected at least 2"),
        (lambda a: interpolation.linear(a, a[:2], 5), "one shape"),
        (lambda a: interpolation.linear(a, a * math.nan, 5), "not finite"),
        (lambda a: interpolation.through(a[None], 5), "at least 2"),
        (lambda a: interpolation.through(a.expand(2, -1), 5, "round"), "kind is 'round'"),
        (lambda a: interpolation.evenly(a, 5), "expected \\[P, D\\]"),
        (lambda a: interpolation.smooth(a[None], 5), "W > 1"),
        (lambda a: interpolation.smooth(a.expand(2, -1), 0), "each > 0"),
        (lambda a: interpolation.bilinear(a, 2, 2), "corners"),
        (lambda a: interpolation.bilinear(a.expand(2, 2, -1), 1, 2), "rows is 1"),
        (lambda a: interpolation.traversal(a, 3, a), "dimension is 3"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call(torch.ones(3))
