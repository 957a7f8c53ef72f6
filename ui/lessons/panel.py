"""The panel that leads through a lesson, beside the page on a wide screen and below it on a narrow one.

Predictions, what the live model said and tasks that are done are kept for the visit.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import streamlit as st

from ui.lessons import navigation
from ui.lessons.lesson import Ask, Lesson, Setting, Task
from ui.lessons.lesson_files import lesson_catalogue
from ui.lessons.page_links import FRONT
from ui.lessons.registry import Found, run_check, short
from ui.runs.model_card import plain
from ui.server.streamlit_private import DeltaGenerator
from ui.url_state import locks
from ui.url_state.sync import read_query

_STYLE = Path(__file__).with_name("panel.css")
_COLOURS = {"PAPER": "backgroundColor", "BORDER": "borderColor", "ACCENT": "primaryColor"}
LIST = "lessons"

_Place = tuple[str, int]  # a lesson and a step of it
_SAID, _FOUND = "lesson_said", "lesson_found"  # by place: what the visitor said, what the model said


def lesson_panel(page: st.Page, pages: list[st.Page]) -> Ask | None:
    """Draw the step that the link names, or nothing where it names none; goes to another page where a step asks.

    Gives what the step asks on this page.
    """
    if not navigation.asked():
        return None
    named = {each.url_path or FRONT: each for each in pages}
    here, lessons = page.url_path or FRONT, lesson_catalogue().lessons
    navigation.move(here, named, lessons)
    lesson, number, problem = navigation.read(st.query_params.to_dict(), lessons)
    if problem:
        st.warning(plain(problem))
    if lesson is None:
        return None
    navigation.remember(lesson.name, number)
    step = lesson.steps[number - 1]
    if step.focus and step.page == here:
        locks.set_focus(step.focus, f"{lesson.name} {number}")
    with st.container(key="lesson_panel", gap="xsmall"):
        share = f"{100 * number / len(lesson.steps):.1f}%"
        st.html(f"<style>{_style().replace('SHARE', share)}</style>")
        _head(lesson)
        with st.container(key="lesson_text", gap="small"):
            _step(lesson, number, here, named)
        _onward(lesson, number, lessons, named[LIST])
    return step.ask if step.page == here else None


@lru_cache(maxsize=1)
def _style() -> str:
    """Read the style of the panel's place and its paper, which follows the visitor's theme, also when it changes."""
    text = _STYLE.read_text(encoding="utf-8")
    for word, option in _COLOURS.items():
        light, dark = (st.get_option(f"theme.{theme}.{option}") for theme in ("light", "dark"))
        text = text.replace(word, f"light-dark({light}, {dark})")
    return text


def _row(key: str) -> DeltaGenerator:
    """Open a line of the panel, what is in it as far apart as can be."""
    return st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key=key
    )


def _head(lesson: Lesson) -> None:
    row = _row("lesson_head")
    row.markdown(f"**:material/{lesson.icon}: {plain(lesson.title)}**", width="content")
    row.button("Leave", key="lesson_leave", type="tertiary", icon=":material/close:", on_click=navigation.leave)


def _step(lesson: Lesson, number: int, here: str, pages: Mapping[str, st.Page]) -> None:
    step = lesson.steps[number - 1]
    st.markdown(step.text.format())
    if step.page != here:
        st.info(f"This step is on the page {plain(pages[step.page].title)}.")
        st.button("Open it", key="lesson_open", on_click=navigation.go, args=(lesson.name, number))
    elif step.ask:
        predict(lesson.name, number, step.ask)
    elif step.task:
        try_out(lesson.name, number, step.task)


def _onward(lesson: Lesson, number: int, lessons: Mapping[str, Lesson], every: st.Page) -> None:
    """Draw the buttons back and next; after the last step the next lesson, or the list of all."""
    row = _row("lesson_onward")
    row.button(
        "Back", key="lesson_back", disabled=number == 1, on_click=navigation.go, args=(lesson.name, max(number - 1, 1))
    )
    row.markdown(f"{number} of {len(lesson.steps)}", width="content")
    if number < len(lesson.steps):
        row.button("Next", key="lesson_next", type="primary", on_click=navigation.go, args=(lesson.name, number + 1))
        return
    names = list(lessons)
    after = names[names.index(lesson.name) + 1 :]
    if after:
        row.button("Next lesson", key="lesson_after", type="primary", on_click=navigation.go, args=(after[0], 1))
    else:
        row.page_link(every, label="All lessons")


@st.fragment
def predict(lesson: str, number: int, ask: Ask) -> None:
    """Draw the question, and after it has been answered what the model on the page says now."""
    at = (lesson, number)
    found, find = st.session_state.get(_FOUND, {}).get(at), (at, ask.check, ask.settings)
    if found is None:
        _before(at, ask, find)
    elif isinstance(found, str):
        st.warning(plain(found))
        st.button("Try again", key="lesson_again", on_click=_find, args=find)
    else:
        _reveal(ask, st.session_state.get(_SAID, {}).get(at), found)
        st.button(
            "Compute again",
            key="lesson_again",
            type="tertiary",
            icon=":material/refresh:",
            help="For what the page shows now.",
            on_click=_find,
            args=find,
        )


def _before(at: _Place, ask: Ask, find: tuple[_Place, str, Mapping[str, Setting]]) -> None:
    """Draw the question with what can be answered, and a way on for who has no idea."""
    row = st.container(gap="small")
    if not ask.question:
        row.button("Compute it now", key="lesson_reveal", on_click=_find, args=find)
        return
    answer = _answer(row, at, ask)
    buttons = row.container(horizontal=True, gap="small")
    buttons.button("Ask the model", key="lesson_reveal", disabled=answer is None, on_click=_find, args=find)
    if answer is None:
        buttons.button("I have no idea", key="lesson_skip", type="tertiary", on_click=_find, args=find)


@st.fragment
def try_out(lesson: str, number: int, task: Task) -> None:
    """Draw what to do on the page, and whether it is done."""
    at = (lesson, number)
    st.markdown(f"**{task.say.format()}**")
    st.button("Check", key="lesson_check", on_click=_find, args=(at, task.check, task.settings))
    found = st.session_state.get(_FOUND, {}).get(at)
    if isinstance(found, str):
        st.warning(plain(found))
    elif found is not None and task.low <= found.value <= task.high:
        st.success(task.done.format(**found.words))
    elif found is not None:
        st.info(task.not_yet.format(**found.words))


def says(ask: Ask, value: float) -> str:
    """Word the model's answer like the prediction: the choice that holds the value, or a number."""
    if ask.unit is not None:
        return _number(value, ask.unit)
    holding = [choice.text for choice in ask.choices if choice.low <= value < choice.high]
    return holding[0] if holding else "none of these"


