"""The queue's rules, read from the folder alone: no trainer is started here (see tests/faults for that)."""

import dataclasses
import os
import shutil
import socket
import subprocess
import sys
import time

import pytest

from tests.app.runs import change_json, make_run
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.io import disk_space
from vae_core.jobs import queue
from vae_core.runs.control import Control, read_control, write_control
from vae_core.runs.status import STALE, Status, read_status, stored_status, write_status

CONFIG = RunConfig(ModelConfig((1, 8, 8), hidden=(8,)), DataConfig("digits"), TrainConfig(steps=50))


def held(**changes) -> Status:
    """The status of a trainer that is alive: this process."""
    alive = Status("running", pid=os.getpid(), host=socket.gethostname(), heartbeat=time.time(), steps=50)
    return dataclasses.replace(alive, **changes)


@pytest.fixture
def run(tmp_path):
    return queue.submit(tmp_path / "runs", "one", CONFIG, title="One", owner="ann")


def test_a_submitted_run_waits_with_all_that_was_asked(run):
    assert queue.read_status(run) == Status("queued", steps=50)
    described = queue.describe_job(run)
    assert (described["title"], described["owner"], described["parent"]) == ("One", "ann", None)
    assert described["limits"] == dataclasses.asdict(queue.Limits())
    assert queue.read_training_log(run) == queue.list_snapshots(run) == []


@pytest.mark.parametrize("name", ["", "A", "../x", "a b", ".x", "a/b", "x.tmp-1", "x" * 81])
def test_a_name_that_is_no_plain_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="the name is"):
        queue.submit(tmp_path, name, CONFIG)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_taken_name_too_many_steps_and_a_full_queue_are_refused(run, monkeypatch):
    root = run.parent
    monkeypatch.setattr(queue, "MOST_QUEUED", 4)
    with pytest.raises(ValueError, match="already exists"):
        queue.submit(root, "one", CONFIG)
    with pytest.raises(ValueError, match="50 steps are asked for, expected at most 49"):
        queue.submit(root, "two", CONFIG, limits=queue.Limits(steps=49))
    for i in range(queue.MOST_QUEUED - 1):
        queue.submit(root, f"more-{i}", CONFIG)
    with pytest.raises(ValueError, match=f"the queue is full with {queue.MOST_QUEUED} runs"):
        queue.submit(root, "last", CONFIG)


def test_one_owner_trains_one_run_and_the_places_are_few(tmp_path, monkeypatch):
    started = []

    def launch(run):
        started.append(run.name)
        write_status(run, held())

    monkeypatch.setattr(queue, "launch", launch)
    for name, owner in (("a", "ann"), ("b", "ann"), ("c", "ben"), ("d", None), ("e", None)):
        queue.submit(tmp_path, name, CONFIG, owner=owner)
    for places, expected in ((1, ["a"]), (2, ["a", "c"]), (4, ["a", "c", "d", "e"]), (9, ["a", "c", "d", "e"])):
        monkeypatch.setattr(queue, "trainer_slots", lambda places=places: places)
        queue.schedule(tmp_path)
        assert started == expected
    write_status(tmp_path / "a", Status("done"))
    queue.schedule(tmp_path)
    assert started == ["a", "c", "d", "e", "b"]


def test_one_owner_may_not_fill_the_queue_and_waits_for_the_others(tmp_path, monkeypatch):
    started = []

    def launch(run):
        started.append(run.name)
        write_status(run, held(heartbeat=time.time()))

    monkeypatch.setattr(queue, "launch", launch)
    monkeypatch.setattr(queue, "trainer_slots", lambda: 1)
    for n in range(queue.MOST_QUEUED_OF_ONE):
        queue.submit(tmp_path, f"ann-{n}", CONFIG, owner="ann")
    with pytest.raises(ValueError, match="8 of your runs wait to be trained, and no more may wait"):
        queue.submit(tmp_path, "ann-more", CONFIG, owner="ann")
    for name in ("ben-0", "ben-1", "cat-0"):
        queue.submit(tmp_path, name, CONFIG, owner=name[:3])
    for _ in range(6):
        queue.schedule(tmp_path)
        write_status(tmp_path / started[-1], Status("done", heartbeat=time.time()))
    assert started == ["ann-0", "ben-0", "cat-0", "ann-1", "ben-1", "ann-2"]


@pytest.mark.parametrize("name", ["status.json", "request.json", "control.json"])
@pytest.mark.parametrize(
    "text",
    [
        '{"state": "queued", "heartbeat": "now"}',
        '{"state": "running", "pid": -1, "heartbeat": 1e300}',
        '{"state": "running", "pid": 1e999}',
        '{"submitted": "soon", "owner": ["ann"]}',
        '{"submitted": 5, "limits": {"seconds": "all"}}',
        '{"want": ["run"], "until": {}}',
        f'{{"step": {"9" * 5000}}}',
        "[" * 200_000,
    ],
)
def test_what_a_stranger_wrote_into_a_run_stops_nobody_elses(run, monkeypatch, name, text):
    started = []
    monkeypatch.setattr(queue, "launch", lambda run: started.append(run.name))
    monkeypatch.setattr(queue, "trainer_slots", lambda: 2)
    queue.submit(run.parent, "two", CONFIG, owner="ben")
    (run / name).write_text(text)
    queue.schedule(run.parent)
    assert "two" in started
    assert isinstance(queue.read_status(run), Status)
    assert isinstance(queue.describe_job(run), dict)
    assert isinstance(read_control(run), Control)


