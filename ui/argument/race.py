"""The first chapter: the map of log p(x|z), the identity, the race and the likelihood, for one x."""

from typing import Any

import streamlit as st

from ui import arrays, served
from ui.argument import visit
from ui.argument.chosen import Chosen, choose
from ui.argument.closed import closed_form
from ui.argument.draws import draws
from ui.argument.judged import judged
from ui.argument.lattice import lattice, rules
from ui.argument.maths import folds
from ui.argument.visit import Visit
from ui.cards import plain
from ui.entry import Entry
from ui.likelihood_map import likelihood_map
from ui.pad_data import model_facts, plain_view


@st.fragment
def show(here: Visit, runs: dict[str, Entry]) -> None:
    """The chapter reruns alone when the map settles: the rest of the page stays as it is."""
    entry = runs[here.model]
    view = here.view
    try:
        found = computed(choose(entry, view.x, view.drawing, view.seed), view.n, view.sigma)
    except ValueError as error:
        st.warning(plain(f"The exact posterior of this x cannot be computed: {error}."))
        found = {}
    data = {
        "assets": served.asset_base(),
        "model": model_facts(entry),
        "view": plain_view(here.given) | {"turn": here.turn},
        "folds": folds(entry.run.config.model.likelihood),
        **found,
    }
    likelihood_map(data, visit.MAP, on_view=lambda: visit.map_settled(runs))


def computed(chosen: Chosen, n: int, sigma: float | None) -> dict[str, Any]:
    """What only the server can tell of this x: addresses of arrays, and a few numbers. Each names the x that it is of.

    Raises ValueError if x lies outside the likelihood's support.
    """
    exact, (packed, _) = lattice(chosen), draws(chosen, n)
    return {
        "convention": chosen.convention,
        "lattice": {
            "of": chosen.key,
            "address": arrays.keep(exact.packed),
            "least": exact.least,
            "expected": exact.expected,
            "expected_error": exact.expected_error,
            "rounding": exact.quadrature.rounding[0].item(),
            "rules": rules(exact.quadrature),
        },
        "race": {"of": chosen.key, "seed": chosen.seed, "address": arrays.keep(packed)},
        "judged": {"of": chosen.key, **judged(chosen, n, sigma)},
        "closed": closed_form(chosen),
    }
