"""The component of the first chapter: the map of log p(x|z), the identity and the race, and what it is sent."""

from collections.abc import Callable
from typing import Any

from ui import glossary
from ui.components import web_files
from ui.components.register import register
from ui.pages.where_p_is_large import url
from ui.pages.where_p_is_large.explanations import folds
from ui.pages.where_p_is_large.importance_sampling import draws, importance_diagnostics
from ui.pages.where_p_is_large.posterior_grid import posterior_grid, rules
from ui.pages.where_p_is_large.selected_x import Example
from ui.pages.where_p_is_large.url import View
from ui.runs.assets import bounds_of, model_facts
from ui.runs.catalogue import Entry
from ui.server import array_cache
from ui.url_state import schema
from vae_core.models.ppca import as_linear, expected_energy, invariants, is_linear

_component = register("vae_lab_where_p_is_large", "where_p_is_large/main.js", "The map of log p(x|z)", tall=True)


def mount(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> dict[str, Any] | None:
    """Mount the map on `data`; returns the view that the visitor last settled on, None before the first.

    `on_view` runs before the page's script when the map has settled on another view.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    return _component(key=key, data=[data], on_view_change=on_view).view


def data(entry: Entry, view: View, turn: int = 0, found: dict[str, Any] | None = None) -> dict[str, Any]:
    """Build the component's `data`: the model, folds, the view to show, and what `computed` has `found`.

    The view is shown anew when `turn` grows.
    """
    return {
        "assets": web_files.asset_base(),
        "model": model_facts(entry, url.describe(bounds_of(entry))),
        "view": schema.as_json(view) | {"turn": turn},
        "glossary": glossary.sentences("evidence", "nat", "ess", "khat"),
        "folds": folds(entry.run.config.model.likelihood),
        **(found or {}),
    }


def computed(chosen: Example, n: int, sigma: float | None) -> dict[str, Any]:
    """Compute what only the server can tell of this x: addresses of arrays, and a few numbers, each with its x.

    Raises ValueError if x lies outside the likelihood's support or log p(x|z) is not a finite number.
    """
    exact, (packed, _) = posterior_grid(chosen), draws(chosen, n)
    return {
        "convention": chosen.convention,
        "lattice": {
            "of": chosen.key,
            "address": array_cache.put(exact.packed),
            "least": exact.least,
            "expected": exact.expected,
            "expected_error": exact.expected_error,
            "rounding": exact.quadrature.rounding[0].item(),
            "rules": rules(exact.quadrature),
        },
        "race": {"of": chosen.key, "seed": chosen.seed, "address": array_cache.put(packed)},
        "judged": {"of": chosen.key, **importance_diagnostics(chosen, n, sigma)},
        "closed": closed_form(chosen),
    }


def closed_form(chosen: Example) -> dict[str, Any] | None:
    """Compute what a linear model's log p(x), KL(p(z|x) || p(z)) and ELBO follow from at any sigma; None for others."""
    if not is_linear(chosen.entry.run.config.model):
        return None
    linear, x = as_linear(chosen.model), chosen.x.flatten(1).double()
    squared, strengths, along = invariants(linear, x)
    energy = expected_energy(linear, x, chosen.model.encode(chosen.x))
    return {"of": chosen.key, "squared": squared, "strengths": strengths, "along": along, "energy_of_q": energy}
