"""What every page stands in: the name and icon in the browser's tab, the navigation, a short footer."""

from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
FOOTER = "VAE Lab runs on this machine and sends nothing elsewhere. All figures are in nats unless they say otherwise."

page = st.navigation([st.Page(ROOT / "pages" / "latent_map.py", title="Latent map", default=True)])
st.set_page_config(page_title=f"{page.title} · VAE Lab", page_icon=str(ROOT / "ui" / "icon.svg"), layout="wide")
page.run()
st.caption(FOOTER)
