"""The component of "Other families": small models that are trained and drawn from in the browser."""

import base64
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ui.components import web_files
from ui.components.register import register
from ui.explanations import render
from ui.pages.other_families import shipped_writers, url
from ui.pages.other_families.explanations import FOLDS
from ui.pages.other_families.url import View
from ui.url_state import schema
from vae_core.transport import targets

_component = register("vae_lab_other_families", "other_families/main.js", "The other families", tall=True)


def mount(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> dict[str, Any] | None:
    """Mount the page's component on `data`; returns the view that the visitor last settled on, None before the first.

    `on_view` runs before the page's script when the component has settled on another view.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    return _component(key=key, data=[data], on_view_change=on_view).view


def data(view: View, turn: int = 0) -> dict[str, Any]:
    """Build the component's `data`: where the models are, folds, and the view to show, anew when `turn` grows."""
    return {
        "assets": web_files.asset_base(),
        "fields": url.describe(),
        "targets": _targets(),
        "view": schema.as_json(view) | {"turn": turn},
        "writers": shipped_writers.addresses(),
        "folds": _folds(),
    }


@lru_cache(maxsize=1)
def _targets() -> dict[str, Any]:
    """Collect the densities that the GAN's data can have, each a table of bytes as base64."""
    tables = {name: base64.b64encode(targets.table(name).tobytes()).decode() for name in url.TABLES}
    return {"tables": tables, "side": targets.SIDE, "half": targets.HALF}


@lru_cache(maxsize=1)
def _folds() -> dict[str, dict[str, str]]:
    return render(FOLDS)
