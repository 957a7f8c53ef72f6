"""The Streamlit script that runs for every page: it sets title and icon, draws the navigation, and runs the page.

Around the page it draws the lesson panel, the footer, the room's button and presenter mode. The script is not in ui/,
because Streamlit treats a folder `pages` beside its script as pages, and ui/pages holds packages.
"""

from pathlib import Path

import streamlit as st

from ui import citation
from ui.chosen_bar import chosen_bar
from ui.classroom import class_link, present
from ui.classroom.component import room
from ui.header.component import header
from ui.lessons.panel import lesson_panel
from ui.runs import model_card
from ui.url_state import carried, locks

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "pages"
FOOTER = "VAE Lab runs on this machine and sends nothing elsewhere. All figures are in nats unless they say otherwise."
ABOUT = "**VAE Lab**: understand variational autoencoders by moving through the latent space of real ones."
# A page's head takes three lines of a phone; the list of pages fits a tablet. Accessibility beyond Streamlit's own
# styles: a visible focus of the page itself, which keys scroll, and of the links to the pages, other than under a
# pointer; more contrast of captions, and of white text on the light primary colour of the dark theme.
LOOK = """<style>
[data-testid="stMain"]:focus-visible { outline: 2px solid; outline-offset: -3px; }
:is([data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"]):focus-visible {
  outline: 2px solid; outline-offset: -2px;
}
[data-testid="stSkipToContent"] { display: none; } /* ui/web/header/ has it, before the tools of the header */
[class*="st-key-lesson_card_"] h2 { font-size: 1.1rem; padding: 0; }
.stApp [data-testid="stCaptionContainer"] { color: inherit; opacity: 0.78; }
.st-key-page_lead [data-testid="stPageLink"] a {
  border: 1px solid rgba(128, 128, 128, 0.5); border-radius: 0.5rem; padding: 0.25rem 0.75rem;
}
[data-testid="stLayoutWrapper"]:has(> .st-key-lib_undo_bar) { position: sticky; top: 4rem; z-index: 5; }
.stApp [data-testid="stBaseButton-primary"]:not(:disabled) { color: light-dark(#ffffff, #10151d); }
@media (max-width: 900px) {
  [data-testid="stTopNavLink"] { padding-inline: 5px; }
  [data-testid="stToolbar"] > div > :last-child { min-width: 0; }
}
@media (max-width: 640px) {
  .st-key-page_head { gap: 0.4rem; }
  .st-key-page_head h1 { font-size: 1.2rem; padding: 0; }
  .st-key-page_head [data-testid="stHeading"] { flex-basis: 100%; }
  .st-key-page_head [data-testid="stElementContainer"]:has([data-testid="stSelectbox"]) {
    flex: 1 1 130px; min-width: 0;
  }
  .st-key-page_lead [data-testid="stMarkdown"] p { font-size: 0.95rem; line-height: 1.4; }
  .st-key-page_lead [data-testid="stPageLink"] { display: none; }
}
</style>"""

pages = [
    st.Page(PAGES / "latent_map.py", title="Latent map", default=True),
    st.Page(PAGES / "anything_from_a_normal.py", title="Anything from a normal", url_path="anything-from-a-normal"),
    st.Page(PAGES / "where_p_is_large.py", title="Where p(x|z) is large", url_path="where-p-is-large"),
    st.Page(PAGES / "paths.py", title="Paths", url_path="paths"),
    st.Page(PAGES / "other_families.py", title="Other families", url_path="other-families"),
    st.Page(PAGES / "train.py", title="Train", url_path="train"),
    st.Page(PAGES / "library.py", title="Library", url_path="library"),
    st.Page(PAGES / "lessons.py", title="Lessons", url_path="lessons"),
    st.Page(PAGES / "glossary.py", title="Glossary", url_path="glossary", visibility="hidden"),
]
page = st.navigation(pages, position="hidden" if locks.hides_pages() else "top")
# An entry of its own in Streamlit's menu shows the menu, and with it the choice of light, dark or as the system.
st.set_page_config(
    page_title=f"{page.title} · VAE Lab",
    page_icon=str(ROOT / "ui" / "icon.svg"),
    layout="wide",
    menu_items={"About": ABOUT},
)
st.html(LOOK)
for problem in locks.begin(page.url_path):
    st.warning(model_card.plain(problem))
carried.enter(page.url_path)
chosen_bar(page.url_path, PAGES)
asked = lesson_panel(page, pages)
page.run()
foot = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="foot")
foot.caption(FOOTER, width="content")
foot.page_link(PAGES / "glossary.py", label="Glossary", width="content")
citation.button(foot, page.url_path, page.title)
class_link.button(foot, page.url_path)
with foot:
    header()
    room(asked)
present.present(locks.current_locks())
