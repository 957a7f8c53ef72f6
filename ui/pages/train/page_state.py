"""What one visitor's session remembers of the page Train; `ui.url_state.sync` keeps it in step with the link."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from ui.pages.train.presets import PRESETS
from ui.url_state import sync
from ui.url_state.schema import Param, fields_of_state, read_fields, read_whole, write_fields, write_list

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
    """The view shown now, with what `ui.url_state.sync.Visit` says, and the sentences to show."""

    view: View
    given: View
    link: dict[str, str]
    problems: list[str]
    turn: int = 0
    refusal: str = ""  # why what a button asked for was not possible
    removed: tuple[Path, str] | None = None  # place in the trash and title of the run that was deleted last


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
    here, begun = sync.current(_VISIT, LIVE, _from_link)
    if begun:
        _rewrite_link(here)
    return here


def settled() -> None:
    """The live view settled on another view: keep it and write it into the link."""
    here = sync.settled(_VISIT, LIVE, _view_of)
    if here is not None:
        here.refusal = ""
        _rewrite_link(here)


def show(here: Visit, view: View) -> None:
    """Hand this view to the live view, and write the link."""
    sync.give(here, view)
    _rewrite_link(here)


def preset_chosen(preset: str) -> None:
    """Another preset was picked in the form; the live view stays as it is."""
    here = st.session_state[_VISIT]
    here.view = dataclasses.replace(here.view, preset=preset)
    _rewrite_link(here)


def _from_link() -> Visit:
    params = sync.said()
    fields, problems = read_fields(PARAMS, set(), params, None)
    view, before = View(**fields), st.session_state.get(_VISIT)
    if before and "preset" not in fields and LIVE not in st.session_state:  # back from another page, with a bare link
        view = dataclasses.replace(view, preset=before.view.preset)
    return Visit(view, view, params, problems, removed=before.removed if before else None)


def _view_of(here: Visit, state: dict[str, Any]) -> View:
    said = {name: value for name, value in state.items() if value not in (None, [], "")}
    return View(**fields_of_state(PARAMS, said, None) | {"preset": here.view.preset})


def _rewrite_link(here: Visit) -> None:
    sync.write(here, write_fields(PARAMS, here.view, View()))
