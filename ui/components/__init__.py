"""Streamlit components: how one is registered, and the files of the browser side."""
