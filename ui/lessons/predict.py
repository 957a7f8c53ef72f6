"""A prediction and what the live model says, and a task on the page: both kept for the visit, judged by no one."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.lessons.lesson import Ask, Setting, Task
from ui.lessons.registry import run_check as ask_check
from ui.lessons.result import Found, short
from ui.runs.model_card import plain
from ui.url_state.sync import read_query

_Place = tuple[str, int]  # a lesson and a step of it
_SAID, _FOUND = "lesson_said", "lesson_found"  # by place: what the visitor said, what the model said


@st.fragment
def predict(lesson: str, number: int, ask: Ask) -> None:
    """The question, and after it has been answered what the model on the page says now."""
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
    """The question with what can be answered, and a way on for who has no idea."""
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
    """What to do on the page, and whether it is done."""
    at = (lesson, number)
    st.markdown(f"**{task.say.format()}**")
    st.button("Have I got it?", key="lesson_check", on_click=_find, args=(at, task.check, task.settings))
    found = st.session_state.get(_FOUND, {}).get(at)
    if isinstance(found, str):
        st.warning(plain(found))
    elif found is not None and task.low <= found.value <= task.high:
        st.success(task.done.format(**found.words))
    elif found is not None:
        st.info(task.not_yet.format(**found.words))


def says(ask: Ask, value: float) -> str:
    """The model's answer in the words of the prediction: the choice that holds the value, or a number."""
    if ask.unit is not None:
        return f"{short(value)} {ask.unit}"
    holding = [choice.text for choice in ask.choices if choice.low <= value < choice.high]
    return holding[0] if holding else "none of these"


def _answer(column: DeltaGenerator, at: _Place, ask: Ask) -> str | None:
    """What the visitor predicts, in words, kept for the visit; None before there is an answer."""
    kept, key = st.session_state.setdefault(_SAID, {}), f"lesson_answer_{at[0]}_{at[1]}"
    question = f"**{ask.question.format()}**"
    if ask.unit is None:
        answer = column.radio(question, [choice.text for choice in ask.choices], index=None, key=key)
    else:
        number = column.number_input(question, value=None, key=key, placeholder=f"Your number ({ask.unit})")
        answer = None if number is None else f"{short(number)} {ask.unit}"
    kept[at] = answer
    return answer


def _reveal(ask: Ask, answer: str | None, found: Found) -> None:
    """Side by side what the visitor said and what the model says, then why."""
    if ask.question:
        before = f"You said: **{plain(answer)}**  \n" if answer is not None else ""
        st.markdown(f"{ask.question.format()}  \n{before}The model says: **{plain(says(ask, found.value))}**")
    st.markdown(ask.reveal.format(**found.words))


def _find(at: _Place, check: str, settings: Mapping[str, Setting]) -> None:
    """Callback: ask the check about what the page shows now; a sentence is kept where it has no answer."""
    kept = st.session_state.setdefault(_FOUND, {})
    try:
        kept[at] = ask_check(check, read_query(), dict(settings))
    except ValueError as error:
        kept[at] = f"The model cannot say: {error}."
