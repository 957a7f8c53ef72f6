"""The small files of a run in training: metrics, moments, and writing whole or not at all."""

import dataclasses
import itertools
import json
import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.data import load
from vae_core.io import atomic
from vae_core.runs import write_progress
from vae_core.runs.snapshots import MOST, list_snapshots, most_crowded, prune, snapshot_path
from vae_core.runs.training_log import append_line, drop_lines, read_training_log
from vae_core.runs.write_progress import describe_collapse
from vae_core.training_process.control_loop import next_record
from vae_core.training_process.cost_model import operations_per_image, record_interval
from vae_core.training_process.run_training import train_run


def test_lines_beyond_a_step_are_read_from_the_end_and_torn_ones_ignored(tmp_path):
    assert read_training_log(tmp_path) == []
    for step in range(1, 4001):
        append_line(tmp_path, {"step": step, "loss": 1 / step, "filler": "x" * 40})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4001, "lo')
    assert [line["step"] for line in read_training_log(tmp_path)] == list(range(1, 4001))
    for after in (0, 1, 17, 3000, 3999):
        assert [line["step"] for line in read_training_log(tmp_path, after)] == list(range(after + 1, 4001))
    assert read_training_log(tmp_path, 4000) == []
    drop_lines(tmp_path, beyond=2500)
    append_line(tmp_path, {"step": 2501, "loss": 0.5})
    assert [line["step"] for line in read_training_log(tmp_path, 2499)] == [2500, 2501]


def test_a_number_that_is_not_finite_never_gets_into_the_metrics(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        append_line(tmp_path, {"step": 1, "loss": math.nan})
    assert read_training_log(tmp_path) == []


def test_moments_are_thinned_to_an_even_spread_in_log_step(tmp_path):
    for step in range(0, 3000, 25):
        snapshot_path(tmp_path, step).mkdir(parents=True)
        prune(tmp_path)
    kept = list_snapshots(tmp_path)
    assert len(kept) == MOST
    assert (kept[0], kept[-1]) == (0, 2975)
    gaps = [math.log1p(b) - math.log1p(a) for a, b in itertools.pairwise(kept[1:])]
    assert max(gaps) < math.log(2.1)  # nothing is missing for longer than a doubling
    assert sum(step < 300 for step in kept) >= MOST // 2


def test_the_test_line_counts_the_dimensions_whose_rate_is_above_the_threshold(tmp_path, monkeypatch):
    """Not those whose mean differs from picture to picture, which the card counts: here one of three."""
    rates = {"rate_per_dimension": [0.5, 0.02, 0.001], "marginal_kl_per_dimension": [0.0, 0.0, 0.0]}
    written = {"test": {"elbo": -1.0, "rate": 0.5, "distortion": 0.5}, "active": [True, False, False], **rates}
    monkeypatch.setattr(write_progress, "write_result", lambda *args, **rest: written)
    config = RunConfig(
        ModelConfig((1, 8, 8), 3, hidden=(8,), likelihood="bernoulli"), DataConfig("digits", "dynamic"), TrainConfig(2)
    )
    train_run(config, load("digits", "train"), load("digits", "test"), tmp_path / "run")
    assert read_training_log(tmp_path / "run")[-1]["test"]["active_units"] == 2


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=50, unique=True).map(sorted))
def test_the_first_and_the_last_moment_are_never_thinned_out(steps):
    assert most_crowded(steps) in steps[1:-1]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "status.json"
    atomic.write_json(path, {"step": 1})

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        atomic.write_json(path, {"step": 2})
    assert [file.name for file in tmp_path.iterdir()] == ["status.json"]
    assert json.loads(path.read_text()) == {"step": 1}


def test_a_new_folder_takes_the_place_of_another_only_where_that_is_asked_for(tmp_path):
    path = tmp_path / "00000000"
    for text in ("first", "second"):
        with atomic.new_folder(path, replace=True) as draft:
            (draft / "card.json").write_text(text)
        assert (path / "card.json").read_text() == text
    with pytest.raises(OSError, match="not empty"), atomic.new_folder(path) as draft:
        (draft / "card.json").write_text("third")
    assert [file.read_text() for file in tmp_path.rglob("*.json")] == ["second"]
    assert [file.name for file in tmp_path.iterdir()] == ["00000000"]


def test_a_sweep_takes_only_what_was_left_unfinished(tmp_path):
    for name in ("weights", "weights.tmp-1a2b"):
        (tmp_path / name).touch()
    (tmp_path / "folder.tmp-3c").mkdir()
    atomic.sweep(tmp_path, older_than=60)
    assert len(list(tmp_path.iterdir())) == 3
    atomic.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]


@given(st.integers(1, 300), st.integers(1, 5000))
def test_records_end_at_the_last_step_and_lie_on_powers_of_two_or_multiples(every, steps):
    step, seen = 0, []
    while step < steps:
        step = next_record(step, every, steps)
        seen.append(step)
    assert seen == sorted(set(seen))
    assert seen[-1] == steps
    for one in seen[:-1]:
        assert one % every == 0 or (one < every and one.bit_count() == 1)
    assert set(range(every, steps, every)) <= set(seen)


def config(**train) -> RunConfig:
    model = ModelConfig((1, 28, 28), latent_dim=4, hidden=(400,), likelihood="bernoulli")
    return RunConfig(model, DataConfig("x", "dynamic"), TrainConfig(**train))


def test_operations_of_a_perceptron_and_of_convolutions_are_counted():
    assert operations_per_image(config().model) == 2 * (784 * 400 + 400 * 8 + 4 * 400 + 400 * 784)
    conv = ModelConfig((1, 8, 8), latent_dim=2, arch="conv", hidden=(3, 5), likelihood="bernoulli")
    encoder = 2 * 16 * (1 * 3 * 16 + 3 * 5 * 4) + 2 * 20 * 4
    decoder = 2 * 16 * (5 * 3 * 4 + 3 * 1 * 16) + 2 * 2 * 20
    assert operations_per_image(conv) == encoder + decoder


def test_records_are_rarer_where_steps_are_short_and_never_too_many():
    assert record_interval(config(batch_size=128)) < record_interval(config(batch_size=8))
    assert record_interval(config(steps=10**9)) >= 10**9 / 20_000


def step(rates: tuple[float, ...], at: int = 100):
    return SimpleNamespace(step=at, rate_per_dimension=rates, active_units=sum(rate > 0.01 for rate in rates))


def test_a_collapse_is_said_after_the_warm_up_and_not_of_an_autoencoder():
    collapsed = step((0.0, 0.001, 0.009, 0.0))
    plain = config(steps=200)
    assert describe_collapse(collapsed, plain).startswith("the posterior has collapsed: no latent dimension")
    assert describe_collapse(step((0.5, 0.0, 0.0, 0.0)), plain).startswith("3 of 4 latent dimensions are silent")
    assert describe_collapse(step((0.5, 0.5, 0.0, 0.0)), plain) is None
    assert describe_collapse(step((0.0,) * 4, at=20), plain) is None
    for train in ({"warmup": 100}, {"objective": "autoencoder"}, {"objective": "beta", "beta": 0.0}):
        changed = dataclasses.replace(plain, train=TrainConfig(steps=200, **train))
        assert describe_collapse(collapsed, changed) is None
