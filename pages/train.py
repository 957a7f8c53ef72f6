"""Train: a VAE from a preset, its curves and its latent map as they form, and every run that is kept."""

import streamlit as st

from ui.pages.train import actions, component, cost, datasets, form, page_state, runs
from ui.runs import model_card
from ui.server import permissions
from ui.url_state import locks

LEAD = (
    "Press **Train** and watch: the curves move while it learns, the latent map forms, and afterwards every moment "
    "can be looked at again. A training goes on when you close this page; its link brings it back."
)

st.title("Train")
st.markdown(LEAD)
here = page_state.current()
for problem in here.problems:
    st.warning(model_card.plain(problem))


def settings() -> None:
    """The form, what it will cost, and the button that starts it."""
    form.begin(here.view.preset)
    form.first_fields()
    if words := form.parent_words():
        first, second = st.columns([3, 2], vertical_alignment="center")
        first.caption(model_card.plain(words))
        second.checkbox("Begin with its weights", key=form.START, **form.shared())
    if st.toggle("More settings", key=form.MORE, persist_state="session"):
        form.more_fields()
    config, words, problem = None, "", ""
    if not (refused := permissions.refusal("train")):  # nothing is read for those who may not train
        try:
            config = form.config()
            data = datasets.described(config.data.name)
            words = cost.estimate(config, data, runs.measured_speeds()).words()
        except (ValueError, OSError) as error:
            config, problem = None, str(error)
    row = st.container(horizontal=True, vertical_alignment="center")
    if not locks.is_hidden("train"):
        row.button(
            "Train",
            type="primary",
            key="train_start",
            disabled=config is None or bool(refused) or locks.is_locked("train"),
            on_click=actions.train,
            args=(config, form.title(), st.session_state[form.PRESET]),
        )
    if refused:
        row.caption(refused)
    elif problem:
        row.error(model_card.plain(f"This cannot be trained: {problem}."))
    else:
        row.caption(model_card.plain(f"{words} {form.epochs(data.count)}."))


@st.fragment
def live() -> None:
    """The live view asks for news by itself: this reruns only when the visitor settles on something or presses."""
    refused = [act for act, needs in actions.NEEDS.items() if not permissions.may(needs)]
    undo = here.removed and {"id": here.removed[0].name, "title": here.removed[1]}
    data = component.data(here.given, here.turn, here.refusal, refused, undo)
    component.mount(data, page_state.COMPONENT, on_view=page_state.settled, on_act=actions.asked)
    if st.session_state.pop(form.REFRESH, False):
        st.rerun()


fresh = here.view.run is None or form.PARENT in st.session_state
label, name = ("Train a model", "train_first") if fresh else ("Train another model", "train_another")
if not locks.is_hidden("form"):
    with st.expander(label, expanded=fresh, key=name):  # another key: a run that has begun is what is looked at
        settings()
live()
