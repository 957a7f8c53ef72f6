"""Anything from a normal: one function carries a standard normal to any distribution."""

import streamlit as st

from ui.pages.anything_from_a_normal import component, page_state
from ui.runs import model_card
from ui.url_state import locks

LEAD = (
    "d normal variables, sent through a sufficiently complicated function, can have "
    "**any distribution in d dimensions**. That is why the prior p(z) of a VAE may be as plain as N(0, I): the decoder "
    "does the shaping. "
    "**Drag a point** on either side, and move the slider to bend z into x = f(z)."
)
WHY = """
**What it takes.** One coordinate at a time: Φ turns a normal into a uniform, and the inverse of the target's
distribution function turns the uniform into the target. Given the first coordinate, do the same for the second. The
function exists for every target; it only has to be complicated enough.

**What a VAE makes of it.** A decoder is such a function, learned. Its first layers may map z to whatever latent values
the data need, the later ones draw the picture. So nothing is lost by taking p(z) = N(0, I), as long as the network has
enough capacity. The learned map shows what happens when it has not.

**What it does not say.** We know that such a function exists, but not how to find it. To find it we need p(x). The next
page shows why drawing z from the prior is a poor way to estimate p(x).
"""

st.title("Anything from a normal")
st.markdown(LEAD)
here = page_state.current()
for problem in here.problems:
    st.warning(model_card.plain(problem))


@st.fragment
def both_planes() -> None:
    """The component reruns alone when it settles: the rest of the page stays as it is."""
    component.mount(component.data(here.given, here.turn), page_state.COMPONENT, on_view=page_state.settled)


both_planes()
if not locks.is_hidden("why"):
    with st.expander("Why p(z) may be as plain as N(0, I)"):
        st.markdown(WHY)
