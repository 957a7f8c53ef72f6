"""TensorBoard reads from the event files what the metrics say; without its library there is one sentence."""

import json
import subprocess
import sys

import pytest

from tests.trainer_processes import ENVIRONMENT, MODEL, ROOT, finish
from vae_core.runs import tensorboard

# In a process of its own: the library warns of its own dependencies.
_READ = """
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = EventAccumulator(sys.argv[1])
found.Reload()
names = ("train/loss", "train/elbo", "test/elbo", "train_rate_per_dimension/001")
print(json.dumps({name: [[event.step, event.value] for event in found.Scalars(name)] for name in names}))
"""


@pytest.mark.slow
def test_the_event_files_hold_the_metrics(tmp_path):
    run = tmp_path / "run"
    finish("--out", run, *MODEL, "--steps", 200, "--tensorboard")
    read = subprocess.run(
        [sys.executable, "-c", _READ, run], cwd=ROOT, env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=True
    )
    found = json.loads(read.stdout)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    wanted = {
        "train/loss": [[line["step"], line["loss"]] for line in lines],
        "train/elbo": [[line["step"], line["elbo"]] for line in lines],
        "test/elbo": [[line["step"], line["test"]["elbo"]] for line in lines if "test" in line],
        "train_rate_per_dimension/001": [[line["step"], line["rate_per_dimension"][1]] for line in lines],
    }
    for name, values in wanted.items():
        assert [step for step, _ in found[name]] == [step for step, _ in values]
        assert [value for _, value in found[name]] == pytest.approx([value for _, value in values], rel=1e-6)


def test_what_was_written_before_a_run_began_anew_is_hidden(tmp_path):
    for loss, steps in ((2.0, (1, 2, 4)), (3.0, (1,))):
        file = tensorboard.Events(tmp_path, 0)
        for step in steps:
            rates = {"rate_per_dimension": [0.0, loss]}
            file.add({"step": step, "loss": loss, "elbo": loss, "test": {"elbo": loss}, **rates})
        file.close()
    read = subprocess.run(
        [sys.executable, "-c", _READ, tmp_path], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert json.loads(read.stdout)["train/loss"] == [[1, 3.0]]


def test_without_the_library_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr(tensorboard.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="--tensorboard needs the package tensorboard: install it with `pip install"):
        tensorboard.require_tensorboard()
