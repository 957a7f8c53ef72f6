"""Save checkpoints in a forked child process, kill it at a random time, and check what it left behind.

`python -m tests.faults.checkpoint_saver FOLDER ROUNDS` prints a JSON object: the number of kills, every other one
during a save; how many left an unfinished folder; how many left an unreadable file, or lost a checkpoint that had been
reported as saved.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.io.atomic import TEMPORARY, sweep
from vae_core.models.vae import build
from vae_core.runs.checkpoint import CHECKPOINTS, newest_checkpoint, read_state, restore, save_checkpoint, verified
from vae_core.training.train import Training

_CONFIG = RunConfig(
    ModelConfig((1, 16, 16), hidden=(120,), sigma=0.1), DataConfig("noise"), TrainConfig(steps=10**6, batch_size=8)
)


def training() -> Training:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (20, 1, 16, 16), generator=generator, dtype=torch.uint8)
    return Training(build(_CONFIG.model, generator), images, _CONFIG, generator)


def save_for_ever(current: Training, run: Path, report: int) -> None:
    """One step and one checkpoint after the other; each step is reported once it is saved."""
    sweep(run / CHECKPOINTS)
    if found := newest_checkpoint(run):
        restore(found, current)
    while True:
        current.advance(current.step + 1)
        current.record()
        save_checkpoint(run, current, "none")
        os.write(report, f"{current.step}\n".encode())


def kill_once(current: Training, run: Path, rng: random.Random, within: bool) -> int:
    """Fork a saver, kill it some milliseconds after its first checkpoint; gives the last step that it reported.

    With `within` it is killed in the middle of a save, otherwise wherever it is.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        save_for_ever(current, run, writing)
    os.close(writing)
    with os.fdopen(reading) as reports:
        last = int(reports.readline())
        time.sleep(rng.uniform(0, 0.02))
        while within and not _held_within_a_save(child, run):
            os.kill(child, signal.SIGCONT)
            time.sleep(rng.uniform(0, 0.005))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return max([last, *(int(line) for line in reports if line.endswith("\n"))])


def _held_within_a_save(child: int, run: Path) -> bool:
    """Make the saver stand still; whether a checkpoint is unfinished then."""
    os.kill(child, signal.SIGSTOP)
    os.waitpid(child, os.WUNTRACED)
    return any(TEMPORARY in path.name for path in (run / CHECKPOINTS).iterdir())


def main(run: Path, rounds: int) -> None:
    torch.set_num_threads(1)
    rng = random.Random(7)
    unfinished = unreadable = lost = 0
    current = training()
    for turn in range(rounds):
        reported = kill_once(current, run, rng, within=turn % 2 == 0)
        names = [path.name for path in (run / CHECKPOINTS).iterdir()]
        unfinished += any(TEMPORARY in name for name in names)
        whole = [run / CHECKPOINTS / name for name in names if TEMPORARY not in name]
        unreadable += not all(map(verified, whole))
        newest = newest_checkpoint(run)
        restore(newest, current)
        lost += read_state(newest)["step"] < reported
    print(json.dumps({"kills": rounds, "unfinished": unfinished, "unreadable": unreadable, "lost": lost}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
