"""MIG, DCI and the FactorVAE score where they are known: codes that are the factors, and codes that are not."""

import math

import pytest
import torch

from tests.core.conftest import generator
from vae_core.latent import disentanglement as score

SIZES = (3, 6, 40, 5)


def factors(count: int = 3000, sizes: tuple[int, ...] = SIZES, seed: int = 0) -> torch.Tensor:
    rng = generator(seed)
    return torch.stack([torch.randint(0, size, (count,), generator=rng) for size in sizes], 1)


def noise(count: int, dim: int, seed: int = 1) -> torch.Tensor:
    return torch.randn((count, dim), generator=generator(seed), dtype=torch.float64)


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 0, 3, 1]])
def test_a_code_equal_to_the_factors_scores_one(order):
    v = factors()
    codes = torch.cat((-3.0 * v[:, order] + 1, torch.full((len(v), 1), 0.5)), 1)  # and a dimension that is off
    gap, found, votes = score.mig(codes, v), score.dci(codes, v), score.factor_vae(codes, v)
    assert gap.score == pytest.approx(1, abs=0.02)
    assert gap.information[torch.arange(4), order].tolist() == pytest.approx([1] * 4, abs=1e-9)
    assert found.disentanglement == pytest.approx(1, abs=1e-6)
    assert found.completeness == pytest.approx(1, abs=1e-6)
    assert found.informativeness == pytest.approx(1, abs=1e-3)
    assert votes.score == 1
    assert votes.votes.argmax(0).tolist() == [order.index(k) for k in range(4)]


@pytest.mark.slow
def test_an_independent_code_scores_nothing():
    v, codes = factors(6000, (3, 6, 8, 5)), noise(6000, 6)
    gap, found, votes = score.mig(codes, v), score.dci(codes, v), score.factor_vae(codes, v)
    assert gap.score == pytest.approx(0, abs=0.01)
    assert gap.information.abs().max() < 0.01
    assert found.disentanglement < 0.05
    assert found.completeness < 0.05
    assert found.informativeness < 0.05
    assert votes.score < votes.chance + 0.1


def test_a_factor_in_two_dimensions_has_no_gap_and_half_a_completeness():
    v = factors(4000, (4, 6))
    codes = torch.stack((v[:, 0], v[:, 0], v[:, 1]), 1).double()
    gap = score.mig(codes, v)
    assert gap.gap.tolist() == pytest.approx([0, 1], abs=0.02)
    assert gap.score == pytest.approx(0.5, abs=0.02)


def test_two_factors_in_one_dimension_are_not_disentangled():
    v = factors(4000, (4, 4))
    codes = (4 * v[:, :1] + v[:, 1:]).double()
    found = score.dci(codes, v)
    assert found.disentanglement == pytest.approx(0, abs=1e-9)  # all its importance is shared evenly
    assert found.completeness == 1
    assert found.informativeness == pytest.approx(1, abs=1e-9)
    assert score.mig(codes, v).gap.tolist() == pytest.approx([1, 1], abs=0.01)


def test_a_turned_code_tells_as_much_in_all_but_loses_each_score():
    v = factors(4000, (8, 8))
    centred = v.double() - 3.5
    turned = torch.stack((centred.sum(1), centred[:, 0] - centred[:, 1]), 1)
    plain, mixed = score.mig(centred, v), score.mig(turned, v)
    assert plain.score > 0.98
    assert mixed.score < 0.05
    assert score.dci(turned, v).disentanglement < 0.3


def test_the_information_of_a_noisy_channel_is_its_closed_form():
    """A fair bit that is flipped with probability 0.1 keeps 1 - h(0.1) of its entropy."""
    bit = factors(200_000, (2,))
    flipped = bit ^ (torch.rand(bit.shape, generator=generator(3)) < 0.1).long()
    expected = 1 + 0.1 * math.log2(0.1) + 0.9 * math.log2(0.9)
    assert score.mig(flipped.double(), bit).information.item() == pytest.approx(expected, abs=0.005)


