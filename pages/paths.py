"""Paths: travel from picture to picture through the latent space, three ways side by side."""

import streamlit as st

from ui.model_picker import model_picker
from ui.pages.paths import component, page_state
from ui.runs import assets, model_card
from ui.runs.catalogue import recent_catalogue
from ui.url_state import locks

WHY = """
**Why not just mix the pixels?** Half a shoe and half a shirt, mixed pixel by pixel, do not look like clothes. On a path
through z the decoder draws each frame, so each frame should look like one whole picture. If it does not, the path has
left the region that the decoder was trained on.

**Straight or spherical?** In D dimensions a normal draw lies near the sphere of radius √D, hardly ever near the
centre. The straight line between two draws goes through the inside, where the norm is smaller than that of a typical
draw. The spherical path keeps the norm. This matters little with two dimensions, but much with twenty. The codes here
are means of q, which are shorter than draws. So under Measurements compare ‖z‖ with a typical code, not only with √D.

**Why the geodesic bends.** In some places a small step in z changes the picture much, in others a long step changes
almost nothing. The geodesic is the path on which the picture changes least in total. It changes by the same amount in
every step. Compare the steps in the chart.

**Is a frame a copy?** Under Measurements you see the nearest training picture of each frame, and how many training
pictures are near it. Near means: no farther than a training picture is from its own nearest neighbour. One near picture
does not prove that the model has memorised it. Simple pictures have many near ones, and test pictures also have some. A
frame may be a copy if it is much nearer to one training picture than pictures are to each other, and no other picture
is near. If a frame lies between several pictures, the model has made something new. If none is near, the frame has left
the data.

**Draw your own.** You can draw a path on the map: around the data, through a hole between two classes, or along the
edge. Compare its log p(z) and its neighbours with those of the other three paths.
"""

found = recent_catalogue()
top = st.container(horizontal=True, vertical_alignment="center")
top.title("Paths", width="stretch")
if not found.runs:
    st.info("There is no model yet. Train one on the page Train, then come back.")
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
