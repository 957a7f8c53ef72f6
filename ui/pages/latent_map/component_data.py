"""The `data` of the latent map's component: its files' address, the model, the view and the explanations."""

from typing import Any

from ui.components import web_files
from ui.explanations import folds
from ui.pages.latent_map.url import FIELDS, View
from ui.runs.entry import Entry
from ui.runs.model_facts import address_part, bounds_of, model_facts
from ui.url_state import schema


def pad_data(entry: Entry, view: View, turn: int = 0) -> dict[str, Any]:
    """The component's `data` with the view to show, anew when `turn` grows."""
    return {
        "assets": web_files.asset_base(),
        "model": map_facts(entry) | {part: f"lab/{part}/{address_part(entry)}" for part in ("near", "umap")},
        "view": schema.as_json(view) | {"turn": turn},
        "folds": folds(entry.run.config.model.likelihood, entry.run.config.model.mean),
    }


def map_facts(entry: Entry) -> dict[str, Any]:
    """What the latent map needs to know of a run, with the fields of its view."""
    return model_facts(entry) | {"fields": schema.describe(FIELDS, View(), bounds_of(entry))}
