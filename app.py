"""The front door: an ASGI application around ui/frame.py, for `streamlit run app.py` or `uvicorn app:app`."""

from pathlib import Path

import streamlit as st

from ui.routes import ROUTES

app = st.App(Path(__file__).resolve().parent / "ui" / "frame.py", routes=ROUTES)

if __name__ == "__main__":
    app.run()
