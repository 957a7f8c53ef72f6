"""What Python hands the component: the model, where its geodesics are worked out, the view, the folds."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from ui.components import web_files
from ui.explanations import render
from ui.pages.paths import factors
from ui.pages.paths.explanations import FOLDS
from ui.pages.paths.page_state import bounds
from ui.pages.paths.url import FIELDS, View
from ui.runs.catalogue import ROOT
from ui.runs.entry import Entry
from ui.runs.model_facts import model_facts
from ui.url_state import schema
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
            "fields": schema.describe(FIELDS, View(), bounds(entry)),
            "run_path": _from_here(entry.run.path),
            "data_name": entry.run.config.data.name,
            "version": __version__,
        },
        "view": schema.as_json(view) | {"turn": turn},
        "folds": render(FOLDS),
    }
