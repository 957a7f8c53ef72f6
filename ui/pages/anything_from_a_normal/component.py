"""The component of "Anything from a normal": z on the left, x = f(z) on the right, all computed in the browser."""

import base64
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ui.components import web_files
from ui.components.register import register
from ui.explanations import render
from ui.pages.anything_from_a_normal import url
from ui.pages.anything_from_a_normal.explanations import FOLDS
from ui.pages.anything_from_a_normal.url import View
from ui.url_state import schema
from vae_core.transport import targets

_component = register("vae_lab_anything_from_a_normal", "anything_from_a_normal/main.js", "The normal map", tall=True)


def mount(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> dict[str, Any] | None:
    """Mount the map on `data`; returns the view that the visitor last settled on, None before the first.

    `on_view` runs before the page's script when the map has settled on another view.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    return _component(key=key, data=[data], on_view_change=on_view).view


def data(view: View, turn: int = 0) -> dict[str, Any]:
    """Build the component's `data`: targets as tables, folds, and the view to show, anew when `turn` grows."""
    return {
        "assets": web_files.asset_base(),
        "given": _targets(),
        "fields": url.describe(),
        "view": schema.as_json(view) | {"turn": turn},
        "folds": _folds(),
    }


@lru_cache(maxsize=1)
def _targets() -> dict[str, Any]:
    """Collect the numbers that define each target, the tables as base64 of bytes."""
    return {
        "tables": {name: base64.b64encode(targets.table(name).tobytes()).decode() for name in targets.TARGETS},
        "side": targets.SIDE,
        "half": targets.HALF,
        "mixtures": {name: [list(part) for part in parts] for name, parts in targets.MIXTURES.items()},
        "uniform": list(targets.UNIFORM),
        "rate": targets.RATE,
    }


@lru_cache(maxsize=1)
def _folds() -> dict[str, dict[str, str]]:
    return render(FOLDS)
