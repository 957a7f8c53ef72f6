"""A killed training goes on as if nothing had happened: every loss and the weights are equal, bit by bit."""

import functools
import json
import operator
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.measured_figures import figure, full, timed
from tests.trainer_processes import ENVIRONMENT, MODEL, ROOT, at_step, finish, losses, trainer, wait_for
from vae_core.jobs import queue
from vae_core.runs.checkpoint import newest_checkpoint, read_state
from vae_core.runs.status import read_status, stored_status

KINDS = {
    "one sample": ["--likelihood", "bernoulli"],
    "many terms": ["--likelihood", "bernoulli", "--posterior", "full", "--warmup", "400", "--samples", "3"],
}
STEPS = 3000 if full() else 1200


@functools.cache
def whole(kind: str = "one sample") -> tuple[list[object], list[tuple[int, float]], dict]:
    """An uninterrupted run: its flags, its losses, what it printed."""
    flags = [*MODEL, *KINDS[kind], "--steps", STEPS]
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        printed = finish("--out", run, *flags)
        return flags, losses(run), printed


@pytest.mark.parametrize("kind", ["one sample", pytest.param("many terms", marks=pytest.mark.promise)])
def test_killed_at_random_steps_and_resumed_every_bit_is_the_same(kind, tmp_path, capsys):
    flags, reference, printed = whole(kind)
    run, rng, killed, begun = tmp_path / "run", random.Random(), [], []
    arguments = ["--out", run, *flags]
    for turn in range(2):
        with trainer(*arguments, "--checkpoint-seconds", "0") as process:
            _at_checkpoint(run, rng.randrange(STEPS // 16, STEPS // 3) + turn * STEPS // 3)
            process.send_signal(signal.SIGKILL)
            process.wait()
        killed.append(read_status(run).step)
        begun.append(read_state(newest_checkpoint(run))["step"])
        assert read_status(run).state == "interrupted"
        arguments = ["--resume", run]
    again = finish("--resume", run)
    with capsys.disabled():
        print(f"\nkilled after steps {killed}, resumed from {begun}: {len(losses(run))} records compared")
        assert len(losses(run)) == len(reference)
        figure("resume.records-that-differ", sum(map(operator.ne, losses(run), reference)), "==", 0)
    same = ("weights_sha256", "final_loss", "elbo", "rate", "distortion")
    assert {key: again[key] for key in same} == {key: printed[key] for key in same}


def test_killed_before_any_change_of_the_disk_it_ends_as_if_it_had_not_been(tmp_path, capsys):
    command = [sys.executable, "-m", "tests.faults.kill_at_each_write", str(tmp_path), "all" if full() else "some"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    with capsys.disabled():
        figure("resume.phases", found["kills"], ">=", 100 if full() else 30)
        figure("resume.phases-that-differ", len(found["wrong"]), "==", 0)


@pytest.mark.parametrize("way", ["asked", "SIGTERM", "Ctrl+C"])
def test_a_stop_is_obeyed_at_once_and_can_be_resumed_bit_by_bit(tmp_path, way, capsys):
    flags, _, printed = whole()
    run = tmp_path / "run"
    more = [] if way == "asked" else ["--steps", 10**6]
    with trainer("--out", run, *flags, *more) as process:
        at_step(run, 100)
        began = time.monotonic()
        if way == "asked":
            queue.send_control(run, "stop")
        else:
            process.send_signal(signal.SIGTERM if way == "SIGTERM" else signal.SIGINT)
        wait_for(lambda: stored_status(run).state == "stopped", "the stop")
        seconds = time.monotonic() - began
        code = process.wait()
        said = process.errors().splitlines()[-1]
    with capsys.disabled():
        print(f"\nstopped after {seconds:.2f} s")
    if timed():
        figure("stop.seconds", seconds, "<=", 2, "s")
    assert code == {"asked": 0, "SIGTERM": 143, "Ctrl+C": 130}[way]
    assert said.endswith(f"go on with: python -m vae_core train --resume {run}")
    assert queue.read_status(run).state == "stopped"
    assert json.loads((run / "card.json").read_text())["steps"] == stored_status(run).step
    if way == "asked":
        assert finish("--resume", run)["weights_sha256"] == printed["weights_sha256"]


def test_a_pause_takes_single_steps_and_changes_no_weight(tmp_path):
    flags, _, printed = whole()
    run = tmp_path / "run"
    with trainer("--out", run, *flags) as process:
        at_step(run, 100)
        queue.send_control(run, "pause")
        paused = _paused(run)
        for more in (1, 2):
            queue.send_control(run, "pause", until=paused.step + more)
            at_step(run, paused.step + more)
            assert _paused(run).step == paused.step + more
            assert queue.read_training_log(run)[-1]["step"] == paused.step + more
        queue.send_control(run, "run")
        assert process.wait() == 0
    assert json.loads((run / "card.json").read_text())["weights_sha256"] == printed["weights_sha256"]


def test_two_trainers_never_work_on_one_run(tmp_path):
    flags, _, _ = whole()
    run = tmp_path / "run"
    with trainer("--out", run, *flags, "--steps", 10**6) as first:
        at_step(run, 1)
        with trainer("--resume", run) as second:
            assert second.wait() == 2
            said = second.errors()
        assert said == f"vae_core: the run run is being trained by process {first.pid}: stop it first\n"
        assert first.poll() is None


def _paused(run):
    return wait_for(lambda: (s := queue.read_status(run)).state == "paused" and s, "the pause")


def _at_checkpoint(run, step):
    wait_for(lambda: any(int(path.name) >= step for path in run.glob("checkpoints/" + 8 * "[0-9]")), "a checkpoint")
