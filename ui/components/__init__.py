"""Streamlit components: how one is registered, where its files are, and those that many pages use."""
