"""Moments of a run: how many are kept, by number and by bytes, and which."""

from pathlib import Path

import pytest

from vae_core.io.disk_space import size
from vae_core.runs import snapshots


def filled(run: Path, steps: list[int], each: int) -> Path:
    for step in steps:
        folder = snapshots.snapshot_path(run, step)
        folder.mkdir(parents=True)
        (folder / "weights").write_bytes(bytes(each))
    return run


def test_the_first_and_the_last_stay_and_the_others_are_spread_in_log_step(tmp_path: Path) -> None:
    run = filled(tmp_path, list(range(0, 6400, 50)), 1)
    snapshots.prune(run)
    kept = snapshots.list_snapshots(run)
    assert (len(kept), kept[0], kept[-1]) == (snapshots.MOST, 0, 6350)
    assert kept[1] == 50
    assert kept[-1] - kept[-2] > 4 * (kept[3] - kept[2])


@pytest.mark.parametrize(("each", "left"), [(100, 10), (400, 6), (2000, 6)])
def test_of_a_large_model_fewer_are_kept_but_always_six(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, each: int, left: int
) -> None:
    monkeypatch.setattr(snapshots, "MOST_BYTES", 1000)
    run = filled(tmp_path, list(range(0, 1000, 50)), each)
    snapshots.prune(run)
    kept = snapshots.list_snapshots(run)
    assert (len(kept), kept[0], kept[-1]) == (left, 0, 950)
    assert size(run) == left * each
