"""What one visitor's session remembers of the latent map, and how it keeps step with the link.

The link is the truth. When it changes from outside (a first visit, Back, an edited address) the pad is given its view.
When the pad settles on another view, only the link is rewritten, so that the pad is never given its own view back.
"""

from dataclasses import dataclass, field

import streamlit as st

from ui import link
from ui.catalogue import Catalogue
from ui.entry import Entry
from ui.pad_data import bounds_of

PICKER, PAD, _VISIT = "map_model", "map_pad", "map_visit"


@dataclass
class Visit:
    """The model and view shown now; `given` is the view last handed to the pad, `link` the link as last written.

    `turn` counts the hand-overs: a view that is given again after the pad has left it is new to the pad.
    """

    model: str
    view: link.View
    given: link.View
    link: dict[str, str]
    turn: int = 0
    problems: list[str] = field(default_factory=list)
    note: str = ""

    def give(self, view: link.View) -> None:
        """Hand this view to the pad."""
        self.view = self.given = view
        self.turn += 1


def current_visit(found: Catalogue) -> Visit:
    """This session's visit, taken from the link when the link says something new."""
    visit = st.session_state.get(_VISIT)
    if visit is None or visit.link != st.query_params.to_dict() or visit.model not in found.runs:
        visit = _visit_from_link(found, visit.turn + 1 if visit else 0)
        st.session_state[_VISIT] = visit
        st.session_state[PICKER] = visit.model
        _rewrite_link(visit, found)
    elif PAD not in st.session_state:  # the visitor comes back from another page: the pad is mounted anew
        visit.give(visit.view)
    return visit


def pad_settled(found: Catalogue) -> None:
    """The pad settled on another view: keep it and write it into the link."""
    visit, state = st.session_state[_VISIT], st.session_state[PAD].get("view")
    if isinstance(state, dict):
        visit.view = link.from_pad(state, bounds_of(found.runs[visit.model]))
        _rewrite_link(visit, found)


def model_chosen(found: Catalogue) -> None:
    """Another model was picked: keep the picture x where the data set is the same, and say what changes."""
    visit = st.session_state[_VISIT]
    old, new = found.runs[visit.model], found.runs[st.session_state[PICKER]]
    same_data = old.run.config.data.name == new.run.config.data.name
    visit.give(link.for_another_model(visit.view, bounds_of(old), bounds_of(new), same_data))
    visit.model, visit.problems = new.id, []
    visit.note = _what_changes(old, new, visit.view.x) if same_data else ""
    _rewrite_link(visit, found)


def _visit_from_link(found: Catalogue, turn: int) -> Visit:
    params = st.query_params.to_dict()
    model, problems = link.read_model(params, list(found.runs))
    view, more = link.read_view(params, bounds_of(found.runs[model]))
    return Visit(model, view, view, params, turn, problems + more)


def _rewrite_link(visit: Visit, found: Catalogue) -> None:
    visit.link = link.write(visit.model, next(iter(found.runs)), visit.view)
    if visit.link != st.query_params.to_dict():
        st.query_params.from_dict(visit.link)


def _what_changes(old: Entry, new: Entry, x: int | None) -> str:
    """One or two sentences on what another likelihood means for the same picture."""
    before, after = (entry.run.config.model.likelihood for entry in (old, new))
    if before == after:
        return ""
    picture = "The pictures are the same" if x is None else f"Test image {x} is the same"
    if after == "bernoulli":
        how = "cut at one half" if new.run.config.data.binarize == "threshold" else "one fixed random draw"
        return (
            f"{picture}, but x is now black or white ({how}): a Bernoulli gives probabilities to 0 and 1 only. "
            "Its nats are of a probability, so they cannot be compared with those of the Gaussian, a density."
        )
    return (
        f"{picture}, but x now has its grey values: a Gaussian gives them a density with one standard deviation σ. "
        "A log density may be positive, so a distortion may be negative; the Bernoulli's nats are no comparison."
    )
