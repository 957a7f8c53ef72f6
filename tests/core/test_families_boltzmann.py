"""RBM and DBM against sums over all states: probabilities, gradients, contrastive divergence and its bias."""

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from tests.promise_cases import few
from vae_core.families import chain, dbm, rbm
from vae_core.families.binary_states import bars_and_stripes, states

F64 = torch.float64
DATA = bars_and_stripes(2)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=seeded(seed), dtype=F64)


def some_rbm(visible: int, hidden: int, scale: float = 1.0) -> rbm.RBM:
    return rbm.RBM(scale * normal(1, visible, hidden), normal(2, visible), normal(3, hidden))


def some_dbm() -> dbm.DBM:
    return dbm.DBM(normal(1, 4, 3), normal(2, 3, 2), normal(3, 4), normal(4, 3), normal(5, 2))


def test_the_states_are_all_and_each_once() -> None:
    assert states(3).tolist() == [[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    with pytest.raises(ValueError, match="2\\^21 states"):
        states(21)


@pytest.mark.parametrize(("side", "count"), [(1, 2), (2, 6), (3, 14), (4, 30)])
def test_bars_and_stripes_are_2_2_n_less_2(side: int, count: int) -> None:
    made = bars_and_stripes(side).reshape(-1, side, side)
    assert len(made) == count == 2 * (2**side - 1)
    rows = (made == made[:, :, :1]).all((1, 2))
    columns = (made == made[:, :1, :]).all((1, 2))
    assert (rows | columns).all()


@pytest.mark.parametrize(("visible", "hidden"), [(5, 3), (3, 5), (1, 1)])
def test_an_rbm_sums_to_1_and_agrees_with_its_joint_law(visible: int, hidden: int) -> None:
    model = some_rbm(visible, hidden)
    v, h = states(visible), states(hidden)
    energies = (v @ model.b)[:, None] + h @ model.c + torch.einsum("iv,vh,jh->ij", v, model.W, h)
    assert model.log_partition() == pytest.approx(energies.flatten().logsumexp(0).item(), abs=1e-12)
    assert torch.allclose(model.log_joint(), energies - model.log_partition(), atol=1e-12)
    assert torch.allclose(model.log_prob(v), model.log_joint().logsumexp(1), atol=1e-12)
    given = model.log_joint()
    assert torch.allclose(model.hidden_given(v), (given.softmax(1) @ h), atol=1e-12)
    assert torch.allclose(model.visible_given(h), (given.softmax(0).T @ v), atol=1e-12)


def test_a_few_hidden_units_above_784_pixels_are_exact() -> None:
    """Against the same sum by the other side: the RBM of which 784 units are hidden."""
    model = rbm.initial(784, 12, seeded(), scale=0.05)
    wide = rbm.RBM(model.W.T, model.c, model.b)
    assert model.log_partition() == pytest.approx(wide.log_partition(), abs=1e-9)
    bits = torch.bernoulli(torch.full((3, 784), 0.5, dtype=F64), generator=seeded(1))
    assert model.log_prob(bits).isfinite().all()


@pytest.mark.parametrize(("visible", "hidden"), [(4, 3), (4, 6)])
def test_the_gradient_of_an_rbm_is_that_of_its_log_likelihood(visible: int, hidden: int) -> None:
    model = some_rbm(visible, hidden)
    parts = [part.clone().requires_grad_() for part in (model.W, model.b, model.c)]
    v = states(visible)
    scores = v @ parts[1] + torch.nn.functional.softplus(parts[2] + v @ parts[0]).sum(1)
    places = (DATA @ torch.tensor([8.0, 4, 2, 1], dtype=F64)).long()
    scores.log_softmax(0)[places].mean().backward()
    found = model.exact_gradient(DATA)
    for mine, part in zip((found.W, found.b, found.c), parts, strict=True):
        assert torch.allclose(mine, part.grad, atol=1e-10)


def test_the_gradient_of_a_dbm_is_that_of_its_log_likelihood() -> None:
    model = some_dbm()
    found, step = model.exact_gradient(DATA), 1e-6
    for name, part in vars(model).items():
        for place in range(part.numel()):
            moved = torch.zeros(part.numel(), dtype=F64)
            moved[place] = step
            moved = moved.reshape(part.shape)
            up, down = (dataclasses.replace(model, **{name: part + sign * moved}) for sign in (1, -1))
            slope = (up.log_prob(DATA).mean() - down.log_prob(DATA).mean()).item() / (2 * step)
            assert getattr(found, name).flatten()[place].item() == pytest.approx(slope, abs=1e-7)


def test_a_dbm_sums_to_1_and_agrees_with_its_joint_law() -> None:
    model = some_dbm()
    v, h, g = states(4), states(3), states(2)
    scores = (
        torch.einsum("iv,vh,jh->ij", v, model.W, h)[:, :, None]
        + torch.einsum("jh,hg,kg->jk", h, model.U, g)
        + (v @ model.a)[:, None, None]
        + (h @ model.b)[:, None]
        + g @ model.c
    )
    law = (scores - scores.flatten().logsumexp(0)).exp()
    assert model.log_partition() == pytest.approx(scores.flatten().logsumexp(0).item(), abs=1e-12)
    assert torch.allclose(model.log_prob(v).exp(), law.sum((1, 2)), atol=1e-12)
    assert torch.allclose(model.log_joint().exp(), law.permute(1, 0, 2).reshape(8, 64), atol=1e-12)


def test_the_gibbs_chains_have_the_models_law_when_they_begin_in_it() -> None:
    n = 100_000
    model = some_rbm(4, 3)
    p = model.log_prob(states(4)).exp()
    start = states(4)[torch.multinomial(p, n, replacement=True, generator=seeded())]
    after = model.gibbs(start, 2, seeded(1)).mean(0)
    deep = some_dbm()
    middle = deep.log_joint().exp().sum(1)
    start = states(3)[torch.multinomial(middle, n, replacement=True, generator=seeded())]
    v, h = deep.gibbs(start, 1, seeded(1))
    exact = deep.log_prob(states(4)).exp() @ states(4)
    for found, truth in ((after, p @ states(4)), (v.mean(0), exact), (h.mean(0), middle @ states(3))):
        assert ((found - truth).abs() < 4 * (truth * (1 - truth) / n).sqrt()).all()


def test_contrastive_divergence_is_on_average_what_all_states_say_and_its_bias_fades_with_k() -> None:
    model = some_rbm(4, 3, scale=0.7)
    exact = model.exact_gradient(DATA)
    angles = [rbm.angle(model.expected_divergence_gradient(DATA, k), exact) for k in (1, 3, 10, 100)]
    assert angles == sorted(angles, reverse=True)
    assert angles[0] > 1 > 1e-3 > angles[-1]
    many = DATA.repeat(20_000, 1)
    found, end = model.divergence_gradient(many, many, 1, seeded())
    expected = model.expected_divergence_gradient(DATA, 1)
    assert end.shape == many.shape
    assert (found.flat() - expected.flat()).abs().max().item() < 4 * 0.5 / math.sqrt(len(many))


def test_persistent_chains_go_on_where_they_ended() -> None:
    """From chains that have the model's law the estimate has no bias."""
    model = some_rbm(4, 3, scale=0.7)
    p = model.log_prob(states(4)).exp()
    chains = states(4)[torch.multinomial(p, 120_000, replacement=True, generator=seeded())]
    found, _ = model.divergence_gradient(DATA, chains, 1, seeded(1))
    assert (found.flat() - model.exact_gradient(DATA).flat()).abs().max().item() < 4 * 0.5 / math.sqrt(len(chains))


def test_the_angle_between_gradients() -> None:
    one = rbm.Gradient(torch.tensor([[1.0, 0]]), torch.zeros(1), torch.zeros(2))
    other = rbm.Gradient(torch.tensor([[0.0, 2]]), torch.zeros(1), torch.zeros(2))
    none = rbm.Gradient(torch.zeros(1, 2), torch.zeros(1), torch.zeros(2))
    assert [round(rbm.angle(one, each), 6) for each in (one, other, none)] == [0, 90, 90]


def test_sharper_is_slower() -> None:
    model = some_rbm(5, 4)
    times = [model.scaled(factor).relaxation_time() for factor in (0, 1, 2, 4)]
    assert times == sorted(times)
    assert times[0] == pytest.approx(1)


STEPS = {600: (-4.4, 20), 20_000: (-2.66, 3_000)}  # at most this far below, and at least so slow


@pytest.mark.parametrize("steps", few(STEPS, {600}))
def test_bars_and_stripes_are_learned_and_the_chain_slows_down(steps: int) -> None:
    """The best possible is -ln 14 = -2.639 a picture. A run of 20,000 updates reaches -2.643 in ../shared."""
    data, model = bars_and_stripes(3), rbm.initial(9, 8, seeded())
    before = (model.log_prob(data).mean().item(), model.relaxation_time())
    for _ in range(steps):
        model = model.moved(model.exact_gradient(data), 0.5)
    likelihood, time = model.log_prob(data).mean().item(), model.relaxation_time()
    print(f"{steps} updates: {before[0]:.3f} -> {likelihood:.3f} nats, {before[1]:.2f} -> {time:,.0f} sweeps")
    least, slow = STEPS[steps]
    assert before[1] < 1.1
    assert least < likelihood < -math.log(14)
    assert time > slow


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ((torch.zeros(2, 0), torch.zeros(2), torch.zeros(0)), "at least one unit each"),
        ((torch.zeros(2, 3), torch.zeros(3), torch.zeros(3)), "expected \\[V, H\\], \\[V\\] and \\[H\\]"),
        ((torch.full((2, 3), math.inf), torch.zeros(2), torch.zeros(3)), "not finite"),
    ],
)
def test_an_rbm_that_is_none_is_refused(parts: tuple[Tensor, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        rbm.RBM(*parts)


def test_what_is_too_large_or_no_dbm_is_refused() -> None:
    with pytest.raises(ValueError, match="too large to be exact"):
        rbm.initial(25, 21, seeded()).log_partition()
    with pytest.raises(ValueError, match="2\\^25 entries"):
        rbm.initial(9, 16, seeded()).log_joint()
    with pytest.raises(ValueError, match="expected at most 12"):
        rbm.initial(13, 2, seeded()).expected_divergence_gradient(torch.zeros(1, 13, dtype=F64), 1)
    with pytest.raises(ValueError, match="too large to be exact"):
        dbm.initial(4, 21, 2, seeded())
    with pytest.raises(ValueError, match="expected \\[V, H\\], \\[H, G\\]"):
        dbm.initial(4, 3, 0, seeded())
    with pytest.raises(ValueError, match="at least 1"):
        some_dbm().gibbs(torch.zeros(1, 3, dtype=F64), 0, seeded())
    assert chain.time_of(torch.ones(1)) == 1
