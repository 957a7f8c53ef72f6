"""The runs that pages can show: shipped in models/, trained here in runs/, or in the folder $VAE_LAB_RUNS."""

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ui.entry import Entry, read_entry
from vae_core.run import CARD, CODES, CONFIG, WEIGHTS

ROOT = Path(__file__).resolve().parent.parent
FOLDER_VARIABLE = "VAE_LAB_RUNS"
FILES = (CONFIG, CARD, WEIGHTS, CODES)

_Stamp = tuple[tuple[int, int], ...]
_read: dict[Path, tuple[_Stamp, Entry | str]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Catalogue:
    """Readable runs by their id, the default first, and one sentence for each folder that cannot be read."""

    runs: dict[str, Entry]
    problems: tuple[str, ...]


def catalogue() -> Catalogue:
    """Every run found now. A folder is read again only when one of its files has changed."""
    runs: list[Entry] = []
    problems: list[str] = []
    for folder in _folders():
        found = _read_once(folder)
        if isinstance(found, str):
            problems.append(found)
        elif any(run.id == found.id for run in runs):
            problems.append(f"One model is left out: {folder} has the same name as another one.")
        else:
            runs.append(found)
    return Catalogue({run.id: run for run in runs}, tuple(problems))


def entry_of(run_id: str, digest: str) -> Entry | None:
    """The run behind an address, or None when it is gone or has changed since."""
    run = catalogue().runs.get(run_id)
    return run if run is not None and run.digest == digest else None


def _folders() -> Iterable[Path]:
    """Folders that claim to be runs: shipped ones in teaching order, then the visitor's own by name."""
    shipped = sorted(_inside(ROOT / "models"), key=_teaching_order)
    own = [*_inside(ROOT / "runs")]
    if folder := os.environ.get(FOLDER_VARIABLE):
        own += _inside(Path(folder).expanduser())
    return [*shipped, *own]


def _inside(parent: Path) -> list[Path]:
    """Sub-folders that hold at least one file of a run; what is still being written ends in .tmp-*."""
    if not parent.is_dir():
        return []
    children = (child for child in sorted(parent.iterdir()) if child.is_dir() and ".tmp-" not in child.name)
    return [child for child in children if any((child / name).is_file() for name in FILES)]


def _teaching_order(folder: Path) -> tuple:
    """Fewest latent dimensions first, Gaussian before Bernoulli."""
    found = _read_once(folder)
    if isinstance(found, str):
        return (1 << 30, "", folder.name)
    return (found.run.config.model.latent_dim, "gb".index(found.run.config.model.likelihood[0]), folder.name)


def _read_once(folder: Path) -> Entry | str:
    stamp = _stamp(folder)
    with _lock:
        held = _read.get(folder)
        if held is None or held[0] != stamp:
            held = _read[folder] = (stamp, _run_or_sentence(folder))
    return held[1]


def _run_or_sentence(folder: Path) -> Entry | str:
    try:
        return read_entry(folder)
    except (ValueError, OSError) as error:
        return f"One model is left out: {error}."


def _stamp(folder: Path) -> _Stamp:
    return tuple(map(_stamp_of_file, (folder / name for name in FILES)))


def _stamp_of_file(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, -1
    return stat.st_mtime_ns, stat.st_size
