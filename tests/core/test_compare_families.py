"""The table of families: its rows on small pictures, how it goes on, and the memory of a chain by its walks."""

import base64
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.promise_cases import few
from vae_core.cli.main import main
from vae_core.families import chain, denoising, weights_file
from vae_core.families.binary_states import states
from vae_core.families.rbm import RBM
from vae_core.tasks import compare_families as compared

FAMILIES = tuple(compared.STEPS)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared, "SCORED", 4)
    monkeypatch.setattr(compared, "_BURN_IN", 5)
    monkeypatch.setattr(compared, "_WALKED", 20)


@pytest.mark.parametrize("family", few(FAMILIES, {"vae", "rbm", "gsn"}))
def test_a_row_says_what_a_model_has_and_has_not(family: str, tmp_path: Path) -> None:
    [row] = compared.compare_families("digits", tmp_path, {family: 20})
    pictures = np.unpackbits(np.frombuffer(base64.b64decode(row.samples), np.uint8))
    assert pictures.size == 16 * 8 * 8
    assert 0 < pictures.mean() < 1
    assert (row.n, tuple(row.shape)) == (4, (8, 8))
    assert (row.log_px is None) == (family in ("gan", "gsn"))
    assert (row.error is None) == (family not in ("vae", "iwae")), "the others are exact, or have none"
    assert (row.memory is None) == (family in ("autoregressive", "autoregressive-any-order", "gan"))
    assert (row.z is None) == (family not in ("vae", "iwae", "gan"))
    if row.error is None and row.log_px is not None:
        model = weights_file.load(tmp_path / family / "weights.safetensors")
        test = compared.pictures("digits", "test")[:4].flatten(1).double()
        assert row.log_px == pytest.approx(model.log_prob(test).mean().item())


def test_a_table_that_was_stopped_goes_on_and_a_file_that_is_none_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = compared.compare_families("digits", tmp_path, {"gsn": 3})
    begun = []
    both = compared.compare_families("digits", tmp_path, {"gsn": 3, "rbm": 3}, begun.append)
    assert begun == ["rbm"]
    assert both[0] == first[0]
    monkeypatch.setattr(compared, "STEPS", {"gsn": 3, "rbm": 3})
    assert main(["families", "--data", "digits", "--out", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"table": str(tmp_path / "table.json"), "gsn": None, "rbm": both[1].log_px}
    (tmp_path / "table.json").write_text("[]")
    assert main(["families", "--data", "digits", "--out", str(tmp_path)]) == 2
    assert "holds no table of families" in capsys.readouterr().err


def test_the_memory_by_walks_is_that_of_the_singular_values_or_less() -> None:
    W = 1.2 * torch.randn(4, 3, generator=seeded(3), dtype=torch.float64)
    model = RBM(W, torch.zeros(4).double(), torch.zeros(3).double())
    exact, generator = model.relaxation_time(), seeded(1)
    p = model.log_prob(states(4).double()).exp()
    v = states(4).double()[torch.multinomial(p, 400, replacement=True, generator=generator)]
    walks = []
    for _ in range(300):
        v = model.gibbs(v, 1, generator)
        walks.append(v)
    walks = torch.stack(walks)
    place = (walks @ torch.tensor([8.0, 4, 2, 1]).double()).long()
    found, error = chain.slowest_part(torch.nn.functional.one_hot(place, 16))
    assert abs(found - exact) < 4 * error + 0.01 * exact
    assert error < 0.1 * exact
    less, error = chain.slowest_part(walks)
    assert 1 < less < exact + 4 * error
    assert chain.slowest_part(torch.zeros(5, 4, 2)) == (1.0, 0.0)
    with pytest.raises(ValueError, match="at least 2 of 4"):
        chain.slowest_part(walks[:1])


def test_of_a_chain_that_is_stuck_only_the_steps_that_were_walked_are_told() -> None:
    places = torch.randn(1, 10, 3, generator=seeded()).expand(20, 10, 3)
    assert compared._memory(places) == (20, None)
    time, error = compared._memory(torch.randn(400, 10, 3, generator=seeded(1)))
    assert error < 0.1
    assert time == pytest.approx(1, abs=0.1)


def test_a_denoiser_learns_what_its_noise_took_away() -> None:
    """Two pictures that differ in every pixel: what is left of one says which it was."""
    x = torch.tensor([[1.0, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]]).repeat(50, 1)
    training = denoising.train(denoising.initial(6, 16, 0.3, seeded()), x, seeded(1), 0.01)
    model = next(itertools.islice(training, 299, None))
    assert ((torch.sigmoid(model.logits(x[:2])) > 0.5) == (x[:2] == 1)).all()
    walked = model.walk(x, 20, seeded(2))
    apart = (walked[:, None] - x[None, :2]).abs().sum(2).min(1).values
    assert apart.mean() < 1, "the walk stays near the two"
    noisy = model.corrupt(torch.zeros(2000, 6), seeded(3))
    assert noisy.mean().item() == pytest.approx(0.15, abs=0.02)
    with pytest.raises(ValueError, match="0 < noise <= 1"):
        denoising.initial(6, 16, 0.0, seeded())
