"""What pages and their components know of a run's model: bounds for links, addresses, shapes and conventions."""

from typing import Any
from urllib.parse import quote

from ui.runs import assets
from ui.runs.entry import Entry
from ui.url_state.schema import Bounds


def bounds_of(entry: Entry) -> Bounds:
    """What the run allows in a link."""
    model = entry.run.config.model
    return Bounds(model.latent_dim, entry.count, len(assets.classes(entry)), model.pixels)


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


def _addresses(entry: Entry) -> dict[str, str]:
    """Where the run's tensors and images are served from."""
    at = address_part(entry)
    tensors = {part: f"lab/runs/{at}/{part}.safetensors" for part in ("decoder", "encoder", "codes")}
    return tensors | {"images": f"lab/images/{at}/{{block}}"}


def address_part(entry: Entry) -> str:
    """The part of an address under /lab that names this run as it is now."""
    return f"{quote(entry.id, safe='')}/{entry.digest}"
