"""What a link may hide or lock on each page, and what the present one does.

The frame reads the link once in each run; whatever draws a control asks here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ui.url_state.schema import short

_KEY, _FOCUS = "teaching_held", "lesson_focus"


@dataclass(frozen=True)
class Control:
    """One thing of a page: its name in a link, its name for people, and where it is.

    `where` finds it in the page's component, as a CSS selector; it is empty for what Python draws. What cannot be
    operated cannot be locked.
    """

    name: str
    words: str
    where: str = ""
    operable: bool = True


def _shown(name: str, words: str, where: str = "") -> Control:
    """Something to read: it can be hidden, and there is nothing to lock."""
    return Control(name, words, where, operable=False)


_MODEL = Control("model", "Model")
_PAGES = _shown("pages", "List of pages")
_WHY = _shown("why", "Text at the foot")
_MATHS = _shown("maths", "Maths and code", ".folds")

# By the page's address: all that a link may hide or lock. It is a teaching aid and keeps nothing from anyone.
CONTROLS: dict[str, tuple[Control, ...]] = {
    "": (
        _MODEL,
        Control("card", "Model card"),
        Control("export", "Export"),
        Control("overlays", "Overlays", ".bars .chips"),
        Control("axes", "Plane and axes", ".bar > .axes"),
        Control("plane", "The plane", ".column > .plane"),
        Control("classes", "Classes", ".legend"),
        Control("finder", "Find and select", ".finder"),
        Control("samples", "Draws", ".samples"),
        Control("diagram", "x through the VAE", ".diagram"),
        Control("decoded", "Decoded picture", ".decoded"),
        Control("sliders", "Sliders of z", ".dims"),
        Control("chosen", "The chosen image", ".chosen"),
        Control("picker", "Choosing an image", ".picker"),
        _shown("numbers", "Rate, distortion, ELBO", ".numbers"),
        _shown("words", "Text under the plane", ".caption"),
        _MATHS,
        _WHY,
        _PAGES,
    ),
    "anything-from-a-normal": (
        Control("maps", "Choice of the map", ".choice"),
        Control("z", "The normal, z", ".side.z"),
        Control("x", "What it becomes, x", ".side.x"),
        Control("morph", "From z to f(z)", ".morph"),
        Control("draws", "Draws and layers", ".draws"),
        Control("drawing", "Drawing a density", ".easel-tools"),
        Control("network", "The network", ".learner"),
        Control("covariance", "Cholesky factor", ".covariance"),
        _shown("point", "The chosen point", ".point"),
        _shown("distance", "Distance from p(x)", ".distance"),
        _shown("charts", "Charts", ".charts"),
        _MATHS,
        _WHY,
        _PAGES,
    ),
    "other-families": (
        Control("families", "Choice of the family", ".chapters"),
        Control("training", "Training", ".learner"),
        Control("sharpness", "All weights", ".sharpness"),
        Control("chain", "The chain", ".chain"),
        Control("picture", "The picture", ".writing"),
        Control("latent", "The GAN's z", ".gan-latent"),
        Control("walk", "The walk", ".walk"),
        Control("noise", "Noise", ".noise"),
        _shown("course", "The course of the training", ".course"),
        _shown("facts", "Likelihood and memory", ".facts-of-family"),
        _shown("patterns", "The data", ".patterns"),
        _shown("weights", "Weights", ".unit-weights"),
        Control("scored", "Test pictures", ".scored-pictures"),
        _shown("sum", "The running sum", ".running-sum"),
        _shown("averages", "Averages over orders", ".averages"),
        _shown("table", "The table", ".families-table"),
        _shown("samples", "Samples of a family", ".families-samples"),
        _MATHS,
        _WHY,
        _PAGES,
    ),
    "where-p-is-large": (
        _MODEL,
        Control("chapters", "Chapters"),
        Control("layers", "Layers of the map", ".column > .bar"),
        Control("plane", "The plane", ".column > .plane"),
        Control("picker", "Choosing x", ".picker"),
        Control("pictures", "x and p(x|z)", ".here"),
        Control("sigma", "σ of the likelihood", ".panel.sigma"),
        _shown("identity", "The identity", ".panel.identity"),
        Control("race", "The race", ".panel.race"),
        Control("weights", "Why the weights", ".panel.weighting"),
        _shown("words", "Text under the plane", ".caption"),
        _MATHS,
        _PAGES,
    ),
    "paths": (
        _MODEL,
        Control("tasks", "What to do", ".tabs"),
        Control("stops", "Stops", ".stops"),
        Control("map", "Map", "section.map"),
        Control("hand", "Drawn path", ".hand-tool"),
        _shown("frames", "Frames", ".frame-row"),
        _shown("table", "Measurements of the frame", ".frame-table"),
        Control("strips", "Filmstrips", ".strips"),
        _shown("charts", "Figures along the path", ".path-charts"),
        Control("sweeper", "One dimension moved", ".sweeper"),
        Control("sheet", "All dimensions", ".sheet"),
        Control("grid", "Grid of four", ".grid-of-four"),
        Control("adding", "Adding a difference", ".adding"),
        Control("factors", "Known factors", ".factors"),
        Control("exports", "Saving", ".saving"),
        Control("clock", "Clock", ".clock"),
        _MATHS,
        _WHY,
        _PAGES,
    ),
    "train": (
        Control("form", "Training a model"),
        Control("train", "The button Train"),
        Control("acts", "Buttons of the run", ".acts"),
        _shown("notes", "What is going on", ".notes"),
        Control("curves", "Curves", ".curves"),
        Control("scrubber", "Time machine", ".scrubber"),
        Control("compare", "Comparison", ".compare"),
        Control("followed", "Followed pictures", ".followed"),
        _shown("map", "Latent map", "section.map"),
        Control("list", "Runs", ".list"),
        _PAGES,
    ),
    "library": (
        _shown("bring", "Bringing data and models"),
        _PAGES,
    ),
    "glossary": (_PAGES,),
    "lessons": (_PAGES,),
}


@dataclass(frozen=True)
class Locks:
    """Names of the controls of one page that a link hides and locks; `present` is the panel shown large, from 1."""

    page: str = ""
    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    present: int = 0


def read(params: Mapping[str, str], page: str) -> tuple[Locks, list[str]]:
    """Read what a link to `page` hides and locks, with sentences on wrong entries; what is hidden is not locked."""
    controls = CONTROLS.get(page, ())
    hidden, problems = _names(params, "hide", [control.name for control in controls])
    locked, more = _names(params, "lock", [control.name for control in controls if control.operable])
    present, wrong = _panel(params.get("present"))
    locked = tuple(name for name in locked if name not in hidden)
    return Locks(page, hidden, locked, present), problems + more + wrong


def _names(params: Mapping[str, str], entry: str, known: list[str]) -> tuple[tuple[str, ...], list[str]]:
    asked = [name for name in params.get(entry, "").split(",") if name]
    wrong = [name for name in asked if name not in known]
    problems = []
    if wrong:
        received, left = short(",".join(wrong)), "it is left out" if len(wrong) == 1 else "they are left out"
        expected = f"some of {', '.join(known)}" if known else "nothing on this page"
        problems.append(f"The link has {entry} = {received}, expected {expected}: {left}.")
    return tuple(name for name in known if name in asked), problems


def _panel(text: str | None) -> tuple[int, list[str]]:
    if text is None:
        return 0, []
    if text.isascii() and text.isdecimal() and len(text) == 1 and text != "0":
        return int(text), []
    return 0, [f"The link has present = {short(text)}, expected the number of a panel, 1 to 9: it is left out."]


def begin(page: str) -> list[str]:
    """Read the link for the page at this address, once in each run of the frame; gives the sentences to show."""
    st.session_state[_FOCUS] = None
    st.session_state[_KEY], problems = read(st.query_params.to_dict(), page)
    return problems


def set_focus(name: str, step: str) -> None:
    """Name the control that the step of a lesson speaks of; `step` names the step."""
    st.session_state[_FOCUS] = name, step


def focusable(page: str) -> tuple[str, ...]:
    """Return the names of the controls of a page that its component can scroll to."""
    return tuple(control.name for control in CONTROLS.get(page, ()) if control.where)


def hides_pages() -> bool:
    """Say whether the list of pages is hidden, which is known before the page."""
    return "pages" in st.query_params.get("hide", "").split(",")


def current_locks() -> Locks:
    """Return what the link of this run hides and locks."""
    return st.session_state.get(_KEY, Locks())


def is_hidden(name: str) -> bool:
    """Say whether the control is not to be drawn."""
    return name in current_locks().hidden


def is_locked(name: str) -> bool:
    """Say whether the control is to be drawn, but not to be operated."""
    return name in current_locks().locked


def for_component(held: Locks) -> dict[str, list[Any]]:
    """Tell where a component finds what it hides and locks, each with its name for people, and a lesson's part."""
    found = {control.name: [control.where, control.words] for control in CONTROLS.get(held.page, ()) if control.where}
    focus = st.session_state.get(_FOCUS)
    return {
        "hidden": [found[name] for name in held.hidden if name in found],
        "locked": [found[name] for name in held.locked if name in found],
        "focus": [found[focus[0]][0], focus[1]] if focus and focus[0] in found else [],
    }
