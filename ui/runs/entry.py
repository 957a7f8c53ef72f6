"""One entry of the catalogue: a run folder whose every file has been read and found sound, without torch."""

import math
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from vae_core import __version__
from vae_core.runs.run import CODES, CONFIG, WEIGHTS, Run, open_run, read_codes, read_weights

_NEEDED = {"title": str, "rate_per_dimension": list, "active": list, "test": dict, "data": dict}


@dataclass(frozen=True)
class Entry:
    """A run that the pages can show. `id` names it in links and addresses, `digest` is the hash of its files."""

    id: str
    run: Run
    digest: str
    count: int  # test images that have a code

    @property
    def title(self) -> str:
        return self.run.card["title"]

    def __hash__(self) -> int:
        return hash((self.id, self.digest))


def read_entry(folder: Path) -> Entry:
    """The run in `folder`. Raises ValueError with one sentence when anything in it cannot be used."""
    run = open_run(folder)
    _check_card(run)
    read_weights(run)
    codes = read_codes(run)
    if len(codes.label) == 0:
        raise ValueError(f"{CODES} of the run {folder.name} has no codes, expected one for each test image")
    return Entry(folder.name, run, _digest(folder), len(codes.label))


def _digest(folder: Path) -> str:
    """Hash of what the browser gets, and of the version that prepares it: an address is kept for ever."""
    files = b"".join((folder / name).read_bytes() for name in (CONFIG, WEIGHTS, CODES))
    return sha256(__version__.encode() + files).hexdigest()[:16]


def _check_card(run: Run) -> None:
    """Raises ValueError unless the card has what the pad and the picker cannot do without."""
    where, latent_dim = f"card.json of the run {run.path.name}", run.config.model.latent_dim
    for key, kind in _NEEDED.items():
        if not isinstance(run.card.get(key), kind):
            raise ValueError(f"{where} has {key!r} = {run.card.get(key)!r}, expected a {kind.__name__}")
    for key in ("rate_per_dimension", "active"):
        if len(run.card[key]) != latent_dim:
            raise ValueError(f"{where} has {len(run.card[key])} values of {key!r}, expected {latent_dim}")
    if not all(isinstance(rate, int | float) and math.isfinite(rate) for rate in run.card["rate_per_dimension"]):
        raise ValueError(f"{where} has a 'rate_per_dimension' that is not a finite number")
