"""The snapshots of a run for the browser: the facts and the arrays that the latent map of the page Train fetches.

A snapshot never changes. Its address contains a token with the time at which it was written, so that a browser may
cache the answer for ever.
"""

import dataclasses
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ui.pages.latent_map import url
from ui.pages.latent_map.explanations import folds
from ui.pages.train.runs import config_of, find_run, run_token
from ui.runs import assets
from ui.runs.catalogue import Entry, read_entry
from vae_core.config import RunConfig
from vae_core.jobs import queue
from vae_core.runs.run import CARD

PARTS = ("decoder", "encoder", "codes")
_FAMILIES = {
    "full": "q(z|x) has a full covariance",
    "flow": "q(z|x) is a normalising flow",
    "vamp": "the prior is a mixture of posteriors",
}


def list_saved(run: Path) -> list[tuple[int, str]]:
    """List the step and the token of each snapshot, in order. A snapshot written again has another token."""
    found = []
    for step in queue.list_snapshots(run):
        try:
            found.append((step, f"{(queue.snapshot_path(run, step) / CARD).stat().st_mtime_ns:x}"))
        except OSError:
            continue  # the trainer has just deleted it
    return found


def facts(name: str, step: int, token: str) -> dict[str, Any]:
    """Describe a snapshot for the latent map, with the addresses of its parts.

    Raises ValueError with one sentence if it no longer exists or cannot be shown on a plane.
    """
    run, entry = _run(name), read_snapshot(name, step, token)
    if sentence := why_no_map(config_of(run)):
        raise ValueError(sentence)
    at = f"lab/moments/{quote(name, safe='')}/{step}/{token}"
    parts = {part: f"{at}/{part}.safetensors" for part in PARTS}
    pictures = f"lab/live/{quote(name, safe='')}/{run_token(run)}/images/{{block}}"
    model = entry.run.config.model
    shown = assets.model_facts(entry, url.describe(assets.bounds_of(entry)))
    return shown | parts | {"images": pictures, "step": step, "folds": folds(model.likelihood, model.mean)}


def why_no_map(config: RunConfig) -> str:
    """Return why the latent map cannot show this run, as a sentence without its full stop; "" if it can."""
    model = config.model
    if model.plain:
        return ""
    reasons = [_FAMILIES[name] for name in (model.posterior, model.prior) if name in _FAMILIES]
    reasons += ["there are two levels of latents"] if model.top_dim else []
    return f"the map can show only diagonal posteriors and the prior N(0, I), but in this run {' and '.join(reasons)}"


def read_snapshot(name: str, step: int, token: str) -> Entry:
    """Read the run folder of a snapshot. Raises ValueError with one sentence if it is missing or cannot be read."""
    run = _run(name)
    if (step, token) not in list_saved(run):
        raise ValueError(f"the run {name} has no such moment at step {step} any more")
    return _read(queue.snapshot_path(run, step), name, token)


def images(name: str, stamp: str, block: int) -> bytes:
    """Pack a block of the test images that a run encodes, gzip. Raises ValueError if there is none."""
    run = _run(name)
    snapshots = list_saved(run)
    if stamp != run_token(run) or not snapshots:
        raise ValueError(f"the run {name} has no pictures, or is another run by now")
    entry = read_snapshot(name, *snapshots[-1])
    if block * assets.BLOCK >= entry.count:
        raise ValueError(f"block {block} does not exist: this run encodes {entry.count} test images")
    return assets.packed_images(_of_the_run(entry), block)


@lru_cache(maxsize=128)
def _read(folder: Path, name: str, token: str) -> Entry:
    return dataclasses.replace(read_entry(folder), id=name)


@lru_cache(maxsize=16)
def _first_read(name: str, config: str, count: int) -> list[Entry]:
    return []


def _of_the_run(entry: Entry) -> Entry:
    """Return the same entry for all snapshots of a run, so that the pictures which they share are packed once."""
    held = _first_read(entry.id, repr(entry.run.config), entry.count)
    if not held:
        held.append(entry)
    return held[0]


def _run(name: str) -> Path:
    run = find_run(name)
    if run is None:
        raise ValueError(f"there is no run {name[:80]!r}")
    return run
