"""Jobs: a queue in a folder, trainers that outlive whoever started them and are continued when they die."""

import contextlib
import json
import os
import re
import signal
import urllib.request

import pytest

from tests.measured_figures import figure
from tests.server import running_script
from tests.trainer_processes import ROOT, at_step, wait_for
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.jobs import queue
from vae_core.runs.status import stored_status

MODEL = ModelConfig((1, 8, 8), hidden=(24,), likelihood="bernoulli")
LONG = 1_000_000  # steps


def config(steps: int = 200) -> RunConfig:
    return RunConfig(MODEL, DataConfig("digits", "dynamic"), TrainConfig(steps=steps, batch_size=32))


def ends(run, state: str = "done"):
    return wait_for(lambda: (s := queue.read_status(run)).state == state and s, f"{run.name} is {state}")


@pytest.fixture
def root(tmp_path):
    """A folder for runs, whose trainers are killed in the end."""
    yield tmp_path / "runs"
    for run in (tmp_path / "runs").glob("*/status.json"):
        status = stored_status(run.parent)
        if status.held and status.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(status.pid, signal.SIGKILL)


def test_jobs_are_trained_one_after_another_each_within_its_limits(root):
    """More of them than are trained at a time: the last ones are started by trainers that end."""
    wide = RunConfig(
        ModelConfig((1, 8, 8), hidden=(6000,), likelihood="bernoulli"),
        DataConfig("digits", "dynamic"),
        TrainConfig(steps=200, batch_size=20_000),
    )
    first = queue.submit(root, "first", config(), title="FIRST")
    greedy = queue.submit(root, "greedy", wide, limits=queue.Limits(memory=900 << 20))
    slow = queue.submit(root, "slow", config(LONG), limits=queue.Limits(seconds=0.6))
    runs = [first, greedy, slow]
    assert [queue.read_status(run).state for run in runs] == ["queued"] * 3
    queue.schedule(root)
    assert [queue.read_status(run).state for run in runs] == (queue.trainer_slots() * ["starting"] + 3 * ["queued"])[:3]
    done = ends(first)
    assert (done.step, done.steps, done.threads, done.reason) == (200, 200, queue.trainer_threads(), None)
    card = json.loads((first / "card.json").read_text())
    assert (card["title"], card["steps"]) == ("FIRST", 200)
    assert (queue.list_snapshots(first)[0], queue.list_snapshots(first)[-1]) == (0, 200)
    assert queue.read_training_log(first)[-1]["test"]["active_units"] == 2  # digits use both latents soon
    failed = ends(greedy, "failed")
    tried = "out of memory at step [01]: try a smaller batch, fewer samples or a smaller network"
    assert re.fullmatch(tried, failed.reason)  # the first step, or the one that finds its memory kept
    stopped = ends(slow, "stopped")
    assert stopped.reason == f"it has used its 0.01 minutes of training, at step {stopped.step} of {LONG}"
    assert json.loads((slow / "card.json").read_text())["steps"] == stopped.step


def test_a_killed_server_loses_no_training(root, tmp_path):
    run = queue.submit(root, "run", config(LONG))
    trainer = killed_server(run, root, tmp_path)
    later = at_step(run, trainer.step + 100)
    assert (later.pid, later.state) == (trainer.pid, "running")
    assert os.getpriority(os.PRIO_PROCESS, trainer.pid) >= 10
    assert os.getsid(trainer.pid) == trainer.pid


def killed_server(run, root, tmp_path):
    """How far the trainer is that a server has started, which is killed then."""
    with running_script(ROOT / "app.py", ROOT, around(root), tmp_path / "first.log") as (_, server):
        at_step(run, 100)
        server.kill()
        server.wait()
    return queue.read_status(run)


def around(root):
    return os.environ | {"VAE_LAB_RUNS": str(root)}


@pytest.mark.promise
def test_a_killed_server_loses_no_training_and_the_next_one_shows_it(root, tmp_path, capsys):
    run = queue.submit(root, "run", config(LONG))
    trainer = killed_server(run, root, tmp_path)
    later = at_step(run, trainer.step + 100)
    with running_script(ROOT / "app.py", ROOT, around(root), tmp_path / "second.log") as (address, _):
        with urllib.request.urlopen(f"http://{address}/lab/live?run=run&after=0") as answer:
            shown = json.load(answer)["live"]["run"]
        with capsys.disabled():
            print(f"\nserver killed at step {trainer.step}; the new one shows step {shown['step']}")
            figure("server-killed.steps-since", later.step - trainer.step, ">=", 100)
            figure("server-killed.steps-not-shown", max(0, later.step - shown["step"]), "==", 0)
        assert shown["state"] == "running"
        queue.send_control(run, "stop")
        assert ends(run, "stopped").step >= later.step


def test_a_killed_job_is_continued_three_times_and_then_left(root):
    run = queue.submit(root, "run", config(LONG))
    pids = [None]  # no process until the trainer has started
    for attempt in (0, 1, 2, 3):
        queue.schedule(root)
        status = wait_for(lambda: (s := stored_status(run)).pid not in pids and s, "a new trainer")
        assert status.attempt == attempt
        os.kill(status.pid, signal.SIGKILL)
        ends(run, "interrupted")
        pids.append(status.pid)
    figure("job-killed.taken-up-again", len(pids) - 2, "==", 3)
    queue.schedule(root)
    queue.schedule(root)
    assert queue.read_status(run).state == "interrupted"
    assert queue.read_status(run).reason.startswith("its trainer ended without an error message at about step")
    assert "after 3 attempts" in queue.read_status(run).reason
    queue.resume(run)
    assert (queue.read_status(run).state, queue.read_status(run).attempt) == ("queued", 0)
