"""What Python hands the pad: the model's addresses and facts, the view, and the folds with maths and code."""

from typing import Any
from urllib.parse import quote

from ui import served
from ui.link import Bounds, View
from ui.run_folder import Run


def bounds_of(run: Run) -> Bounds:
    """What the run allows in a link."""
    model, classes = run.config.model, served.test_set(run.config.data.name).classes
    return Bounds(model.latent_dim, run.count, len(classes), model.pixels)


def pad_data(run: Run, view: View) -> dict[str, Any]:
    """The component's `data`, by the contract that the pad reads."""
    return {"assets": served.asset_base(), "model": _model(run), "view": _view(run, view), "folds": {}}


def _model(run: Run) -> dict[str, Any]:
    model, images = run.config.model, served.test_set(run.config.data.name)
    base = f"/lab/runs/{quote(run.id)}/{run.digest}/"
    return {
        "id": run.id,
        "title": run.title,
        "latent_dim": model.latent_dim,
        "image_shape": list(model.image_shape),
        "likelihood": {"kind": model.likelihood, "sigma": run.card.get("sigma")},
        **{part: f"{base}{part}.safetensors" for part in ("decoder", "encoder", "codes")},
        "images": f"/lab/images/{quote(run.id)}/{run.digest}/{{block}}",
        "block": served.BLOCK,
        "count": run.count,
        "classes": list(images.classes),
        "split": images.split,
        "data_title": str(run.card["data"].get("title") or run.config.data.name),
        "binarize": {"how": run.config.data.binarize, "seed": served.image_seed(run)},
        "rate_per_dimension": run.card["rate_per_dimension"],
        "active": run.card["active"],
    }


def _view(run: Run, view: View) -> dict[str, Any]:
    values = {name: getattr(view, name) for name in View.__dataclass_fields__}
    values["window"] = view.window or (0.0, 0.0, run.half)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
