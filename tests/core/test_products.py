"""Matrix products: a faster way is taken only where it keeps the digits of float32, and a checkpoint's is kept."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from vae_core import products
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.data import load
from vae_core.io.atomic import write_json
from vae_core.products import USUAL, WAYS, Measured
from vae_core.runs.checkpoint import MANIFEST, STATE, newest_checkpoint, read_state
from vae_core.runs.run import open_run, sha256
from vae_core.runs.status import acquire_run
from vae_core.training_process.run_training import resume_run, train_run


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = products.in_use()
    yield
    products.use(before)


@pytest.mark.parametrize("way", WAYS)
def test_a_way_is_what_torch_is_told_and_measuring_leaves_it(way: str) -> None:
    products.use(way)
    for found in products.measure().values():
        assert found.gflops > 0
        assert 0 < found.error < 0.02, "float32 or bfloat16"
    assert products.in_use() == way
    assert torch.backends.mkldnn.matmul.fp32_precision == WAYS[way]


def test_the_usual_way_keeps_the_digits_of_float32_and_so_does_the_chosen_one() -> None:
    found = products.choose()
    assert found[USUAL].error < products.MOST_ERROR
    assert found[products.in_use()].error < products.MOST_ERROR


@pytest.mark.parametrize(
    ("usual", "other", "taken"),
    [
        (Measured(100, 3e-7), Measured(230, 4e-7), "onednn"),
        (Measured(100, 3e-7), Measured(110, 4e-7), "mkl"),  # not clearly faster
        (Measured(100, 3e-7), Measured(450, 3e-3), "mkl"),  # bfloat16
        (Measured(100, 3e-3), Measured(450, 3e-3), "mkl"),  # neither
    ],
)
def test_the_fastest_way_that_loses_no_digits_is_taken(
    monkeypatch: pytest.MonkeyPatch, usual: Measured, other: Measured, taken: str
) -> None:
    monkeypatch.setattr(products, "measure", lambda: {"mkl": usual, "onednn": other})
    products.choose()
    assert products.in_use() == taken


@pytest.mark.parametrize("way", WAYS)
def test_a_training_keeps_its_way_on_its_processor_and_says_when_another_one_takes_another(
    monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    (faster,) = WAYS.keys() - {USUAL}
    monkeypatch.setattr(products, "measure", lambda: {way: Measured(1 + (way == faster), 3e-7) for way in WAYS})
    products.use(way)
    state = products.facts() | {"step": 70}
    products.use(USUAL)
    assert products.take(state) is None
    assert products.in_use() == way
    said = products.take(state | {"processor": "Another 9000"})
    assert products.in_use() == faster
    if way == faster:
        assert said is None
    else:
        assert "from step 70 on, products are computed by onednn and no longer by mkl" in said
        assert "Another 9000" in said
    assert products.take({"step": 70, "threads": 1}) is None, "of before there was a choice"
    assert products.in_use() == USUAL
    for unknown in ("a way of a later version", ["mkl"], None):
        assert "that is not known here" in products.take({"step": 70, "products": unknown})
        assert products.in_use() == faster
        products.use(USUAL)
    assert products.take({}) is None, "a new training"
    assert products.in_use() == faster


def test_a_run_from_another_processor_says_so_in_its_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (faster,) = WAYS.keys() - {USUAL}
    model = ModelConfig((1, 8, 8), 2, hidden=(8,))
    config = RunConfig(model, DataConfig("digits"), TrainConfig(steps=20, batch_size=50))
    run = tmp_path / "run"
    monkeypatch.setattr(products, "measure", lambda: {way: Measured(1 + (way == USUAL), 3e-7) for way in WAYS})
    card = train_run(config, *(load("digits", split) for split in ("train", "test")), run)
    assert (card["products"], card["processor"], "resumed" in card) == (USUAL, products.processor(), False)
    checkpoint = newest_checkpoint(run)
    write_json(checkpoint / STATE, read_state(checkpoint) | {"processor": "Another 9000"})
    manifest = json.loads((checkpoint / MANIFEST).read_text())
    write_json(checkpoint / MANIFEST, {"sha256": manifest["sha256"] | {STATE: sha256(checkpoint / STATE)}})
    monkeypatch.setattr(products, "measure", lambda: {way: Measured(1 + (way == faster), 3e-7) for way in WAYS})
    with acquire_run(run) as heartbeat:
        again = resume_run(run, heartbeat)
    assert again["products"] == faster
    assert "Another 9000" in again["resumed"]
    assert again["resumed"] == open_run(run).card["resumed"]


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(ValueError, match="'fast', expected one of mkl, onednn"):
        products.use("fast")
