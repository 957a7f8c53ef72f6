"""A prediction and what the live model says, and a task on the page: both kept for the visit, judged by no one."""

import streamlit as st

from ui.cards import plain
from ui.lessons.found import Found, short
from ui.lessons.known import ask as ask_check
from ui.lessons.lesson import Ask, Setting, Task
from ui.visit import said

_SAID, _FOUND = "lesson_said", "lesson_found"  # by lesson and step: what the visitor said, what the model said


@st.fragment
def predict(lesson: str, number: int, ask: Ask) -> None:
    """The question, and after it has been answered what the model on the page says now."""
    at = (lesson, number)
    found = st.session_state.get(_FOUND, {}).get(at)
    answer = _answer(at, ask, found is not None)
    if found is None:
        row = st.container(horizontal=True, gap="small")
        asked = bool(ask.question)
        label = "Ask the model" if asked else "Compute it now"
        row.button(
            label,
            key="lesson_reveal",
            type="secondary",
            disabled=asked and answer is None,
            on_click=_find,
            args=(at, ask.check, ask.settings),
        )
        if asked and answer is None:
            row.button(
                "I have no idea", key="lesson_skip", type="tertiary", on_click=_find, args=(at, ask.check, ask.settings)
            )
    elif isinstance(found, str):
        st.warning(plain(found))
        st.button("Try again", key="lesson_again", on_click=_find, args=(at, ask.check, ask.settings))
    else:
        _reveal(ask, answer, found)
        st.button(
            "Compute again",
            key="lesson_again",
            type="tertiary",
            icon=":material/refresh:",
            help="For what the page shows now.",
            on_click=_find,
            args=(at, ask.check, ask.settings),
        )


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


def _answer(at: tuple[str, int], ask: Ask, over: bool) -> str | None:
    """What the visitor says, in words; None before there is an answer. Nothing can be changed once it is over."""
    kept = st.session_state.setdefault(_SAID, {})
    key = f"lesson_answer_{at[0]}_{at[1]}"
    if ask.choices:
        texts = [choice.text for choice in ask.choices]
        index = texts.index(kept[at]) if kept.get(at) in texts else None
        kept[at] = st.radio(ask.question.format(), texts, index=index, key=key, disabled=over)
        return kept[at]
    if ask.unit is not None:
        label = f"{ask.question.format()} ({ask.unit})"
        kept[at] = st.number_input(label, value=kept.get(at), key=key, disabled=over, placeholder="Your number")
        return None if kept[at] is None else f"{short(kept[at])} {ask.unit}"
    return None


def _reveal(ask: Ask, answer: str | None, found: Found) -> None:
    if ask.question:
        before = f"You said: **{answer}**  \n" if answer is not None else ""
        st.markdown(f"{before}The model says: **{says(ask, found.value)}**")
    st.markdown(ask.reveal.format(**found.words))


def _find(at: tuple[str, int], check: str, settings: dict[str, Setting]) -> None:
    """Callback: ask the check about what the page shows now; a sentence is kept where it has no answer."""
    kept = st.session_state.setdefault(_FOUND, {})
    try:
        kept[at] = ask_check(check, said(), dict(settings))
    except ValueError as error:
        kept[at] = f"The model cannot say: {error}."
