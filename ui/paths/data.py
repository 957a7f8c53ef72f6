"""What Python hands the component: the model, where its geodesics are worked out, the view, the folds."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from ui import served
from ui.catalogue import ROOT
from ui.entry import Entry
from ui.maths import render
from ui.pad_data import model_facts, plain_view
from ui.paths import factors
from ui.paths.folds import FOLDS
from ui.paths.view import MOST_FRAMES, MOST_STOPS, SPEEDS, View
from vae_core import __version__


def _from_here(path: Path) -> str:
    """Where the run lies, as a script that is started in this folder names it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def data(entry: Entry, view: View, turn: int = 0) -> dict[str, Any]:
    """The component's `data` for one run, with the view to show (anew when `turn` grows)."""
    at = f"lab/paths/{quote(entry.id, safe='')}/{entry.digest}"
    return {
        "assets": served.asset_base(),
        "model": model_facts(entry)
        | {
            "geodesic": f"{at}/geodesic",
            "training": f"{at}/training",
            "factors": factors.facts(entry),
            "factor_index": f"{at}/factors",
            "scores": f"{at}/scores",
            "most_frames": MOST_FRAMES,
            "most_stops": MOST_STOPS,
            "speeds": list(SPEEDS),
            "run_path": _from_here(entry.run.path),
            "data_name": entry.run.config.data.name,
            "version": __version__,
        },
        "view": plain_view(view) | {"turn": turn},
        "folds": render(FOLDS),
    }
