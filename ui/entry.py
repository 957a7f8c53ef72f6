"""One entry of the catalogue: a run folder whose every file has been read and found sound, without torch."""

import math
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from vae_core import __version__
from vae_core.run import CODES, CONFIG, WEIGHTS, Run, open_run, read_codes, read_weights

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
    _check_card(run.card, run.config.model.latent_dim)
    read_weights(run)
    codes = read_codes(run)
    if len(codes.label) == 0:
        raise ValueError(f"{CODES} of the run {folder.name} has no codes, expected one for each test image")
    return Entry(folder.name, run, _digest(folder), len(codes.label))


def _digest(folder: Path) -> str:
    """Hash of what the browser gets, and of the version that prepares it: an address is kept for ever."""
    files = b"".join((folder / name).read_bytes() for name in (CONFIG, WEIGHTS, CODES))
    return sha256(__version__.encode() + files).hexdigest()[:16]


def _check_card(card: dict[str, Any], latent_dim: int) -> None:
    """Raises ValueError unless the card has what the pad and the picker cannot do without."""
    for key, kind in _NEEDED.items():
        if not isinstance(card.get(key), kind):
            raise ValueError(f"card.json has {key!r} = {card.get(key)!r}, expected a {kind.__name__}")
    for key in ("rate_per_dimension", "active"):
        if len(card[key]) != latent_dim:
            raise ValueError(f"card.json has {len(card[key])} values of {key!r}, expected {latent_dim}")
    if not all(isinstance(rate, int | float) and math.isfinite(rate) for rate in card["rate_per_dimension"]):
        raise ValueError("card.json has a 'rate_per_dimension' that is not a finite number")
