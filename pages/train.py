"""Train: a training to look at, a VAE from a preset, its map and its curves as they form, and all runs."""

import dataclasses

import streamlit as st

from ui.pages.train import actions, component, cost, datasets, form, page_state, runs, scheduler
from ui.pages.train.url import View
from ui.runs import model_card
from ui.server import permissions, user_cookie
from ui.url_state import locks

LEAD = "Watch a VAE learn: its latent map forms, its pictures sharpen. Then train your own; it goes on when you leave."

with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
    st.title("Train", width="content")
    st.markdown(LEAD, width="content")
here = page_state.current()
for problem in here.problems:
    st.warning(model_card.plain(problem))


def with_run(view: View) -> View:
    """The view, with the run that is shown where its link names none."""
    return dataclasses.replace(view, run=view.run or runs.default_run(user_cookie.current_user()))


def shows_shipped(view: View) -> bool:
    """Whether the visitor looks at the shipped training, or at nothing: then the form has a place beside it."""
    return with_run(view).run in (None, runs.SHIPPED)


def train_form(open_settings: bool) -> None:
    """The presets, the data, the button that starts a training with what it will cost, and all other settings."""
    form.begin(here.view.preset)
    form.preset_cards()
    form.data_field()
    with st.expander("Settings", expanded=open_settings, key="train_settings"):
        if words := form.parent_words():
            st.caption(model_card.plain(words))
            st.checkbox("Begin with its weights", key=form.START, **form.shared())
        form.first_fields()
        if st.toggle("More settings", key=form.MORE, persist_state="session"):
            form.more_fields()
    train_button()


def train_button() -> None:
    """The button that starts a training, and what it will cost or why it cannot be."""
    config, words, problem = None, "", ""
    if not (refused := permissions.refusal("train")):  # nothing is read or prepared for those who may not train
        scheduler.prepare()
        try:
            config = form.config()
            data = datasets.described(config.data.name)
            words = cost.estimate(config, data, runs.measured_speeds()).words()
        except (ValueError, OSError) as error:
            config, problem = None, str(error)
    if not locks.is_hidden("train"):
        st.button(
            "Train",
            type="primary",
            key="train_start",
            disabled=config is None or bool(refused) or locks.is_locked("train"),
            on_click=actions.train,
            args=(config, form.title(), st.session_state[form.PRESET]),
        )
    if refused:
        st.caption(refused)
    elif problem:
        st.error(model_card.plain(f"This cannot be trained: {problem}."))
    else:
        st.caption(model_card.plain(f"{words} {form.epochs(data.count)}."))


@st.fragment
def live() -> None:
    """The live view asks for news by itself: this reruns only when the visitor settles on something or presses."""
    if shows_shipped(here.view) != beside:  # another run was opened from the list, or the last one deleted
        page_state.show(here, here.view)
        st.rerun()
    refused = [act for act, needs in actions.NEEDS.items() if not permissions.may(needs)]
    undo = here.removed and {"id": here.removed[0].name, "title": here.removed[1]}
    data = component.data(with_run(here.given), here.turn, here.refusal, refused, undo)
    component.mount(data, page_state.COMPONENT, on_view=page_state.settled, on_act=actions.asked)
    if st.session_state.pop(form.REFRESH, False):
        st.rerun()


beside, from_a_run = shows_shipped(here.view), form.PARENT in st.session_state
if locks.is_hidden("form"):
    live()
elif beside:
    left, right = st.columns([7, 3], gap="large")
    with right:
        st.header("Train your own")
        train_form(from_a_run)
    with left:
        live()
else:
    key = f"train_another_{with_run(here.view).run}"  # a run that has begun is what is looked at
    with st.expander("Train another model", expanded=from_a_run, key=key):
        train_form(from_a_run)
    live()
