"""The first chapter: the map of log p(x|z), the identity, the race and the likelihood, for one x."""

from typing import Any

import streamlit as st

from ui.components import web_files
from ui.pages.where_p_is_large import page_state
from ui.pages.where_p_is_large.component import likelihood_map
from ui.pages.where_p_is_large.explanations import folds
from ui.pages.where_p_is_large.importance_diagnostics import importance_diagnostics
from ui.pages.where_p_is_large.linear_closed_form import closed_form
from ui.pages.where_p_is_large.page_state import PageState
from ui.pages.where_p_is_large.posterior_grid import posterior_grid, rules
from ui.pages.where_p_is_large.prior_and_encoder_draws import draws
from ui.pages.where_p_is_large.selected_x import Example, select_example
from ui.pages.where_p_is_large.url import FIELDS, View
from ui.runs.entry import Entry
from ui.runs.model_card import plain
from ui.runs.model_facts import bounds_of, model_facts
from ui.server import array_cache
from ui.url_state import schema


@st.fragment
def show(here: PageState, runs: dict[str, Entry]) -> None:
    """The chapter reruns alone when the map settles: the rest of the page stays as it is."""
    entry = runs[here.model]
    view = here.view
    try:
        found = computed(select_example(entry, view.x, view.drawing, view.seed), view.n, view.sigma)
    except ValueError as error:
        st.warning(plain(f"The exact posterior of this x cannot be computed: {error}."))
        found = {}
    data = {
        "assets": web_files.asset_base(),
        "model": model_facts(entry) | {"fields": schema.describe(FIELDS, View(), bounds_of(entry))},
        "view": schema.as_json(here.given) | {"turn": here.turn},
        "folds": folds(entry.run.config.model.likelihood),
        **found,
    }
    likelihood_map(data, page_state.MAP, on_view=lambda: page_state.map_settled(runs))


def computed(chosen: Example, n: int, sigma: float | None) -> dict[str, Any]:
    """What only the server can tell of this x: addresses of arrays, and a few numbers. Each names the x that it is of.

    Raises ValueError if x lies outside the likelihood's support.
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
