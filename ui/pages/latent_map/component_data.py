"""What Python hands the pad: the model's addresses and facts, the view, and the folds with maths and code."""

from typing import Any
from urllib.parse import quote

from ui.components import web_files
from ui.explanations import folds
from ui.runs import assets
from ui.runs.entry import Entry
from ui.url_state.schema import Bounds, View


def bounds_of(entry: Entry) -> Bounds:
    """What the run allows in a link."""
    model = entry.run.config.model
    return Bounds(model.latent_dim, entry.count, len(assets.classes(entry)), model.pixels)


def pad_data(entry: Entry, view: View, turn: int = 0) -> dict[str, Any]:
    """The component's `data`: its modules' place, the model, the view to show (anew when `turn` grows), the folds."""
    return {
        "assets": web_files.asset_base(),
        "model": model_facts(entry) | {part: f"lab/{part}/{_at(entry)}" for part in ("near", "umap")},
        "view": plain_view(view) | {"turn": turn},
        "folds": folds(entry.run.config.model.likelihood, entry.run.config.model.mean),
    }


def _addresses(entry: Entry) -> dict[str, str]:
    """Where the run's tensors and images are served from."""
    at = _at(entry)
    tensors = {part: f"lab/runs/{at}/{part}.safetensors" for part in ("decoder", "encoder", "codes")}
    return tensors | {"images": f"lab/images/{at}/{{block}}"}


def _at(entry: Entry) -> str:
    return f"{quote(entry.id, safe='')}/{entry.digest}"


def model_facts(entry: Entry) -> dict[str, Any]:
    """What a component needs to know of a run: addresses, shapes, likelihood, classes and conventions."""
    model, card = entry.run.config.model, entry.run.card
    return {
        "id": entry.id,
        "title": entry.title,
        "latent_dim": model.latent_dim,
        "image_shape": list(model.image_shape),
        "likelihood": {"kind": model.likelihood, "sigma": card.get("sigma"), "mean": model.mean},
        **_addresses(entry),
        "block": assets.BLOCK,
        "count": entry.count,
        "classes": list(assets.classes(entry)),
        "split": "test",
        "data_title": assets.data_title(entry),
        "binarize": {"how": entry.run.config.data.binarize, "seed": assets.image_seed(entry)},
        "rate_per_dimension": card["rate_per_dimension"],
        "active": card["active"],
    }


def plain_view(view: Any) -> dict[str, Any]:
    """A view as plain JSON."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(view).items()}
