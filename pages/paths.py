"""Paths: travel from picture to picture through the latent space, three ways side by side."""

import streamlit as st

from ui.model_picker import model_picker
from ui.pages.paths import component, page_state
from ui.runs import assets, model_card
from ui.runs.catalogue import recent_catalogue
from ui.url_state import locks

WHY = """
**Why not just mix the pixels?** Half a shoe over half a shirt is no garment. A path through z stays on what the decoder
can draw, so each frame should look like one whole picture. Where it does not, the path leaves the region that training
has filled.

**Straight or spherical?** In D dimensions a normal draw lies near the sphere of radius √D, hardly ever near the
centre. The straight line between two draws cuts through the inside, where the norm is untypically small; the spherical
path keeps it. With two dimensions this matters little, with twenty it does. The codes here are means of q, which are
shorter than draws: under Measurements compare ‖z‖ with the typical code, not only with √D.

**Why the geodesic bends.** The decoder stretches z unevenly: here a small step changes much, there a long one changes
nothing. The geodesic goes around what is steep, so its pictures change at an even pace. Compare the steps in the chart.

**Is a frame a copy?** Under Measurements stands for each frame the nearest training picture, and how many lie near it:
no farther than training pictures lie from their own neighbours. One near picture does not yet show that the model has
learned it by heart: plain pictures have many near ones, and test pictures too lie close to some. It is a sign when a
frame is far nearer to one training picture than pictures are to each other, and no other is near. If a frame lies
between several, the model has made something new. If none is near, it has left the data.

**Draw your own.** On the map a path can be drawn by hand: around the data, through a hole between two classes, along
the rim. Compare its log p(z) and its neighbours with those of the three ways.
"""

found = recent_catalogue()
top = st.container(horizontal=True, vertical_alignment="center")
top.title("Paths", width="stretch")
if not found.runs:
    st.info("There is no model to travel in yet. Train one on the page Train, then come back.")
    st.stop()

here = page_state.current(found)
model_picker(top, found.runs, page_state.PICKER, page_state.model_chosen, (found,))
entry = found.runs[here.model]
for problem in [*here.problems, assets.images_problem(entry)]:
    if problem:
        st.warning(model_card.plain(problem))


@st.fragment
def paths() -> None:
    """The component reruns alone when it settles: the rest of the page stays as it is."""
    data = component.data(entry, here.given, here.turn)
    component.mount(data, page_state.COMPONENT, on_view=lambda: page_state.settled(found))


paths()
if not locks.is_hidden("why"):
    with st.expander("What to look at, and why it matters"):
        st.markdown(WHY)
