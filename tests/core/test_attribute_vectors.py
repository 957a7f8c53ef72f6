"""Attribute directions against groups whose separation has a closed form."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tests.core.conftest import generator
from vae_core.latent import attribute_vectors


def codes(count: int, dim: int, seed: int) -> torch.Tensor:
    return torch.randn((count, dim), generator=generator(seed), dtype=torch.float64)


def close(found, expected, tolerance: float = 1e-12) -> None:
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("apart", [0.5, 1.0, 2.0])
def test_two_normal_groups_are_separated_as_theory_says(apart):
    """Means d apart and covariance I: AUC = Φ(d / √2)."""
    shift = apart * torch.eye(3).double()[1]
    found = attribute_vectors.direction(codes(4000, 3, 1) + shift, codes(4000, 3, 2))
    expected = 0.5 * (1 + math.erf(apart / 2))
    assert abs(found.separation.auc - expected) < 3.5 * found.separation.error
    close(found.vector, shift, 0.1)
    assert (found.separation.with_, found.separation.without) == (2000, 2000)


def test_a_poor_direction_looks_poor():
    """In 200 dimensions any two small groups are apart in the codes that made the direction, not in others."""
    found = attribute_vectors.direction(codes(40, 200, 1), codes(40, 200, 2))
    assert abs(found.separation.auc - 0.5) < 3 * found.separation.error
    assert found.separation.error > 0.05


def test_the_error_is_the_spread_of_the_auc_over_repetitions():
    aucs, errors = zip(
        *(
            (found.auc, found.error)
            for seed in range(600)
            for found in [attribute_vectors.separation(codes(60, 1, seed)[:, 0] + 1, codes(40, 1, seed + 1000)[:, 0])]
        ),
        strict=True,
    )
    assert sum(errors) / 600 == pytest.approx(torch.tensor(aucs).std().item(), rel=0.12)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=20), st.lists(st.integers(0, 5), min_size=2, max_size=20))
def test_the_auc_is_that_of_scikit_learn_also_with_ties(with_, without):
    found = attribute_vectors.separation(torch.tensor(with_), torch.tensor(without))
    truth = roc_auc_score([1] * len(with_) + [0] * len(without), with_ + without)
    assert found.auc == pytest.approx(truth, abs=1e-12)
    swapped = attribute_vectors.separation(torch.tensor(without), torch.tensor(with_))
    assert swapped.auc == pytest.approx(1 - found.auc, abs=1e-12)


def test_the_auc_does_not_depend_on_the_parts():
    a, b = codes(50, 1, 1)[:, 0], codes(30, 1, 2)[:, 0]
    assert attribute_vectors.separation(a, b, chunk=7) == attribute_vectors.separation(a, b)


def test_groups_far_apart_are_told_apart_and_still_have_an_error():
    found = attribute_vectors.direction(codes(10, 2, 1) + 100, codes(12, 2, 2))
    assert found.separation.auc == 1
    assert 0.05 < found.separation.error < 0.15  # of 5 and 6 images


def test_adding_a_direction_once_takes_one_mean_to_the_other():
    with_, without = codes(20, 5, 1) + 2, codes(30, 5, 2)
    found = attribute_vectors.direction(with_, without)
    close(found.added(without.mean(0), torch.tensor([0.0, 1])), torch.stack((without.mean(0), with_.mean(0))))
    again = attribute_vectors.direction(with_, without)
    assert again.separation == found.separation


@given(st.integers(1, 20), st.integers(0, 10**6))
def test_an_analogy_closes_the_parallelogram(dim, seed):
    a, b, c = codes(3, dim, seed)
    d = attribute_vectors.analogy(a, b, c)
    close(d - c, b - a)
    close(attribute_vectors.analogy(a, a, c), c)
    close(attribute_vectors.analogy(b, a, d), c)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda z: attribute_vectors.direction(z[:3], z), "3 and 10 images"),
        (lambda z: attribute_vectors.direction(z, z[:, :2]), "expected \\[N, D\\]"),
        (lambda z: attribute_vectors.direction(z, z), "the same mean"),
        (lambda z: attribute_vectors.direction(z * math.nan, z), "not finite"),
        (lambda z: attribute_vectors.analogy(z[0], z[0], z), "expected one shape"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call(codes(10, 4, 0))
