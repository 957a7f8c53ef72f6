"""The runs that pages can show: shipped in models/, and those in the app's own folder of runs (vae_core/runs/run.py).

A run that is still in training is shown as it was at its newest saved moment. One that ended before its first step was
saved has learned nothing and is no model.
"""

import dataclasses
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from ui.runs.entry import Entry, read_entry
from vae_core.runs.run import CARD, CODES, CONFIG, STATUS, WEIGHTS, open_config, runs_folder
from vae_core.runs.snapshots import list_snapshots, snapshot_path
from vae_core.runs.status import read_status

ROOT = Path(__file__).resolve().parents[2]
FILES = (CONFIG, CARD, WEIGHTS, CODES)
_ACTIVE = ("queued", "starting", "running", "paused")

_Stamp = tuple[tuple[int, int], ...]
_read: dict[Path, tuple[_Stamp, Entry | str]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Catalogue:
    """Readable runs by their id, the default first, and one sentence for each folder that cannot be read."""

    runs: dict[str, Entry]
    problems: tuple[str, ...]


_last: tuple[tuple[Path, Path], float, Catalogue] | None = None  # where, when, what was found


def catalogue() -> Catalogue:
    """Every run found now. A folder is read again only when one of its files has changed."""
    runs: dict[str, Entry] = {}
    problems: list[str] = []
    for folder, found in _found():
        if isinstance(found, str):
            problems.append(found)
        elif found.id in runs:
            problems.append(f"One model is left out: {folder} has the same name as another one.")
        else:
            runs[found.id] = found
    return Catalogue(runs, tuple(problems))


def recent_catalogue() -> Catalogue:
    """The catalogue of at most a second ago: a room full of visitors does not look through the folders at each move."""
    global _last
    where, now = (ROOT, runs_folder()), time.monotonic()
    held = _last
    if held is None or held[0] != where or now - held[1] > 1:
        held = _last = (where, now, catalogue())
    return held[2]


def entry_of(run_id: str, digest: str) -> Entry | None:
    """The run behind an address, or None when it is gone or has changed since."""
    run = catalogue().runs.get(run_id)
    return run if run is not None and run.digest == digest else None


def _found() -> list[tuple[Path, Entry | str]]:
    """Each folder that claims to be a run, read: shipped ones in teaching order, then the visitor's own by name."""
    shipped, own = ([(run, _read_once(run)) for run in _inside(folder)] for folder in (ROOT / "models", runs_folder()))
    return [*sorted(shipped, key=_teaching_order), *own]


def _inside(parent: Path) -> list[Path]:
    """Sub-folders that hold at least one file of a run; what is still being written ends in .tmp-*."""
    if not parent.is_dir():
        return []
    children = (child for child in sorted(parent.iterdir()) if child.is_dir() and ".tmp-" not in child.name)
    return [child for child in children if any((child / name).is_file() for name in FILES) and _shown(child)]


def _shown(folder: Path) -> Path | None:
    """The folder that is read for a run: its own once it is finished, else its newest moment; None if it has no model.

    The moment before the first step is shown only while more are to come.
    """
    if (folder / CARD).is_file() or not (folder / STATUS).is_file():
        return folder
    steps = list_snapshots(folder)
    if not steps or (steps[-1] == 0 and read_status(folder).state not in _ACTIVE):
        return None
    return snapshot_path(folder, steps[-1])


def _teaching_order(read: tuple[Path, Entry | str]) -> tuple[int, int, str]:
    """Fewest latent dimensions first, Gaussian before Bernoulli; what cannot be read comes last."""
    folder, found = read
    if isinstance(found, str):
        return sys.maxsize, 0, folder.name
    model = found.run.config.model
    return model.latent_dim, ("gaussian", "bernoulli").index(model.likelihood), folder.name


def _read_once(folder: Path) -> Entry | str:
    shown = _shown(folder) or folder
    stamp = _stamp(shown)
    with _lock:
        held = _read.get(folder)
        if held is None or held[0] != stamp:
            held = _read[folder] = (stamp, _run_or_sentence(folder, shown))
    return held[1]


def _run_or_sentence(folder: Path, shown: Path) -> Entry | str:
    try:
        if not open_config(shown).model.plain:
            return (
                f"The model {folder.name} is left out: these pages draw diagonal posteriors and the prior N(0, I), "
                "and it has others. The page Train shows its curves."
            )
        return dataclasses.replace(read_entry(shown), id=folder.name)
    except (ValueError, OSError) as error:
        return f"One model is left out: {error}."


def _stamp(folder: Path) -> _Stamp:
    return tuple(_stamp_of_file(f"{folder}/{name}") for name in FILES)


def _stamp_of_file(path: str) -> tuple[int, int]:
    try:
        stat = os.stat(path)
    except OSError:
        return 0, -1
    return stat.st_mtime_ns, stat.st_size
