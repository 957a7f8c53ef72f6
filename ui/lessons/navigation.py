"""Where a visitor is in a lesson: the link says it, `lesson=NAME&lesson_step=N`, and moving on writes the link.

The link's other names are the page's own. A step that brings a view replaces them; one that brings none leaves them.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import streamlit as st

from ui.lessons.lesson import Lesson
from ui.lessons.page_links import SLIDERS, link_of, opened
from ui.pages.train import form
from ui.url_state.schema import short
from ui.url_state.sync import EVERYWHERE

LESSON, STEP = "lesson", "lesson_step"
_GOING, _FURTHEST = "lesson_going", "lesson_furthest"
_HERE = (LESSON, STEP)
COOKIE = "vae_lab_lessons"  # JSON of the steps, which ui/web/header/lesson_progress.js writes


def read(params: Mapping[str, str], lessons: Mapping[str, Lesson]) -> tuple[Lesson | None, int, str]:
    """The lesson that the link names with the step, 0 where it names none, and a sentence if it is wrong."""
    asked = params.get(LESSON)
    if asked is None:
        return None, 0, ""
    if asked not in lessons:
        return None, 0, f"The link asks for the lesson {short(asked)}, which is not here."
    lesson, number = lessons[asked], params.get(STEP, "0")
    if not (number.isascii() and number.isdecimal() and len(number) < 4 and int(number) <= len(lesson.steps)):
        sentence = f"The link has {STEP} = {short(number)}, expected a number from 1 to {len(lesson.steps)}."
        return lesson, 1, sentence
    return lesson, int(number), ""


def go(name: str, step: int) -> None:
    """Callback: move to a step of a lesson when the page is run."""
    st.session_state[_GOING] = name, step


def leave() -> None:
    """Callback: take the lesson out of the link; the page stays as it is."""
    _write({name: value for name, value in st.query_params.to_dict().items() if name not in _HERE})


def move(page: str, pages: Mapping[str, st.Page], lessons: Mapping[str, Lesson]) -> None:
    """Go where a button, or a link that names a lesson without a step, asks for; this may end the run of the page."""
    lesson, number, _ = read(st.query_params.to_dict(), lessons)
    going = st.session_state.pop(_GOING, None)
    if going is None and lesson is not None and number == 0:
        going = lesson.name, 1
    if going is None or going[0] not in lessons:
        return
    target = lessons[going[0]]
    step = min(going[1], len(target.steps))  # its file may have changed
    wanted = target.steps[step - 1]
    others = {name: st.query_params[name] for name in EVERYWHERE if name in st.query_params and name not in _HERE}
    rest = others | {LESSON: target.name, STEP: str(step)}
    origin = _origin(target, step)
    view = target.steps[origin].view or {}
    if wanted.page != page:
        _begin_anew(view)
        sliders = {name: value for name, value in view.items() if name in SLIDERS}
        st.switch_page(pages[wanted.page], query_params=opened(wanted.page, view) | link_of(sliders) | rest)
    if target is lesson and number and _origin(lesson, number) == origin:
        _write(st.query_params.to_dict() | rest)
        return
    _begin_anew(view)
    for name in view.keys() & SLIDERS.keys():
        st.session_state[name] = view[name]
    _write(opened(page, view) | rest)


def _begin_anew(view: Mapping[str, Any]) -> None:
    """Train's form takes the preset that the step names, also where it is chosen and its settings were changed."""
    if form.PRESET in view:
        form.take_anew()


def asked() -> bool:
    """Whether the link or a button has anything to do with a lesson: most runs of a page have not."""
    return LESSON in st.query_params or _GOING in st.session_state


def remember(name: str, step: int) -> None:
    """Keep where the lesson was left."""
    st.session_state.setdefault(_FURTHEST, {})[name] = step


def left_at(name: str) -> int:
    """The step at which the lesson was left, in this visit or else before, 0 if it was not begun."""
    return progress().get(name) or _earlier().get(name, 0)


def progress() -> dict[str, int]:
    """The step at which each lesson of this visit was left, by name."""
    return st.session_state.get(_FURTHEST, {})


def _earlier() -> dict[str, int]:
    """The same of earlier visits, as far as this browser's cookie can be read."""
    try:
        kept = json.loads(unquote(st.context.cookies.get(COOKIE, "{}")))
    except (TypeError, ValueError, RecursionError):
        return {}
    kept = kept.items() if isinstance(kept, dict) else ()
    return {name: step for name, step in kept if isinstance(step, int) and step > 0}


def _origin(lesson: Lesson, number: int) -> int:
    """Index of the step whose view is in force at step `number`: its own, or that of a step before."""
    return max(i for i in range(number) if lesson.steps[i].view is not None)


def _write(params: dict[str, str]) -> None:
    """Make `params` the link, in one entry of the browser's history where no slider holds a part of it."""
    now = st.query_params.to_dict()
    if not now.keys() & SLIDERS.keys():
        st.query_params.from_dict({name: value for name, value in params.items() if name not in SLIDERS})
        return
    for name in now.keys() - params.keys() - SLIDERS.keys():
        del st.query_params[name]
    st.query_params.update({name: value for name, value in params.items() if name not in SLIDERS})
