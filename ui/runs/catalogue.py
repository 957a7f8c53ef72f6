"""The runs that pages can show: shipped in models/, and those in the app's own folder of runs (vae_core/runs/run.py).

An entry is a run folder whose every file has been read and found sound, without torch.

A run that is still in training is shown by its newest snapshot. One that ended before its first step was
saved has learned nothing and is no model.
"""

import dataclasses
import math
import os
import sys
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from vae_core import __version__
from vae_core.jobs import queue
from vae_core.runs.run import (
    CARD,
    CODES,
    CONFIG,
    STATUS,
    WEIGHTS,
    Run,
    open_config,
    open_run,
    read_codes,
    read_weights,
    runs_folder,
)
from vae_core.runs.snapshots import list_snapshots, snapshot_path
from vae_core.runs.status import read_status

ROOT = Path(__file__).resolve().parents[2]
FILES = (CONFIG, CARD, WEIGHTS, CODES)
_ACTIVE = ("queued", "starting", "running", "paused")

_NEEDED = {"title": str, "rate_per_dimension": list, "active": list, "test": dict, "data": dict}


@dataclass(frozen=True)
class Entry:
    """A run that the pages can show. `id` names it in links and addresses, `digest` is the hash of its files.

    `owner` is the visitor who trained or imported it, as ui/server/user_cookie.py names one; None for a run that is
    shipped, or was made from the command line.
    """

    id: str
    run: Run
    digest: str
    count: int  # test images that have a code
    shipped: bool = False
    owner: str | None = None

    @property
    def title(self) -> str:
        return self.run.card["title"]

    def __hash__(self) -> int:
        return hash((self.id, self.digest))


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
    """Find every run. A folder is read again only when one of its files has changed."""
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
    """Return the catalogue of at most a second ago, so that many visitors do not read the folders at each move."""
    global _last
    where, now = (ROOT, runs_folder()), time.monotonic()
    held = _last
    if held is None or held[0] != where or now - held[1] > 1:
        held = _last = (where, now, catalogue())
    return held[2]


def entry_of(run_id: str, digest: str) -> Entry | None:
    """Return the run behind an address, None when it is gone or has changed since."""
    run = catalogue().runs.get(run_id)
    return run if run is not None and run.digest == digest else None


def _found() -> list[tuple[Path, Entry | str]]:
    """Read each folder that has files of a run: shipped ones in teaching order, then the visitor's own by name."""
    shipped, own = ([(run, _read_once(run)) for run in _inside(folder)] for folder in (ROOT / "models", runs_folder()))
    return [*sorted(shipped, key=_teaching_order), *own]


def _inside(parent: Path) -> list[Path]:
    """List the sub-folders that hold at least one file of a run; what is still being written ends in .tmp-*."""
    if not parent.is_dir():
        return []
    children = (child for child in sorted(parent.iterdir()) if child.is_dir() and ".tmp-" not in child.name)
    return [child for child in children if any((child / name).is_file() for name in FILES) and _shown(child)]


def _shown(folder: Path) -> Path | None:
    """Return the folder that is read for a run: its own once it is finished, else its newest snapshot, if any.

    The snapshot of step 0 is shown only while the run goes on.
    """
    if (folder / CARD).is_file() or not (folder / STATUS).is_file():
        return folder
    steps = list_snapshots(folder)
    if not steps or (steps[-1] == 0 and read_status(folder).state not in _ACTIVE):
        return None
    return snapshot_path(folder, steps[-1])


def _teaching_order(read: tuple[Path, Entry | str]) -> tuple[int, int, str]:
    """Return a sort key: fewest latent dimensions first, Gaussian before Bernoulli; what cannot be read comes last."""
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
                f"The model {folder.name} is left out: these pages can show only diagonal posteriors and the prior "
                "N(0, I), and this model has others. The page Train shows its curves."
            )
        shipped, owner = folder.parent == ROOT / "models", queue.describe_job(folder)["owner"]
        return dataclasses.replace(read_entry(shown), id=folder.name, shipped=shipped, owner=owner)
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


def read_entry(folder: Path) -> Entry:
    """Read the run in `folder`. Raises ValueError with one sentence when anything in it cannot be used."""
    run = open_run(folder)
    _check_card(run)
    read_weights(run)
    codes = read_codes(run)
    if len(codes.label) == 0:
        raise ValueError(f"{CODES} of the run {folder.name} has no codes, expected one for each test image")
    return Entry(folder.name, run, _digest(folder), len(codes.label))


def _digest(folder: Path) -> str:
    """Hash what the browser gets, and of the version that prepares it: an address is kept for ever."""
    files = b"".join((folder / name).read_bytes() for name in (CONFIG, WEIGHTS, CODES))
    return sha256(__version__.encode() + files).hexdigest()[:16]


def _check_card(run: Run) -> None:
    """Raise ValueError unless the card has what the map and the picker need."""
    where, latent_dim = f"card.json of the run {run.path.name}", run.config.model.latent_dim
    for key, kind in _NEEDED.items():
        if not isinstance(run.card.get(key), kind):
            raise ValueError(f"{where} has {key!r} = {run.card.get(key)!r}, expected a {kind.__name__}")
    for key in ("rate_per_dimension", "active"):
        if len(run.card[key]) != latent_dim:
            raise ValueError(f"{where} has {len(run.card[key])} values of {key!r}, expected {latent_dim}")
    if not all(isinstance(rate, int | float) and math.isfinite(rate) for rate in run.card["rate_per_dimension"]):
        raise ValueError(f"{where} has a 'rate_per_dimension' that is not a finite number")
