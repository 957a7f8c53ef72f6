"""Moments of a run: small run folders kept while it trains, for the time machine. Read without torch.

They stand in moments/, named by their step. At most `MOST` are kept, fewer of a large model, spread evenly in
log(step), since a latent space changes most at the beginning.
"""

import math
from pathlib import Path

from vae_core.io.atomic import remove_folder
from vae_core.io.disk_space import size

MOMENTS = "moments"
MOST, MOST_BYTES = 40, 256 << 20


def moments(run: Path) -> list[int]:
    """Steps that have a moment, in order."""
    try:
        return sorted(int(path.name) for path in (run / MOMENTS).iterdir() if path.name.isdecimal())
    except FileNotFoundError:
        return []


def moment_path(run: Path, step: int) -> Path:
    """The run folder of the moment at that step; it need not exist."""
    return run / MOMENTS / f"{step:08d}"


def thin(run: Path) -> None:
    """Remove moments until at most `MOST` are left, and of more than three no more than `MOST_BYTES`."""
    steps = moments(run)
    each = size(moment_path(run, steps[-1])) if steps else 0
    while len(steps) > MOST or (len(steps) > 3 and len(steps) * each > MOST_BYTES):
        crowded = most_crowded(steps)
        remove_folder(moment_path(run, crowded))
        steps.remove(crowded)


def most_crowded(steps: list[int]) -> int:
    """The step, neither the first nor the last, whose neighbours are nearest to each other in log(1 + step)."""
    inner = range(1, len(steps) - 1)
    return steps[min(inner, key=lambda i: math.log1p(steps[i + 1]) - math.log1p(steps[i - 1]))]
