"""Two processes that torchrun starts train one model: the same losses as one process, also when one of them dies."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.measured_figures import full
from tests.trainer_processes import ENVIRONMENT, MODEL, PATIENCE, ROOT, at_step, finish, losses, trainer, wait_for
from vae_core import data
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.runs.checkpoint import newest_checkpoint
from vae_core.runs.job_spec import JobSpec
from vae_core.training_process.run_training import require_trainable

TOLERANCE = 1e-4  # nats, in every record: the order of summation differs, and nothing else
FLAGS = {
    "sigma follows the batch": ["--steps", 1500],
    "samples, binarised": [
        "--steps",
        150 if full() else 40,
        "--likelihood",
        "bernoulli",
        "--objective",
        "iwae",
        "--samples",
        "4",
    ],
}


def torchrun(*arguments: object, restarts: int = 2) -> list[str]:
    start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", f"--max-restarts={restarts}"]
    return [sys.executable, *start, "-m", "vae_core", "train", *map(str, arguments)]


@contextmanager
def group(*arguments: object) -> Iterator[subprocess.Popen]:
    """Two processes at work; killed at the end if they still are."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    agent = subprocess.Popen(torchrun(*arguments), cwd=ROOT, env=ENVIRONMENT, **pipes)
    try:
        yield agent
    finally:
        agent.terminate()  # it ends its processes, which have sessions of their own
        agent.communicate()


def furthest(one: Path, other: Path) -> float:
    """The largest difference of the losses of two runs, nats."""
    pairs = list(zip(losses(one), losses(other), strict=True))
    assert all(a[0] == b[0] for a, b in pairs)
    return max(abs(a[1] - b[1]) for a, b in pairs)


@pytest.mark.parametrize(
    "kind", [pytest.param("sigma follows the batch", marks=pytest.mark.promise), "samples, binarised"]
)
def test_two_processes_train_as_one_does_even_when_one_is_killed(kind, tmp_path, capsys):
    flags, killed = [*MODEL, *FLAGS[kind]], kind == "sigma follows the batch"
    alone, together = tmp_path / "alone", tmp_path / "together"
    printed = finish("--out", alone, *flags)
    with group("--out", together, *flags, "--checkpoint-seconds", "0", "--json") as agent:
        if killed:
            at_step(together, 100)
            wait_for(lambda: newest_checkpoint(together), "a checkpoint")
            os.kill(_other_process(agent.pid, together), signal.SIGKILL)
        said, errors = agent.communicate(timeout=PATIENCE)
    assert agent.returncode == 0, errors
    assert said.count("\n") == 1
    difference = furthest(alone, together)
    with capsys.disabled():
        print(f"\n{kind}: losses of two processes differ from one's by at most {difference:.1e} nats")
    assert difference < TOLERANCE
    assert json.loads(said)["elbo"] == pytest.approx(printed["elbo"], abs=TOLERANCE)


@pytest.mark.promise
def test_what_one_process_began_two_can_finish(tmp_path):
    flags = [*MODEL, "--steps", 1500]
    whole, run = tmp_path / "whole", tmp_path / "run"
    finish("--out", whole, *flags)
    with trainer("--out", run, *flags, "--checkpoint-seconds", "0") as process:
        at_step(run, 300)
        process.kill()
    with group("--resume", run, "--json") as agent:
        said, errors = agent.communicate(timeout=PATIENCE)
    assert agent.returncode == 0, errors
    assert json.loads(said)["steps"] == 1500
    assert furthest(whole, run) < TOLERANCE


@pytest.mark.parametrize("objective", ["free-bits", "beta-tcvae"])
def test_a_loss_that_looks_at_the_whole_minibatch_is_for_one_process(objective):
    config = RunConfig(
        ModelConfig((1, 8, 8)), DataConfig("digits"), TrainConfig(steps=9, batch_size=8, objective=objective)
    )
    images, test = (data.load("digits", split) for split in ("train", "test"))
    require_trainable(config, images, test, JobSpec(), 1)
    with pytest.raises(ValueError, match=f"the objective {objective} looks at the whole minibatch at once"):
        require_trainable(config, images, test, JobSpec(), 2)


@pytest.mark.promise
def test_torchrun_refuses_a_loss_that_looks_at_the_whole_minibatch(tmp_path):
    flags = [*MODEL, "--steps", "10", "--objective", "free-bits", "--free-bits", "0.1"]
    done = subprocess.run(
        torchrun("--out", tmp_path / "run", *flags, restarts=0),
        **{"cwd": ROOT, "env": ENVIRONMENT, "capture_output": True, "text": True, "timeout": PATIENCE},
    )
    assert done.returncode != 0
    assert "the objective free-bits looks at the whole minibatch at once" in done.stderr
    assert not (tmp_path / "run").exists()


def _other_process(agent: int, run: Path) -> int:
    """The process of the group that does not write the run folder."""
    writer = json.loads((run / "status.json").read_text())["pid"]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == agent and int(stat.parent.name) != writer:
                return int(stat.parent.name)
    raise AssertionError("the group has one process")
