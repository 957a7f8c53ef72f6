"""The latent map: drag a point over the latent plane and watch it decode."""

import streamlit as st

from ui.export.dialog import export
from ui.lessons.navigation import LESSON
from ui.model_picker import model_picker
from ui.pages.latent_map import component, page_state
from ui.runs import assets, model_card
from ui.runs.catalogue import recent_catalogue
from ui.url_state import locks
from vae_core.runs.run import FOLDER_VARIABLE

LEAD = (
    "A **VAE** learned this map. **z** is a place on it. The **decoder** draws the picture for that place, and the "
    "**encoder** says where a picture belongs."
)
EMPTY = (
    "There is no model to show yet. Train a small one with the command below, then reload this page. "
    f"Or name a folder of runs in the variable {FOLDER_VARIABLE} before you start the app."
)
COMMAND = "python -m vae_core train --data fashion-mnist --latent-dim 2 --steps 3000 --seed 0 --out runs/first --json"
WHY = """
**What a VAE says.** A picture x is made in two steps: draw z from the prior p(z), a standard normal, then draw x from
p(x|z). The decoder gives the mean of p(x|z). Training makes p(x) large for the training pictures.

**Why the cloud is where it is.** For most z, p(x|z) is almost zero for a given x, so guessing z from the prior is
wasteful when z has many dimensions. The encoder answers with q(z|x): the small region of z where p(x|z) is large.

**What it costs.** The rate KL(q‖p) says how many nats it takes to say where z is. The distortion E[−log p(x|z)], with z
drawn from q, says how badly the decoded picture fits x. ELBO = −rate − distortion is never above log p(x). The gap is
KL(q(z|x) ‖ p(z|x)).
"""

found = recent_catalogue()
top = st.container(horizontal=True, vertical_alignment="center", key="page_head")
top.title("Every spot on this map is a picture", width="stretch")
lead = st.container(horizontal=True, vertical_alignment="center", key="page_lead")
lead.markdown(LEAD, width="stretch")
if LESSON not in st.query_params:
    lead.page_link(
        "../../pages/lessons.py", label="Start here", icon=":material/school:", help="Guided lessons", width="content"
    )
if found.problems:
    more = [f"And {len(found.problems) - 3} more."] if len(found.problems) > 3 else []
    st.warning("\n\n".join(map(model_card.plain, [*found.problems[:3], *more])))
if not found.runs:
    st.info(EMPTY)
    st.code(COMMAND, language=None, wrap_lines=True)
    st.stop()

here = page_state.current(found)
model_picker(top, found.runs, page_state.PICKER, page_state.model_chosen, (found,))
entry = found.runs[here.model]
if not locks.is_hidden("card"):
    card = top.popover(
        "Model card", key="map_card", on_change="rerun", width="content", disabled=locks.is_locked("card")
    )
    if card.open:
        with card:
            model_card.model_card(entry)
if not locks.is_hidden("export"):
    locked = locks.is_locked("export")
    if top.button("Export", key="map_export", type="tertiary", icon=":material/download:", disabled=locked):
        export(entry, here.view)
for problem in [*here.problems, assets.images_problem(entry)]:
    if problem:
        st.warning(model_card.plain(problem))
if here.note:
    st.caption(here.note)


@st.fragment
def pad() -> None:
    """The pad reruns alone when it settles: the rest of the page stays as it is."""
    data = component.data(entry, here.given, here.turn, guided=LESSON not in st.query_params)
    component.mount(data, page_state.COMPONENT, on_view=lambda: page_state.settled(found))


pad()
if not locks.is_hidden("why"):
    with st.expander("Where p(x|z) is large: why the map looks like this"):
        st.markdown(WHY)
