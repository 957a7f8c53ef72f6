"""The "Maths" and "Code" folds under a chapter that Streamlit draws."""

import streamlit as st

from ui.source_text import source_of


def folds(maths: tuple[str, ...], code: tuple[str, ...]) -> None:
    """Two expanders: sentences and equations (LaTeX between dollar signs), and the functions of vae_core by name."""
    with st.expander("Maths"):
        for part in maths:
            if part.startswith("$"):
                st.latex(part.strip("$"))
            else:
                st.markdown(part)
    with st.expander("Code"):
        st.code("\n\n".join(map(source_of, code)), language="python")
