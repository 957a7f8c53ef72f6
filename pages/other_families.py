"""Other families: small relatives of the VAE, trained and drawn from in the browser."""

import streamlit as st

from ui.pages.other_families import component, page_state
from ui.runs import model_card
from ui.url_state import carried, locks

LEAD = (
    "A VAE draws a picture in one go: z from N(0, I), then the decoder. Its relatives do it in other ways. Here each "
    "is so small that its numbers are **exact, or come with their error**. Train one, and watch what it can do, and "
    "what it cannot."
)
WHY = """
**Boltzmann machines** have hidden units, as a VAE has z. But their gradient needs samples of the model itself, and
these come from a chain that walks from state to state. While the model gets sharper, the chain gets slower: it stays
where it is. This is why they are hard to train.

**An autoregressive model** has an exact log p(x), a sum over pixels, each given those before it. It is trained like any
network and needs no chain. But it has no z: there is nothing to drag, and a sample is written pixel by pixel.

**A GAN** has a z, as a VAE has, and its samples are sharp. But it has no encoder, and in general nobody can say how
likely a picture is under it. On the plane its density can be computed, so one sees what it leaves out.

**A generative stochastic network** makes the walk the model: it learns only to take back some noise. The walk has the
right law for any noise. But with little noise it needs very many steps to get from one mode to another.

**A VAE** also has such a walk, z → x → z, and it gets slower in the same way: a linear model forgets in 1 + s²/σ²
steps. But a VAE does not need it, because its prior p(z) is easy to draw from.
"""

st.title("Other families")
st.markdown(LEAD)
here = page_state.current()
for problem in here.problems:
    st.warning(model_card.plain(problem))


@st.fragment
def families() -> None:
    """The component reruns alone when it settles: the rest of the page stays as it is."""
    choice = carried.chosen()
    data = component.data(here.given, here.turn, choice and choice.model)
    component.mount(data, page_state.COMPONENT, on_view=page_state.settled)


families()
if not locks.is_hidden("why"):
    with st.expander("How they are related to the VAE"):
        st.markdown(WHY)
