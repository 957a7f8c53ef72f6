"""List and prune the snapshots of a run, small run folders that a training saves. Imports no torch.

They are in moments/ (the folder's name on disk), named by their step, with weights and codes in half precision. At most
`MOST` are kept, fewer of a large model, spread evenly in log(step), since a latent space changes most at the beginning.
"""

import math
from pathlib import Path

from vae_core.io.atomic import remove_folder
from vae_core.io.disk_space import size

SNAPSHOTS = "moments"
MOST, LEAST, MOST_BYTES = 16, 6, 96 << 20


def list_snapshots(run: Path) -> list[int]:
    """List the steps that have a snapshot, in order."""
    try:
        return sorted(int(path.name) for path in (run / SNAPSHOTS).iterdir() if path.name.isdecimal())
    except FileNotFoundError:
        return []


def snapshot_path(run: Path, step: int) -> Path:
    """Return the run folder of the snapshot at that step; it need not exist."""
    return run / SNAPSHOTS / f"{step:08d}"


def prune(run: Path) -> None:
    """Delete snapshots until at most `MOST` are left, and of more than `LEAST` no more than `MOST_BYTES`."""
    steps = list_snapshots(run)
    each = size(snapshot_path(run, steps[-1])) if steps else 0
    while len(steps) > MOST or (len(steps) > LEAST and len(steps) * each > MOST_BYTES):
        crowded = most_crowded(steps)
        remove_folder(snapshot_path(run, crowded))
        steps.remove(crowded)


def most_crowded(steps: list[int]) -> int:
    """Return the step, neither the first nor the last, whose neighbours are nearest to each other in log(1 + step)."""
    inner = range(1, len(steps) - 1)
    return steps[min(inner, key=lambda i: math.log1p(steps[i + 1]) - math.log1p(steps[i - 1]))]
