"""What one visitor's session remembers of "Where p(x|z) is large", and how it keeps step with the link.

The link is the truth, as on the latent map; the later chapters' widgets keep their own parts of it.
"""

import dataclasses
from dataclasses import dataclass, field

import streamlit as st

from ui.argument import link
from ui.argument.link import CHAPTER, CHAPTERS, MODEL, View
from ui.entry import Entry
from ui.link import fields_of_state, write_fields
from ui.pad_data import bounds_of

MAP, _VISIT = "large_map", "large_visit"


@dataclass
class Visit:
    """Model, chapter and view shown now; `given` is the view last handed to the map, `link` what was last written.

    `turn` counts the hand-overs: a view that is given again after the map has left it is new to the map.
    """

    model: str
    chapter: str
    view: View
    given: View
    link: dict[str, str]
    turn: int = 0
    problems: list[str] = field(default_factory=list)

    def give(self, view: View) -> None:
        """Hand this view to the map."""
        self.view = self.given = view
        self.turn += 1


def current_visit(runs: dict[str, Entry]) -> Visit:
    """This session's visit, taken from the link when the link says something new."""
    visit = st.session_state.get(_VISIT)
    if visit is None or visit.link != _ours() or visit.model not in runs:
        visit = _from_link(runs, visit.turn + 1 if visit else 0)
        st.session_state[_VISIT] = visit
        st.session_state[MODEL], st.session_state[CHAPTER] = visit.model, visit.chapter
        _rewrite(visit, runs)
    elif MAP not in st.session_state:  # the visitor comes back from another chapter: the map is mounted anew
        visit.give(visit.view)
    st.session_state.setdefault(MODEL, visit.model)  # the last chapter shown may have had no list of models
    return visit


def map_settled(runs: dict[str, Entry]) -> None:
    """The map settled on another view: keep it and write it into the link."""
    visit, state = st.session_state[_VISIT], st.session_state[MAP].get("view")
    if isinstance(state, dict):
        fields = fields_of_state(link.PARAMS, state, bounds_of(runs[visit.model]))
        if not _gaussian(runs[visit.model]):
            fields.pop("sigma", None)
        visit.view = View(**fields)
        _rewrite(visit, runs)


def model_chosen(runs: dict[str, Entry]) -> None:
    """Another model was picked: z and σ belong to the old one, the picture x to the data set."""
    visit = st.session_state[_VISIT]
    old, new = runs[visit.model], runs[st.session_state[MODEL]]
    kept = View(n=visit.view.n, seed=visit.view.seed, layers=visit.view.layers)
    if old.run.config.data.name == new.run.config.data.name and old.count == new.count:
        kept = dataclasses.replace(kept, x=visit.view.x, drawing=visit.view.drawing)
    visit.give(kept)
    visit.model, visit.problems = new.id, []
    _rewrite(visit, runs)


def chapter_chosen(runs: dict[str, Entry]) -> None:
    visit = st.session_state[_VISIT]
    visit.chapter, visit.problems = st.session_state[CHAPTER] or visit.chapter, []
    _rewrite(visit, runs)


def x_chosen(runs: dict[str, Entry], x: int) -> None:
    """Another test image, chosen outside of the map."""
    visit = st.session_state[_VISIT]
    visit.give(dataclasses.replace(visit.view, x=x, drawing=None, z=None))
    _rewrite(visit, runs)


def _from_link(runs: dict[str, Entry], turn: int) -> Visit:
    params = st.query_params.to_dict()
    model, problems = link.read_choice(params, MODEL, list(runs))
    chapter, more = link.read_choice(params, CHAPTER, list(CHAPTERS))
    view, wrong = link.read_view(params, bounds_of(runs[model]), _gaussian(runs[model]))
    return Visit(model, chapter, view, view, _ours(), turn, problems + more + wrong)


def _gaussian(entry: Entry) -> bool:
    return entry.run.config.model.likelihood == "gaussian"


def _ours() -> dict[str, str]:
    """The parts of the link that this module writes."""
    return {name: value for name, value in st.query_params.to_dict().items() if name in link.NAMES}


def _rewrite(visit: Visit, runs: dict[str, Entry]) -> None:
    said = write_fields(link.PARAMS, visit.view, View())
    if said or visit.model != next(iter(runs)):
        said = {MODEL: visit.model} | said
    if visit.chapter != next(iter(CHAPTERS)):
        said = {CHAPTER: visit.chapter} | said
    visit.link = said
    if said == _ours():
        return
    others = {name: value for name, value in st.query_params.to_dict().items() if name not in link.NAMES}
    if not others:
        st.query_params.from_dict(said)  # one entry of the browser's history
        return
    for name in _ours().keys() - said.keys():
        del st.query_params[name]
    st.query_params.update(said)  # a widget's own part may not be written, so it is left alone
