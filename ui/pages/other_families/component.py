"""The component of "Other families": small models that are trained and drawn from in the browser."""

import base64
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ui.components import web_files
from ui.components.register import register
from ui.explanations import render
from ui.pages.other_families import shipped_models, shipped_table, url
from ui.pages.other_families.explanations import FOLDS
from ui.pages.other_families.url import View
from ui.runs.assets import tensor_addresses
from ui.runs.catalogue import Entry, recent_catalogue
from ui.url_state import schema
from vae_core.transport import targets

LINEAR = "fashion-linear"  # the shipped model whose walk is known exactly

_component = register("vae_lab_other_families", "other_families/main.js", "The other families", tall=True)


def mount(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> dict[str, Any] | None:
    """Mount the page's component on `data`; returns the view that the visitor last settled on, None before the first.

    `on_view` runs before the page's script when the component has settled on another view.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    return _component(key=key, data=[data], on_view_change=on_view).view


def data(view: View, turn: int = 0, chosen: str | None = None) -> dict[str, Any]:
    """Build the component's `data`: where the models are, folds, and the view to show, anew when `turn` grows.

    The models are the shipped ones, with the one that the view names and the one that is `chosen` on other pages.
    """
    runs = recent_catalogue().runs
    offered = {run_id: entry for run_id, entry in runs.items() if entry.shipped or run_id in (view.walk_model, chosen)}
    return {
        "assets": web_files.asset_base(),
        "fields": url.describe(),
        "targets": _targets(),
        "view": schema.as_json(view) | {"turn": turn},
        "shipped": shipped_models.addresses(),
        "models": {run_id: _facts(entry) for run_id, entry in offered.items()},
        "default_model": next((each for each in (chosen, LINEAR, *offered) if each in offered), None),
        "table": shipped_table.rows(),
        "folds": _folds(),
    }


def _facts(entry: Entry) -> dict[str, Any]:
    model, card = entry.run.config.model, entry.run.card
    return {
        "id": entry.id,
        "title": entry.title,
        "latent_dim": model.latent_dim,
        "image_shape": list(model.image_shape),
        "likelihood": {"kind": model.likelihood, "sigma": card.get("sigma"), "mean": model.mean},
        "rate_per_dimension": card["rate_per_dimension"],
        **tensor_addresses(entry),
    }


@lru_cache(maxsize=1)
def _targets() -> dict[str, Any]:
    """Collect the densities that the GAN's data can have, each a table of bytes as base64."""
    tables = {name: base64.b64encode(targets.table(name).tobytes()).decode() for name in url.TABLES}
    return {"tables": tables, "side": targets.SIDE, "half": targets.HALF}


@lru_cache(maxsize=1)
def _folds() -> dict[str, dict[str, str]]:
    return render(FOLDS)
