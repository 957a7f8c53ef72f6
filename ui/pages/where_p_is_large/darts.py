"""The chapter "Darts": a class throws z at p(x|z), each student one, and together the throws estimate p(x).

A throw is a draw of z from the prior, or from the encoder's q(z|x). All throws of a seed are made here at once; how
many of them have been thrown is a matter of the browser, and of the room that a class is in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from ui.components import web_files
from ui.components.register import register
from ui.pages.where_p_is_large.explanations import show_folds
from ui.pages.where_p_is_large.posterior_grid import posterior_grid
from ui.pages.where_p_is_large.race_estimates import finish_line
from ui.pages.where_p_is_large.selected_x import Example, on_plane
from ui.pages.where_p_is_large.url import AIMS, DARTS, MOST_DARTS, DartsView
from ui.runs.assets import bounds_of, model_facts
from ui.runs.catalogue import Entry
from ui.runs.model_card import plain
from ui.server import array_cache
from ui.server.streamlit_private import DeltaGenerator
from ui.url_state import locks, schema, sync
from vae_core.estimators.likelihood_matrix import pictures

_VISIT, _COMPONENT = "darts_visit", "large_darts"
_LEAD = """
A class of 150 estimates p(x): each student throws one dart, which is one z. It **hits** when p(x|z) is at least p(x).
**Throw** 150 darts at the prior: does one hit? **Then let the encoder aim.**
"""
_MATHS = (
    "p(x) is the mean of p(x|z) over the prior, so N throws at the prior estimate it by their own mean. Throws that "
    "the encoder aims are weighted, because it throws where p(x|z) is large:",
    r"$p(x) \approx \frac{1}{N}\sum_{k=1}^{N} p(x\mid z_k),\ z_k\sim p(z) \qquad"
    r" p(x) \approx \frac{1}{N}\sum_{k=1}^{N} \frac{p(x\mid z_k)\,p(z_k)}{q(z_k\mid x)},\ z_k\sim q(z\mid x)$",
    "A throw with p(x|z) = p(x) brings exactly the mean: that is what we call a hit. The share of a dart is its weight "
    "over the sum of all weights.",
)
_CODE = ("estimators.marginal_likelihood.prior_log_weights", "estimators.marginal_likelihood.encoder_log_weights")
_NAMES = {field.name for field in DARTS}

_component = register("vae_lab_darts", "where_p_is_large/darts/main.js", "The darts", tall=True)


@dataclass
class _Visit:
    """What `ui.url_state.sync.PageState` says, with the sentences to show."""

    view: DartsView
    given: DartsView
    link: dict[str, str]
    problems: list[str]
    turn: int = 0


@dataclass(frozen=True, eq=False)
class Throws:
    """All throws of one seed at one x, N of each aim, and log p(x) with its error, nats.

    `log_px` is None where nobody knows it. `log_w` is log p(x|z) for the prior, log p(x|z) p(z) / q(z|x) for the
    encoder, nats, float64, [N].
    """

    z: dict[str, Tensor]  # [N, D]
    log_px_z: dict[str, Tensor]  # nats, float64, [N]
    log_w: dict[str, Tensor]
    q_mean: Tensor  # [D]
    q_sd: Tensor  # [D]
    log_px: float | None
    error: float
    exact: bool


@st.fragment
def show(chosen: Example, place: DeltaGenerator, on_again: Callable[[], None]) -> None:
    """Draw the chapter; the button for other throws goes to `place`, which stands beside x."""
    if not locks.is_hidden("race"):
        place.button(
            "Other throws",
            key="large_darts_again",
            icon=":material/replay:",
            help="Other z for every dart: the next seed",
            disabled=locks.is_locked("race"),
            on_click=on_again,
        )
    st.markdown(_LEAD)
    visit, _ = sync.current_state(_VISIT, _COMPONENT, partial(_from_link, chosen.entry), ours=_NAMES)
    for problem in visit.problems:
        st.warning(plain(problem))
    try:
        data = component_data(chosen, visit.given, visit.turn)
    except ValueError as error:
        st.warning(plain(f"Nothing can be thrown at this x: {error}. Choose another x, or another model."))
        return
    _component(key=_COMPONENT, data=[data], on_view_change=partial(_settled, chosen.entry))
    if not locks.is_hidden("maths"):
        show_folds(_MATHS, _CODE)


def component_data(chosen: Example, view: DartsView, turn: int) -> dict[str, Any]:
    """Build the component's `data`: the model, the view to show, anew when `turn` grows, and all throws.

    Raises ValueError as `throws_of` does.
    """
    throws = throws_of(chosen)
    return {
        "assets": web_files.asset_base(),
        "model": model_facts(chosen.entry, schema.describe(DARTS, DartsView(), bounds_of(chosen.entry))),
        "view": schema.as_json(view) | {"turn": turn},
        "throws": array_cache.put(_packed(throws)),
        "x": chosen.name,
        "convention": f"{chosen.convention} Seed {chosen.seed}.",
        "truth": {"log_px": throws.log_px, "error": throws.error, "exact": throws.exact},
    }


@st.cache_resource(max_entries=32, show_spinner="Throwing")
def _throws(_chosen: Example, run: str, digest: str, x: str, seed: int) -> Throws:
    model, x_ = _chosen.model, _chosen.x
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        prior = model.prior().sample(MOST_DARTS, generator)
        q = model.encode(x_)
        z, log_q = q.draw(generator, MOST_DARTS)
        aimed = z[:, 0]
        log_px_z = {name: pictures(model, at).log_prob(x_)[:, 0] for name, at in (("prior", prior), ("encoder", aimed))}
        offset = (model.prior().log_prob(aimed) - log_q[:, 0]).double()
        middle = q.diagonal()
    size = middle.mu.shape[1]  # of the level that the decoder sees
    log_px, error, exact = _log_px(_chosen)
    return Throws(
        z={"prior": prior[:, :size], "encoder": aimed[:, :size]},
        log_px_z=log_px_z,
        log_w={"prior": log_px_z["prior"], "encoder": log_px_z["encoder"] + offset},
        q_mean=middle.mu[0],
        q_sd=(0.5 * middle.logvar[0]).exp(),
        log_px=log_px,
        error=error,
        exact=exact,
    )


def throws_of(chosen: Example) -> Throws:
    """Make all throws at the chosen x by its seed, once for all visitors.

    Raises ValueError if x lies outside the likelihood's support or log p(x|z) is not a number somewhere.
    """
    return _throws(chosen, chosen.entry.id, chosen.entry.digest, chosen.key, chosen.seed)


def _log_px(chosen: Example) -> tuple[float | None, float, bool]:
    """log p(x), its error and whether it is exact: by quadrature on the plane, else by the finish line of the race."""
    if on_plane(chosen.entry):
        found = posterior_grid(chosen).quadrature
        return found.log_px.item(), found.error.item(), True
    line = finish_line(chosen)
    return (line.log_px, line.error, False) if line.trusted else (None, 0.0, False)


def _packed(throws: Throws) -> array_cache.Packed:
    arrays = {"q_mean": throws.q_mean, "q_sd": throws.q_sd}
    for aim in AIMS:
        arrays[f"{aim}_z"] = throws.z[aim]
        arrays |= {f"{aim}_log_px_z": throws.log_px_z[aim], f"{aim}_log_w": throws.log_w[aim]}
    return array_cache.pack({name: value.float().contiguous().numpy() for name, value in arrays.items()})


def _from_link(entry: Entry) -> _Visit:
    found, problems = schema.read_fields(DARTS, set(), sync.read_query(_NAMES), bounds_of(entry))
    return _Visit(DartsView(**found), DartsView(**found), sync.read_query(_NAMES), problems)


def _settled(entry: Entry) -> None:
    """The visitor, or the class, has thrown: write it into the link."""
    bounds = bounds_of(entry)
    visit = sync.take_settled(
        _VISIT, _COMPONENT, lambda _, state: DartsView(**schema.fields_of_state(DARTS, state, bounds))
    )
    if visit is not None:
        sync.write_query(visit, schema.write_fields(DARTS, visit.view, DartsView()), _NAMES)
