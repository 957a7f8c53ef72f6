"""What Python hands the component: the model, where its geodesics are worked out, the view, the folds."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from ui.components import web_files
from ui.explanations import render
from ui.pages.latent_map.component_data import model_facts, plain_view
from ui.pages.paths import factors
from ui.pages.paths.explanations import FOLDS
from ui.pages.paths.url import MOST_FRAMES, MOST_STOPS, SPEEDS, View
from ui.runs.catalogue import ROOT
from ui.runs.entry import Entry
from vae_core import __version__


def _from_here(path: Path) -> str:
    """Where the run lies, as a script that is started in this folder names it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def data(entry: Entry, view: View, turn: int = 0) -> dict[str, Any]:
    """The component's `data` for one run, with the view to show (anew when `turn` grows)."""
    at = f"lab/paths/{quote(entry.id, safe='')}/{entry.digest}"
    return {
        "assets": web_files.asset_base(),
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
