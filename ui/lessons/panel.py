"""The panel that leads through a lesson, beside the page on a wide screen and below it on a narrow one."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page

from ui.lessons import navigation
from ui.lessons.catalogue import lesson_catalogue
from ui.lessons.lesson import Lesson
from ui.lessons.predict import predict, try_out
from ui.runs import model_card

_STYLE = Path(__file__).with_name("panel.css")
_COLOURS = {"PAPER": "backgroundColor", "BORDER": "borderColor", "ACCENT": "primaryColor"}
_FRONT = "latent-map"  # the page whose address has no name
LIST = "lessons"


def lesson_panel(page: Page, pages: list[Page]) -> None:
    """Draw the step that the link names, or nothing where it names none; goes to another page where a step asks."""
    if not navigation.asked():
        return
    named = {each.url_path or _FRONT: each for each in pages}
    here, lessons = page.url_path or _FRONT, lesson_catalogue().lessons
    navigation.move(here, named, lessons)
    lesson, number, problem = navigation.read(st.query_params.to_dict(), lessons)
    if problem:
        st.warning(model_card.plain(problem))
    if lesson is None:
        return
    navigation.remember(lesson.name, number)
    with st.container(key="lesson_panel", gap="xsmall"):
        share = f"{100 * number / len(lesson.steps):.1f}%"
        st.html(f"<style>{_style().replace('SHARE', share)}</style>")
        _head(lesson)
        with st.container(key="lesson_text", gap="small"):
            _step(lesson, number, here, named)
        _onward(lesson, number, lessons, named[LIST])


@lru_cache(maxsize=1)
def _style() -> str:
    """The panel's place and its paper, which follows the visitor's theme, also when it changes."""
    text = _STYLE.read_text(encoding="utf-8")
    for word, option in _COLOURS.items():
        light, dark = (st.get_option(f"theme.{theme}.{option}") for theme in ("light", "dark"))
        text = text.replace(word, f"light-dark({light}, {dark})")
    return text


def _row(key: str) -> DeltaGenerator:
    """A line of the panel, what is in it as far apart as can be."""
    return st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key=key
    )


def _head(lesson: Lesson) -> None:
    row = _row("lesson_head")
    row.markdown(f"**:material/{lesson.icon}: {model_card.plain(lesson.title)}**", width="content")
    row.button("Leave", key="lesson_leave", type="tertiary", icon=":material/close:", on_click=navigation.leave)


def _step(lesson: Lesson, number: int, here: str, pages: Mapping[str, Page]) -> None:
    step = lesson.steps[number - 1]
    st.markdown(step.text.format())
    if step.page != here:
        st.info(f"This step is on the page {model_card.plain(pages[step.page].title)}.")
        st.button("Open it", key="lesson_open", on_click=navigation.go, args=(lesson.name, number))
    elif step.ask:
        predict(lesson.name, number, step.ask)
    elif step.task:
        try_out(lesson.name, number, step.task)


def _onward(lesson: Lesson, number: int, lessons: Mapping[str, Lesson], every: Page) -> None:
    """Back and next; after the last step the next lesson, or the list of all."""
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
