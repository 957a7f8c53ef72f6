"""The component of the page Paths: stops, the ways between them, their pictures and their figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ui.components import web_files
from ui.components.register import register
from ui.explanations import render
from ui.pages.paths import factors, training_pictures, url
from ui.pages.paths.explanations import FOLDS
from ui.pages.paths.page_state import bounds
from ui.pages.paths.url import View
from ui.runs.assets import address_part, model_facts
from ui.runs.catalogue import ROOT, Entry
from ui.url_state import schema
from vae_core import __version__

_component = register("vae_lab_paths", "paths/main.js", "The page", tall=True)


def mount(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> None:
    """Mount the component on `data`; `on_view` runs before the page's script when it has settled on another view."""
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    _component(key=key, data=[data], on_view_change=on_view)


def data(entry: Entry, view: View, turn: int = 0) -> dict[str, Any]:
    """Build the component's `data`: the model, where its paths are computed, folds, and the view to show.

    The view is shown anew when `turn` grows.
    """
    at = f"lab/paths/{address_part(entry)}"
    model = model_facts(entry, url.describe(bounds(entry))) | {
        "geodesic": f"{at}/geodesic",
        "training": f"{at}/training",
        "lacking": _lacking(entry, f"{at}/training/download"),
        "factors": factors.facts(entry),
        "factor_index": f"{at}/factors",
        "scores": f"{at}/scores",
        "run_path": _from_root(entry.run.path),
        "data_name": entry.run.config.data.name,
        "version": __version__,
    }
    return {
        "assets": web_files.asset_base(),
        "model": model,
        "view": schema.as_json(view) | {"turn": turn},
        "folds": render(FOLDS),
    }


def _lacking(entry: Entry, address: str) -> dict[str, Any] | None:
    found = training_pictures.missing(entry)
    return found and found | {"download": address if found["download"] else None}


def _from_root(path: Path) -> str:
    """Name the run's folder as a script does that is started in the folder of the app."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
