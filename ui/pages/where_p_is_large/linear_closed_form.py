"""The closed form of a linear model for one x, as the browser needs it: what serves any sigma."""

from typing import Any

from ui.pages.where_p_is_large.selected_x import Example
from vae_core.models.ppca import as_linear, expected_energy, invariants, is_linear


def closed_form(chosen: Example) -> dict[str, Any] | None:
    """What log p(x), KL(p(z|x) || p(z)) and the ELBO of a linear model follow from at any sigma; None for others."""
    if not is_linear(chosen.entry.run.config.model):
        return None
    linear, x = as_linear(chosen.model), chosen.x.flatten(1).double()
    squared, strengths, along = invariants(linear, x)
    energy = expected_energy(linear, x, chosen.model.encode(chosen.x))
    return {"of": chosen.key, "squared": squared, "strengths": strengths, "along": along, "energy_of_q": energy}