def test_a_trainer_that_is_gone_or_silent_is_an_interruption(run):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for status, state in (
        (held(), "running"),
        (held(state="paused"), "paused"),
        (held(heartbeat=time.time() - STALE - 1), "interrupted"),
        (held(pid=gone.pid), "interrupted"),
        (held(pid=gone.pid, host="elsewhere"), "running"),
        (held(state="paused", pid=None, heartbeat=0), "paused"),
        (held(state="done", pid=None, heartbeat=0), "done"),
        (held(state="starting", pid=None), "starting"),
        (held(state="starting", pid=None, heartbeat=time.time() - STALE - 1), "interrupted"),
    ):
        write_status(run, status)
        assert queue.read_status(run).state == state


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "flying"}', '{"step": 3}', "\xff"])
def test_a_torn_status_counts_as_an_interruption(run, text):
    (run / "status.json").write_text(text, encoding="latin-1")
    assert read_status(run).state == "interrupted"


def test_a_queued_run_can_be_stopped_and_queued_again(run):
    queue.send_control(run, "stop")
    assert (queue.read_status(run).state, queue.read_status(run).reason) == ("stopped", "it was taken out of the queue")
    with pytest.raises(ValueError, match="the run one is stopped, expected one that is queued, running or paused"):
        queue.send_control(run, "pause")
    queue.resume(run)
    assert queue.read_status(run).state == "queued"
    assert read_control(run) == Control("run")
    with pytest.raises(ValueError, match="the run one is queued, expected interrupted"):
        queue.resume(run)


def test_a_run_whose_trainer_left_in_a_pause_is_queued_for_a_step_or_to_run(run):
    for want, until, state in (("pause", None, "paused"), ("pause", 8, "queued"), ("run", None, "queued")):
        write_status(run, held(state="paused", pid=None, step=7))
        queue.send_control(run, want, until)
        assert queue.read_status(run).state == state
        assert read_control(run) == Control(want, until)


@pytest.mark.parametrize("values", [("fly", None), ("run", 3), ("pause", -1), ("pause", "3")])
def test_a_wish_that_makes_no_sense_is_refused_and_a_torn_one_means_run(run, values):
    with pytest.raises(ValueError, match=r"want is|until is"):
        Control(*values)
    write_control(run, Control("pause", 9))
    assert read_control(run) == Control("pause", 9)
    (run / "control.json").write_text('{"want"')
    assert read_control(run) == Control("run")


def test_rewind_is_the_same_configuration_with_a_parent(run):
    again = queue.rewind(run, run.parent, "again", "bob")
    assert (again / "config.json").read_bytes() == (run / "config.json").read_bytes()
    assert (queue.describe_job(again)["parent"], queue.describe_job(again)["title"]) == ("one", "One")
    assert queue.describe_job(again)["owner"] == "bob"


def test_the_rewind_of_a_run_that_had_no_limits_has_those_of_a_job(tmp_path):
    folder = make_run(tmp_path / "from-the-command-line")
    (folder / "request.json").unlink(missing_ok=True)
    assert queue.describe_job(folder)["limits"] is None
    again = queue.rewind(folder, tmp_path, "again")
    assert queue.describe_job(again)["limits"] == dataclasses.asdict(queue.Limits())


def test_weights_that_were_brought_are_not_rewound(tmp_path):
    folder = make_run(tmp_path / "brought")
    change_json(folder / "card.json", fit="brought from PyTorch")
    with pytest.raises(ValueError, match=r"the weights of brought were not trained here \(brought from PyTorch\)"):
        queue.rewind(folder, tmp_path, "again")


def test_a_removed_run_comes_back_and_one_in_training_stays(run):
    write_status(run, held())
    with pytest.raises(ValueError, match="the run one is being trained: stop it first"):
        queue.remove(run)
    write_status(run, Status("done"))
    place = queue.remove(run)
    assert not run.exists()
    assert place.parent.name == ".trash"
    assert queue.restore(place) == run
    assert stored_status(run).state == "done"
    place = queue.remove(run)
    queue.submit(run.parent, "one", CONFIG)
    with pytest.raises(ValueError, match="there is a run one again"):
        queue.restore(place)


def test_the_trash_holds_an_owners_newest_runs_and_nothing_where_the_disk_is_full(tmp_path, monkeypatch):
    root, removed = tmp_path / "runs", []
    for n in range(7):
        removed.append(queue.remove(make_run(root / f"run-{n}")))
    assert [place.exists() for place in removed] == [False] * 2 + [True] * 5
    assert queue.list_removed(root, "ann", 60) == []
    assert sorted(queue.restore(removed[-1]).iterdir()) == sorted((root / "run-6").iterdir())
    monkeypatch.setattr(queue, "free", lambda folder: 1000)
    place = queue.remove(root / "run-6")
    assert not any(path.exists() for path in (*removed, place))


def test_no_training_begins_where_the_disk_is_nearly_full(run, monkeypatch):
    monkeypatch.setattr(
        disk_space.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**12, 10**12, 3_000_000)
    )
    with pytest.raises(ValueError, match="the disk of this server is nearly full, 3 MB are left"):
        queue.submit(run.parent, "more", CONFIG)
    assert not (run.parent / "more").exists()
    with pytest.raises(ValueError, match="nearly full"):
        queue.resume(stopped(run))


def stopped(run):
    write_status(run, Status("stopped"))
    return run


def test_going_on_with_weights_needs_weights_of_the_same_model(run):
    with pytest.raises(ValueError, match="the run one has no weights yet"):
        queue.submit(run.parent, "more", CONFIG, start=run)
    other = dataclasses.replace(CONFIG, model=ModelConfig((1, 8, 8), hidden=(9,)))
    with pytest.raises(ValueError, match="the run one has another model"):
        queue.submit(run.parent, "more", other, start=run)
