"""The component of the latent map: its pad, and the data that it is sent."""

from collections.abc import Callable
from typing import Any

from ui import glossary
from ui.components import web_files
from ui.components.register import register
from ui.pages.latent_map import url
from ui.pages.latent_map.explanations import folds
from ui.pages.latent_map.url import View
from ui.runs.assets import address_part, bounds_of, model_facts
from ui.runs.catalogue import Entry
from ui.url_state import schema

_component = register("vae_lab_latent_map", "latent_map/main.js", "The latent map", tall=True)


def mount(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> dict[str, Any] | None:
    """Mount the pad on `data`; returns the view that the visitor last settled on, None before the first.

    `on_view` runs before the page's script when the pad has settled on another view.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    return _component(key=key, data=[data], on_view_change=on_view).view


TERMS = ("rate", "distortion", "elbo", "nat", "z", "prior")


def data(entry: Entry, view: View, turn: int = 0, guided: bool = False) -> dict[str, Any]:
    """Build the component's `data`: the model, folds, and the view to show, anew when `turn` grows.

    With `guided` the map moves by itself until it is touched, and says what to try.
    """
    addresses = {part: f"lab/{part}/{address_part(entry)}" for part in ("near", "modes", "umap")}
    return {
        "assets": web_files.asset_base(),
        "model": model_facts(entry, url.describe(bounds_of(entry))) | addresses,
        "view": schema.as_json(view) | {"turn": turn},
        "guided": guided,
        "glossary": glossary.sentences(*TERMS),
        "folds": folds(entry.run.config.model.likelihood, entry.run.config.model.mean),
    }
