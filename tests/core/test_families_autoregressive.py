"""The autoregressive model against sums over all pictures, and its samples against its own probabilities."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from vae_core.families import autoregressive
from vae_core.families.autoregressive import MADE
from vae_core.families.binary_states import bars_and_stripes, states


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some(pixels: int, hidden: int, seed: int = 0) -> MADE:
    generator = seeded(seed)
    W, c, V, b = (
        torch.randn(*shape, generator=generator).double()
        for shape in ((pixels, hidden), (hidden,), (hidden, pixels), (pixels,))
    )
    return MADE(W, c, V, b, torch.randperm(pixels, generator=generator))


@given(pixels=st.integers(1, 7), hidden=st.integers(1, 12), seed=st.integers(0, 1000))
def test_it_is_a_law_and_each_conditional_sees_the_pixels_before_it_alone(pixels: int, hidden: int, seed: int) -> None:
    model, x = some(pixels, hidden, seed), states(pixels)
    law = model.log_prob(x).exp()
    assert law.sum().item() == pytest.approx(1, abs=1e-12)
    assert torch.allclose(model.log_conditionals(x).sum(1), model.log_prob(x))
    for t, i in enumerate(model.order.tolist()):
        before = model.order[:t]
        for row, p in zip(x, model.conditionals(x)[:, i], strict=True):
            same = (x[:, before] == row[before]).all(1)
            on = law[same & (x[:, i] == 1)].sum() / law[same].sum()
            assert p.item() == pytest.approx(on.item(), abs=1e-9)


def test_samples_have_the_probabilities_that_it_states() -> None:
    n, model = 100_000, some(4, 9)
    x = model.sample(n, seeded())
    found = torch.bincount((x @ torch.tensor([8.0, 4, 2, 1]).double()).long(), minlength=16) / n
    truth = model.log_prob(states(4)).exp()
    assert ((found - truth).abs() < 4.5 * (truth * (1 - truth) / n).sqrt() + 1e-12).all()


def test_any_order_is_a_law_of_its_own_and_so_is_the_mean_of_their_probabilities() -> None:
    model, x = some(4, 20), states(4)
    orders = [torch.tensor(order) for order in itertools.permutations(range(4))]
    laws = torch.stack([model.in_order(order).log_prob(x) for order in orders])
    assert torch.allclose(laws.exp().sum(1), torch.ones(24).double())
    assert laws.std(0).max() > 0.1
    assert autoregressive.log_mean_probability(model, x, orders).exp().sum().item() == pytest.approx(1, abs=1e-12)
    alone = [autoregressive.log_prob_of_mean_logits, autoregressive.log_mean_probability]
    assert torch.allclose(*(of(model, x, orders[:1]) for of in alone))


def test_the_mean_of_the_logits_over_orders_is_no_law() -> None:
    """Of two pixels that are alike the second is sure of itself, in either order; half its logit is a claim of both."""
    sure = 6.0
    W, V = torch.tensor([[1.0, -1], [1, -1]]), torch.tensor([[sure, sure], [-sure, -sure]])
    model = MADE(W, torch.zeros(2), V, torch.zeros(2), torch.arange(2))
    orders = [torch.tensor([0, 1]), torch.tensor([1, 0])]
    p = 1 / (1 + math.exp(-sure / 2))
    total = autoregressive.log_prob_of_mean_logits(model, states(2).float(), orders).exp().sum().item()
    assert total == pytest.approx(2 * (p**2 + (1 - p) ** 2), abs=1e-6)
    assert total > 1.8
    assert autoregressive.log_mean_probability(model, states(2).float(), orders).exp().sum().item() == pytest.approx(1)


def test_orders_of_a_picture_are_shuffled_in_a_direction_or_outwards() -> None:
    generator, height, width = seeded(), 6, 5
    drawn = [autoregressive.draw_order(height, width, generator).tolist() for _ in range(300)]
    assert all(sorted(order) == list(range(height * width)) for order in drawn)

    def steps_to_what_is_there(order: list[int]) -> int:
        """How many pixels of an order touch one that came before."""
        places = [divmod(pixel, width) for pixel in order]
        near = [min(max(abs(r - y), abs(c - x)) for y, x in places[:t]) for t, (r, c) in enumerate(places) if t]
        return sum(step == 1 for step in near)

    whole = sum(steps_to_what_is_there(order) == height * width - 1 for order in drawn)
    assert 140 < whole < 260, "two kinds of three grow from where they begin"


@pytest.mark.parametrize("any_order", [False, True])
def test_it_learns_bars_and_stripes(any_order: bool) -> None:
    """Best possible is -ln 14 = -2.639 a picture; any order is harder to learn."""
    data = bars_and_stripes(3).float()
    shuffled = (lambda generator: torch.randperm(9, generator=generator)) if any_order else None
    steps = autoregressive.train(autoregressive.initial(9, 120, seeded()), data, seeded(1), 0.01, 14, shuffled)
    last = next(itertools.islice(steps, 999, None))
    likelihood = last.model.log_prob(data).mean().item()
    assert last.step == 1000
    assert -math.log(14) - (1.0 if any_order else 0.05) < likelihood < -math.log(14)
    other = last.model.in_order(torch.arange(8, -1, -1)).log_prob(data).mean().item()
    assert (other > -4.5) == any_order, "only a model that has learned them takes other orders"


def test_the_same_seed_gives_the_same_training_and_what_was_yielded_stays() -> None:
    data = bars_and_stripes(2).float()
    first, second = (autoregressive.train(autoregressive.initial(4, 8, seeded()), data, seeded(1)) for _ in range(2))
    begin = next(first)
    kept = begin.model.W.clone()
    assert [next(first).loss for _ in range(5)] == [step.loss for step in itertools.islice(second, 1, 6)]
    assert torch.equal(begin.model.W, kept)


def zeros(*shapes: tuple[int, ...]) -> tuple[Tensor, ...]:
    return tuple(torch.zeros(shape) for shape in shapes)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (zeros((3, 0), (0,), (0, 3), (3,), (3,)), "expected \\[D, H\\]"),
        (zeros((3, 2), (2,), (2, 4), (3,), (3,)), "expected \\[D, H\\]"),
        ((*zeros((2, 1), (1,), (1, 2)), torch.full((2,), math.nan), torch.arange(2)), "not finite"),
        (zeros((2, 1), (1,), (1, 2), (2,), (2,)), "each once"),
    ],
)
def test_what_is_no_model_is_refused(parts: tuple[Tensor, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        MADE(*parts)


def test_no_pixels_are_refused_and_a_rate_that_blows_up_is_said() -> None:
    with pytest.raises(ValueError, match="at least 1 of each"):
        autoregressive.initial(0, 3, seeded())
    steps = autoregressive.train(autoregressive.initial(4, 8, seeded()), bars_and_stripes(2).float(), seeded(), lr=1e30)
    with pytest.raises(ValueError, match="not finite"):
        list(itertools.islice(steps, 20))
