"""What every page stands in: its title, the navigation, a short footer."""

from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent

st.set_page_config(page_title="VAE Lab", page_icon=":material/blur_on:", layout="wide")
page = st.navigation([st.Page(ROOT / "pages" / "latent_map.py", title="Latent map", default=True)])
page.run()
