"""Projections and neighbours against truth: known variances, true slices, brute force, the same plane again."""

import math
import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import generator
from vae_core.latent import projection

quiet = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ImportWarning")


def codes(count: int, dim: int, seed: int = 0) -> torch.Tensor:
    return torch.randn((count, dim), generator=generator(seed), dtype=torch.float64)


def clusters(count: int = 240, dim: int = 6) -> torch.Tensor:
    """Three far groups, one after another."""
    return codes(count, dim) + 12 * torch.eye(dim).double()[torch.arange(count) * 3 // count]


def close(found, expected, tolerance: float = 1e-9) -> None:
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def test_pca_finds_axes_that_were_put_there():
    turn = torch.linalg.qr(codes(4, 4, 1))[0]
    spread = torch.tensor([3.0, 2, 1, 0.5]).double()
    white = codes(500, 4)
    white = white - white.mean(0)
    white = white @ torch.linalg.inv(torch.linalg.cholesky(white.T @ white / 500)).T  # covariance I exactly
    found = projection.pca(white * spread @ turn.T + 5, 3)
    close(found.mean, torch.full((4,), 5.0).double())
    close((found.components @ turn[:, :3]).abs(), torch.eye(3).double())
    close(found.explained, spread[:3] ** 2 / (spread**2).sum())
    assert (found.components.gather(1, found.components.abs().argmax(1, keepdim=True)) > 0).all()


@given(st.integers(2, 20), st.integers(0, 10**6))
def test_the_plane_of_pca_is_a_true_slice(dim, seed):
    z = codes(30, dim, seed)
    plane = projection.pca(z, 2)
    place = plane.to_plane(z)
    close(plane.to_plane(plane.from_plane(place)), place)
    close(plane.from_plane(place[3], held=z[3]), z[3])
    moved = plane.from_plane(place[3] + 1, held=z[3])
    close(plane.to_plane(moved), place[3] + 1)
    close((moved - z[3]).norm(), torch.tensor(math.sqrt(2)).double(), 1e-6)
    if dim == 2:
        close(plane.from_plane(place), z)
        close(plane.explained.sum(), torch.tensor(1.0).double())


def test_of_too_few_codes_it_is_said_before_the_work():
    with pytest.raises(ValueError, match="there are 4 codes, expected at least 5 for UMAP"):
        projection.neighbours_of(4)
    assert [projection.neighbours_of(count) for count in (5, 6, 12, 31, 10_000)] == [2, 2, 5, 15, 15]


@given(st.integers(1, 40), st.integers(0, 10**6), st.data())
def test_nearest_is_brute_force(count, seed, data):
    pictures = torch.randint(0, 256, (count, 1, 2, 2), generator=generator(seed), dtype=torch.uint8)
    to = torch.randint(0, 256, (1, 2, 2), generator=generator(seed + 1), dtype=torch.uint8)
    k = data.draw(st.integers(1, count))
    found = projection.nearest(pictures, to, k)
    each = [math.dist(picture.flatten().tolist(), to.flatten().tolist()) for picture in pictures]
    expected = sorted(range(count), key=lambda i: (each[i], i))[:k]
    assert found.index.tolist() == expected
    assert found.distance.tolist() == pytest.approx([each[i] for i in expected], rel=1e-6)


def test_nearest_and_within_do_not_depend_on_the_parts():
    z, path = codes(200, 5), codes(9, 5, 1)
    whole, counts = projection.nearest(z, path[0], 10), projection.within(z, path, 2.0)
    assert counts.tolist() == [sum(math.dist(a, b) <= 2 for b in z.tolist()) for a in path.tolist()]
    parts = projection.nearest(z, path[0], 10, chunk=7)
    assert parts.index.equal(whole.index)
    assert projection.within(z, path, 2.0, chunk=7).equal(counts)


@pytest.mark.promise
@quiet
def test_umap_is_reproducible_by_its_seed_keeps_groups_together_and_lays_out_a_few_codes():
    z, heard = clusters(), []
    plane = projection.umap(z, seed=3, tell=heard.append)
    assert plane.shape == (240, 2)
    assert projection.umap(z, seed=3).equal(plane)
    assert not projection.umap(z, seed=4).equal(plane)
    for count in (5, 6, 12, 31):  # here, since umap-learn compiles for half a minute in each process
        few, k = codes(count, 4), projection.neighbours_of(count)
        places = projection.umap(few, 0, neighbours=k)
        assert places.shape == (count, 2)
        assert places.isfinite().all()
        assert 0 <= projection.trustworthiness(few, places, neighbours=k) <= 1
    assert heard == sorted(heard)
    assert heard[-1] == 1
    group = torch.arange(240) * 3 // 240
    for i in range(0, 240, 17):
        assert (group[projection.nearest(plane, plane[i], 20).index] == group[i]).all()
    assert projection.trustworthiness(z, plane) > 0.85


@pytest.mark.parametrize("chunk", [None, 7])
def test_the_neighbours_that_umap_is_given_are_exact(chunk):
    z = codes(60, 5).float() + 30  # where |a|^2 - 2ab + |b|^2 would leave a rest
    index, distance = projection.exact_neighbours(z, 4, chunk=chunk)
    assert (distance[:, 0] == 0).all()
    for i in range(60):
        found = projection.nearest(z, z[i], 4)
        assert index[i].tolist() == found.index.tolist()
        assert distance[i].tolist() == pytest.approx(found.distance.tolist(), rel=1e-5)


@pytest.mark.slow
@quiet
def test_umap_can_be_cancelled():
    class Cancelled(Exception):
        pass

    def cancel(share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        projection.umap(clusters(60), seed=0, tell=cancel)


def test_trustworthiness_is_one_of_the_codes_themselves_and_a_half_of_chance():
    z = codes(1000, 2)
    assert projection.trustworthiness(z, 3 * z + 1) == 1
    assert projection.trustworthiness(z, codes(1000, 2, 1)) == pytest.approx(0.5, abs=0.03)


def test_trustworthiness_against_its_definition():
    """1 - 2 / (n k (2n - 3k - 1)) sum of (rank - k) over the intruders (Venna & Kaski 2001, eq. 1)."""
    z, plane, k = codes(50, 4), codes(50, 4)[:, :2], 5
    far, near = (torch.cdist(each, each).fill_diagonal_(-1).argsort(1).argsort(1) for each in (z, plane))
    intruders = (near >= 1) & (near <= k) & (far > k)
    expected = 1 - 2 / (50 * k * (2 * 50 - 3 * k - 1)) * ((far - k) * intruders).sum().item()
    assert projection.trustworthiness(z, plane, neighbours=k) == pytest.approx(expected, rel=1e-12)


def test_between_places_is_a_code_among_the_nearest():
    z, plane = codes(30, 5), codes(30, 2, 1)
    close(projection.between(z, plane, plane[7]), z[7])
    ends, middle = torch.tensor([[0.0, 0], [2, 0]]).double(), torch.tensor([1.0, 0]).double()
    close(projection.between(z[:2], ends, middle, k=2), z[:2].mean(0))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda z: projection.pca(z, 5), "k is 5, expected 1 to 4"),
        (lambda z: projection.pca(z[:1]), "at least 2"),
        (lambda z: projection.pca(z * math.nan), "not finite"),
        (lambda z: projection.pca(torch.ones((5, 4))), "all codes are the same"),
        (lambda z: projection.umap(z, 0, neighbours=20), "expected 2 to 19 for 20 codes"),
        (lambda z: projection.trustworthiness(z, z[:5]), "20 codes and 5 places"),
        (lambda z: projection.nearest(z, z[0, :2], 1), "to is \\[2\\]"),
        (lambda z: projection.nearest(z, z[0], 21), "k is 21"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call(codes(20, 4))


@pytest.mark.slow
def test_umap_is_imported_only_when_it_is_used():

    code = "import sys, vae_core.latent.projection; sys.exit('umap' in sys.modules or 'sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
