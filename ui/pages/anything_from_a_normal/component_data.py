"""What Python hands the component: its modules' place, the targets as tables, the view, and the folds."""

import base64
from functools import lru_cache
from typing import Any

from ui.components import web_files
from ui.explanations import render
from ui.pages.anything_from_a_normal.explanations import FOLDS
from ui.pages.anything_from_a_normal.url import FIELDS, View
from ui.url_state import schema
from vae_core.transport import targets


def data(view: View, turn: int = 0) -> dict[str, Any]:
    """The component's `data`, with the view to show (anew when `turn` grows)."""
    return {
        "assets": web_files.asset_base(),
        "given": _targets(),
        "fields": schema.describe(FIELDS, View(), None),
        "view": schema.as_json(view) | {"turn": turn},
        "folds": _folds(),
    }


@lru_cache(maxsize=1)
def _targets() -> dict[str, Any]:
    """The numbers that define each target, the tables as base64 of bytes."""
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
