"""How a view is cited: as a sentence and as BibTeX, with the link, the model and the version of the app."""

import re
from datetime import date

import streamlit as st

from ui.classroom.class_link import address
from ui.pages.latent_map import url as latent_map
from ui.pages.paths import url as paths
from ui.pages.where_p_is_large import url as where_p
from ui.runs.catalogue import recent_catalogue
from ui.server.local_network import class_address
from ui.server.streamlit_private import DeltaGenerator
from ui.url_state.sync import EVERYWHERE
from vae_core import __version__

_MODELS = {"": latent_map.MODEL, "paths": paths.MODEL, "where-p-is-large": where_p.MODEL}
_ESCAPES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def citation(link: str, page: str, model: str, day: date) -> tuple[str, str]:
    """Write a citation of the view at `link` as one sentence and as a BibTeX entry; `model` is its name, or empty."""
    what = f"{page}, {model}" if model else page
    sentence = f"VAE Lab {__version__}: {what}. {link} (seen on {day.isoformat()})"
    fields = {
        "title": f"{{VAE Lab}}: {_latex(what)}",
        "version": __version__,
        "year": str(day.year),
        "howpublished": rf"\url{{{_for_url(link)}}}",
        "note": f"Seen on {day.isoformat()}",
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return sentence, f"@misc{{vae-lab-{day.isoformat()},\n{lines}}}"


def _latex(text: str) -> str:
    return re.sub(r"[\\{}$&#%_~^]", lambda found: _ESCAPES.get(found[0], "\\" + found[0]), text)


def _for_url(link: str) -> str:
    """Keep what would end \\url or begin a command out of a link."""
    return link.replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D")


def button(place: DeltaGenerator, page: str, title: str) -> None:
    """Draw the small button that opens the dialog; `page` is its address, `title` what it is called."""
    if place.button("Cite this view", key="citation", type="tertiary", icon=":material/format_quote:"):
        _dialog(page, title)


@st.dialog("Cite this view", width="large")
def _dialog(page: str, title: str) -> None:
    view = {name: value for name, value in st.query_params.to_dict().items() if name not in EVERYWHERE}
    link = address(class_address(st.context.url or ""), page, view)
    sentence, bibtex = citation(link, title, _model_shown(page), date.today())
    st.code(sentence, language=None, wrap_lines=True)
    st.code(bibtex, language="latex", wrap_lines=True)


def _model_shown(page: str) -> str:
    """The title of the model that the page shows; empty where there is none."""
    run = st.session_state.get(_MODELS.get(page, ""))
    entry = recent_catalogue().runs.get(run) if isinstance(run, str) else None
    return entry.title if entry else ""