def test_scores_do_not_depend_on_the_scale_of_a_dimension_and_repeat_by_their_seed():
    v = factors(1500)
    codes = v.double() + noise(1500, 4)
    scaled = codes * torch.tensor([1.0, 100, 0.01, 5]).double() + 7
    assert score.mig(scaled, v).score == pytest.approx(score.mig(codes, v).score, abs=0.02)
    assert score.factor_vae(scaled, v).score == pytest.approx(score.factor_vae(codes, v).score, abs=0.01)
    first, again = score.dci(codes, v, seed=3), score.dci(codes, v, seed=3)
    assert first.importance.equal(again.importance)
    assert first.importance.sum(0).tolist() == pytest.approx([1] * 4)


SCORES = {
    "mig": lambda z, v, seed: torch.tensor([score.mig(z, v).score], dtype=torch.float64),
    "dci": lambda z, v, seed: torch.tensor([(s := score.dci(z, v, seed)).disentanglement, s.informativeness]),
    "factor_vae": lambda z, v, seed: torch.tensor([score.factor_vae(z, v, seed).score], dtype=torch.float64),
}


@pytest.mark.parametrize(
    ("name", "sets", "told_of"),
    [
        ("mig", 60, 60),
        pytest.param("dci", 16, 6, marks=pytest.mark.promise),
        pytest.param("factor_vae", 14, 5, marks=pytest.mark.slow),
    ],
)
def test_the_error_of_a_score_is_its_spread_over_other_images(name, sets, told_of):
    """The spread of the scores of many sets, against the errors that are told of a few of them."""
    found, errors = [], []
    for seed in range(sets):
        v = factors(600, (3, 6, 5), seed)
        codes = v.double() + noise(600, 3, sets + seed) * torch.tensor([1.0, 3.0, 2.0])
        found.append(SCORES[name](codes, v, seed))
        if seed < told_of:
            errors.append(score.standard_error(SCORES[name], codes, v, seed))
    spread, told = torch.stack(found).std(0), torch.stack(errors).square().mean(0).sqrt()
    assert (told / spread > 0.5).all(), told / spread
    assert (told / spread < 2).all(), told / spread


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dci", "factor_vae"])
def test_the_error_of_a_score_is_not_below_its_spread_over_seeds(name):
    """With many images the votes and the trees are what is left to chance, and they are drawn but once."""
    v = factors(3000, (3, 6, 5), 0)
    codes = v.double() + noise(3000, 3, 1) * torch.tensor([1.0, 3.0, 2.0])
    spread = torch.stack([SCORES[name](codes, v, 100 + seed) for seed in range(8)]).std(0)
    told = score.standard_error(SCORES[name], codes, v)
    assert (told > 0.6 * spread).all(), told / spread


def test_too_few_images_for_an_error_give_none_and_the_seed_repeats_it():
    v, codes = factors(15, (2, 2)), noise(15, 2)
    assert score.standard_error(SCORES["factor_vae"], codes.repeat(2, 1), v.repeat(2, 1)).isnan().all()
    v, codes = factors(500, (3, 4)), noise(500, 2)
    first, again = (score.standard_error(SCORES["mig"], codes, v, seed=2) for _ in range(2))
    assert first.equal(again)
    assert first > 0


@pytest.mark.parametrize("of", [score.mig, score.dci, score.factor_vae])
def test_what_cannot_be_used_is_one_sentence(of):
    v, codes = factors(200), noise(200, 3)
    for call, said in (
        (lambda: of(codes[:50], v), "expected \\[N, D\\] and \\[N, F\\]"),
        (lambda: of(codes * math.nan, v), "not finite"),
        (lambda: of(codes, v * torch.tensor([1, 0, 1, 1])), "factor 1 has one value only"),
    ):
        with pytest.raises(ValueError, match=said):
            call()


def test_votes_need_codes_that_vary_and_images_that_share_a_value():
    v = factors(200)
    with pytest.raises(ValueError, match="do not vary"):
        score.factor_vae(torch.ones((200, 2)), v)
    with pytest.raises(ValueError, match="8 images share"):
        score.factor_vae(noise(200, 2), torch.arange(200)[:, None])
