"""The list of lessons as cards: a symbol, a title, one line, and where it was left."""

import streamlit as st

from ui.lessons import navigation
from ui.lessons.lesson import Lesson
from ui.lessons.page_links import PAGES
from ui.runs.model_card import plain

_COLUMNS = 3
_BEGIN = {False: "Start", True: "Repeat"}  # by whether the lesson was done to its end


def lessons(every: list[Lesson]) -> None:
    """One card for each lesson, in teaching order."""
    for first in range(0, len(every), _COLUMNS):
        row = st.columns(_COLUMNS)
        for column, (number, lesson) in zip(row, list(enumerate(every, 1))[first : first + _COLUMNS], strict=False):
            with column:
                _card(number, lesson)


def _card(number: int, lesson: Lesson) -> None:
    left_at = min(navigation.left_at(lesson.name), len(lesson.steps))  # which may have been more
    with st.container(border=True, height="stretch", key=f"lesson_card_{lesson.name}"):
        head = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
        done = left_at == len(lesson.steps)
        head.markdown(":material/check_circle:" if done else f":material/{lesson.icon}:", width="content")
        head.header(f"{number}. {plain(lesson.title)}", anchor=False, width="stretch")
        st.markdown(plain(lesson.line))
        pages = " · ".join(dict.fromkeys(PAGES[step.page].title for step in lesson.steps))
        st.caption(plain(f"{lesson.minutes} minutes, {len(lesson.steps)} steps · {pages}"))
        goes_on = 1 < left_at < len(lesson.steps)
        label = f"lesson {number}"  # so that the buttons of the list are told apart by their names
        st.button(
            f"Go on with {label} at step {left_at}" if goes_on else f"{_BEGIN[done]} {label}",
            key=f"lesson_start_{lesson.name}",
            type="primary" if number == 1 and not left_at else "secondary",
            on_click=navigation.go,
            args=(lesson.name, left_at if goes_on else 1),
        )