def _number(value: float, unit: str) -> str:
    """A number with its unit; a count out of so many, such as "18 of 100", is a whole one."""
    return f"{round(value) if unit.startswith('of ') else short(value)} {unit}"


def agrees(ask: Ask, answer: str, value: float) -> bool:
    """Say whether a prediction is right: the same choice, or a number within a tenth of the model's."""
    if ask.unit is None:
        return answer == says(ask, value)
    number = float(answer.removesuffix(f" {ask.unit}").replace(",", ""))
    return math.isclose(number, value, rel_tol=0.1) or short(number) == short(value)


def _answer(column: DeltaGenerator, at: _Place, ask: Ask) -> str | None:
    """Ask what the visitor predicts, in words, and keep it for the visit; None before there is an answer."""
    kept, key = st.session_state.setdefault(_SAID, {}), f"lesson_answer_{at[0]}_{at[1]}"
    question = ask.question.format()
    if ask.unit is None:
        answer = column.radio(question, [choice.text for choice in ask.choices], index=None, key=key)
    else:
        number = column.number_input(question, value=None, key=key, placeholder=f"Your number ({ask.unit})")
        answer = None if number is None else _number(number, ask.unit)
    kept[at] = answer
    return answer


def _reveal(ask: Ask, answer: str | None, found: Found) -> None:
    """Draw side by side what the visitor said and what the model says, whether they agree, then why."""
    if ask.question:
        st.markdown(ask.question.format())
        said, model = st.columns(2)
        if answer is not None:
            said.markdown(f"You said: **{plain(answer)}**")
        model.markdown(f"The model says: **{plain(says(ask, found.value))}**")
        if answer is not None:
            verdict = ":material/check: Right." if agrees(ask, answer, found.value) else ":material/close: Not quite."
            st.markdown(f"**{verdict}**")
    st.markdown(ask.reveal.format(**found.words))


def _find(at: _Place, check: str, settings: Mapping[str, Setting]) -> None:
    """Callback: ask the check about what the page shows now; a sentence is kept where it has no answer."""
    kept = st.session_state.setdefault(_FOUND, {})
    try:
        kept[at] = run_check(check, read_query(), dict(settings))
    except ValueError as error:
        kept[at] = f"The model cannot say: {error}."
