"""The closed form of a linear model for one x, as the browser needs it: what serves any sigma."""

from typing import Any

from ui.argument.chosen import Chosen
from vae_core.principal import as_linear, invariants, is_linear


def closed_form(chosen: Chosen) -> dict[str, Any] | None:
    """What log p(x) and KL(p(z|x) || p(z)) of a linear model follow from at any sigma; None for other models."""
    if not is_linear(chosen.entry.run.config.model):
        return None
    squared, strengths, along = invariants(as_linear(chosen.model), chosen.x.flatten(1).double())
    return {"of": chosen.key, "squared": squared, "strengths": strengths, "along": along}
