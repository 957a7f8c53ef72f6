"""What one visitor's session remembers of the page, and how it keeps step with the link.

The link is the truth, as on the latent map: when it changes from outside, the live view is given its view; when the
live view settles on another one, only the link is rewritten.
"""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from ui.link import Param, fields_of_state, read_fields, read_whole, write_fields, write_list
from ui.training.presets import PRESETS

LIVE, _VISIT = "train_live", "train_visit"
MOST_BESIDE = 3
_MOST_STEPS = 10**9


@dataclass(frozen=True)
class View:
    """The run that is shown, those beside it, the moment (None: the newest), what the curves are aligned by.

    `preset` is that of the form.
    """

    run: str | None = None
    compare: tuple[str, ...] = ()
    step: int | None = None
    by: str = "step"
    preset: str = next(iter(PRESETS))


@dataclass
class Visit:
    """The view shown now, the one last given to the live view, and the link as last written."""

    view: View
    given: View
    link: dict[str, str]
    turn: int = 0  # counts the hand-overs
    problems: list[str] = field(default_factory=list)
    refusal: str = ""  # why what a button asked for was not possible
    removed: tuple[Path, str] | None = None  # place in the trash and title of the run that was deleted last

    def give(self, view: View) -> None:
        """Hand this view to the live view, and write the link."""
        self.view = self.given = view
        self.turn += 1
        _rewrite_link(self)


def _read_name(text: str, bounds: None) -> str:
    if not 0 < len(text) <= 120:
        raise ValueError("the name of a run")
    return text


def _read_names(text: str, bounds: None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    if len(names) > MOST_BESIDE or not all(0 < len(name) <= 120 for name in names):
        raise ValueError(f"the names of one to {MOST_BESIDE} runs, separated by commas")
    return names


def _read_by(text: str, bounds: None) -> str:
    if text not in ("step", "seconds"):
        raise ValueError("step or seconds")
    return text


def _read_preset(text: str, bounds: None) -> str:
    if text not in PRESETS:
        raise ValueError("one of " + ", ".join(PRESETS))
    return text


PARAMS: tuple[Param, ...] = (
    Param("run", "run", _read_name, str),
    Param("train_beside", "compare", _read_names, write_list),
    Param("train_step", "step", lambda text, bounds: read_whole(text, 0, _MOST_STEPS), str),
    Param("train_by", "by", _read_by, str),
    Param("train_preset", "preset", _read_preset, str),
)


def current() -> Visit:
    """This session's visit, taken from the link when the link says something new."""
    visit = st.session_state.get(_VISIT)
    if visit is None or visit.link != st.query_params.to_dict():
        fields, problems = read_fields(PARAMS, set(), st.query_params.to_dict(), None)
        view = View(**fields)
        removed = visit.removed if visit else None
        visit = Visit(view, view, {}, visit.turn + 1 if visit else 0, problems, removed=removed)
        st.session_state[_VISIT] = visit
        _rewrite_link(visit)
    elif LIVE not in st.session_state:  # the visitor comes back from another page: it is mounted anew
        visit.give(visit.view)
    return visit


def settled() -> None:
    """The live view settled on another view: keep it and write it into the link."""
    visit, state = st.session_state[_VISIT], st.session_state[LIVE].get("view")
    if isinstance(state, dict):
        fields = fields_of_state(PARAMS, _without_nothing(state), None)
        visit.view = View(**fields | {"preset": visit.view.preset})
        visit.refusal = ""
        _rewrite_link(visit)


def preset_chosen(preset: str) -> None:
    """Another preset was picked in the form; the live view stays as it is."""
    visit = st.session_state[_VISIT]
    visit.view = dataclasses.replace(visit.view, preset=preset)
    _rewrite_link(visit)


def _without_nothing(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if value not in (None, [], "")}


def _rewrite_link(visit: Visit) -> None:
    visit.link = write_fields(PARAMS, visit.view, View())
    if visit.link != st.query_params.to_dict():
        st.query_params.from_dict(visit.link)
