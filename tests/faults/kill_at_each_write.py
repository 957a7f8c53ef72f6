"""Kill a training before each of its changes of the disk, one after another, and resume it.

`python -m tests.faults.kill_at_each_write FOLDER all|some` prints a JSON object: the number of kills, and a sentence
for each change after which something was wrong. With `all`, the resumed training is killed before its own change of the
same number too; `some` takes every fifth change. The child process kills itself with SIGKILL just before it opens,
renames or removes its k-th file, so that no clock is involved.
"""

import json
import math
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from vae_core import data
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.io.atomic import TEMPORARY
from vae_core.runs import write_progress
from vae_core.runs.run import WEIGHTS, open_config, sha256
from vae_core.runs.snapshots import list_snapshots
from vae_core.runs.status import acquire_run
from vae_core.runs.training_log import read_training_log
from vae_core.training_process.run_training import resume_run, train_run

_STEPS = 2
_CHANGES = ("os.rename", "os.mkdir", "os.rmdir", "os.remove")
_MOST = 400  # changes of one training, far more than there are


def begin(run: Path, seconds: float) -> None:
    """Train a new run; `seconds` is the least time between two checkpoints."""
    config = open_config(run.parent / "config")
    images = data.load(config.data.name, "train")
    train_run(config, images, data.load(config.data.name, "test"), run, checkpoint_seconds=seconds)


def go_on(run: Path, seconds: float) -> None:
    """Resume a run; one that had not got as far as a folder is begun again."""
    if not run.exists():
        return begin(run, seconds)
    with acquire_run(run) as heartbeat:
        resume_run(run, heartbeat, checkpoint_seconds=seconds)


def killed(work: Callable[[Path, float], None], run: Path, seconds: float, change: int) -> bool:
    """Do the work in a child that dies before its change number `change`; False if it has not so many."""
    child = os.fork()
    if child == 0:
        _die_before(run, change)
        try:
            work(run, seconds)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"it ended with {code}")
    return code != 0


def _die_before(run: Path, change: int) -> None:
    seen = 0

    def hook(event: str, arguments: tuple) -> None:
        nonlocal seen
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (event in _CHANGES or writes) and str(arguments[0]).startswith(str(run)):
            seen += 1
            if seen == change:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def result(run: Path) -> dict:
    """What must be the same however often a run was killed."""
    names = ("step", "loss", "elbo", "test")
    lines = [{k: v for k, v in line.items() if k in names} for line in read_training_log(run)]
    kept = [path.name for part in ("moments", "checkpoints") for path in (run / part).iterdir()]
    torn = [name for name in kept if TEMPORARY in name]
    return {"weights": sha256(run / WEIGHTS), "lines": lines, "moments": list_snapshots(run), "torn": torn}


def kill_everywhere(folder: Path, seconds: float, every: int) -> tuple[int, list[str]]:
    """How many kills there were, and for each after which the run did not end as if there had been none, a sentence."""
    killed(begin, folder / "whole", seconds, _MOST)
    wanted, wrong = result(folder / "whole"), []
    for kills, change in enumerate(range(1, _MOST, every)):
        run = folder / f"run-{seconds:g}-{change}"
        if not killed(begin, run, seconds, change):
            return kills, wrong
        try:
            if every == 1:
                killed(go_on, run, seconds, change)
            killed(go_on, run, seconds, _MOST)
            if (found := result(run)) != wanted:
                wrong.append(f"before change {change} it is another run: {found} in place of {wanted}")
        except (RuntimeError, OSError) as error:
            wrong.append(f"before change {change}: {error}")
    raise RuntimeError("a training makes no end of changes")


def main(folder: Path, every: int) -> None:
    torch.set_num_threads(1)
    write_progress._SNAPSHOT_SECONDS = 0.0  # a snapshot at every record
    pictures = np.random.default_rng(0).integers(0, 256, (40, 4, 4), dtype=np.uint8)
    np.savez(folder / "pictures.npz", images=pictures)
    model = ModelConfig((1, 4, 4), hidden=(6,), sigma=0.3)
    config = RunConfig(model, DataConfig(str(folder / "pictures.npz")), TrainConfig(steps=_STEPS, batch_size=4))
    kills, wrong = 0, []
    for seconds in (0.0, math.inf):  # a checkpoint whenever it may be, and none before the end
        place = folder / f"{seconds:g}"
        (place / "config").mkdir(parents=True)
        (place / "config" / "config.json").write_text(json.dumps(config.to_json()))
        more, faults = kill_everywhere(place, seconds, every)
        kills, wrong = kills + more, wrong + faults
    print(json.dumps({"kills": kills, "wrong": wrong}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), 1 if sys.argv[2] == "all" else 5)
