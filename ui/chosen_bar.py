"""The bar on pages that use no model and no x: what is chosen on the other pages, and where to go on with it."""

from pathlib import Path

import streamlit as st

from ui.pages.where_p_is_large.selected_x import image_name
from ui.runs.catalogue import recent_catalogue
from ui.runs.model_card import plain
from ui.url_state import carried, locks

WITHOUT_MODEL = ("anything-from-a-normal", "other-families", "train", "library", "lessons", "glossary")
_USERS = {"latent_map.py": "Latent map", "where_p_is_large.py": "Where p(x|z) is large", "paths.py": "Paths"}

_USES = {"other-families": "used here only in the walk of a VAE"}


def chosen_bar(page: str, pages: Path) -> None:
    """Draw the bar if `page` is one of WITHOUT_MODEL and something is chosen; `pages` is the folder of the pages."""
    choice = carried.chosen()
    if page not in WITHOUT_MODEL or choice is None or "lesson" in st.query_params:
        return
    entry = recent_catalogue().runs.get(choice.model)
    if entry is None:
        return
    x = "your drawing" if choice.drawing else "" if choice.x is None else image_name(entry, choice.x)
    bar = st.container(horizontal=True, vertical_alignment="center", key="chosen_bar")
    bar.markdown(
        f":gray[Your model:] **{plain(entry.title)}**{f' :gray[· x:] **{plain(x)}**' if x else ''} "
        f":gray[· {_USES.get(page, 'not used on this page')}. Go on with it:]",
        width="content",
    )
    for file, label in {} if locks.hides_pages() else _USERS.items():
        bar.page_link(pages / file, label=label, width="content")
