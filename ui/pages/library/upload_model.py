"""Bringing a model: the chooser, what is in the file, and taking it in."""

from typing import Any

import streamlit as st

from ui import guide
from ui.pages.library import actions, formatting
from ui.pages.library.combine_files import combine
from ui.runs import model_card
from ui.server import upload_limit, user_cookie
from vae_core.io import disk_space
from vae_core.models.architectures import parameter_count
from vae_core.uploads import import_model
from vae_core.uploads.read_model import UNKNOWN
from vae_core.uploads.sandbox import MOST_UPLOAD, UploadError

_FILE, _READ = "lib_model_file", "lib_model_read"
_HINT = (
    f"A zip of up to {MOST_UPLOAD >> 20} MB: a run folder from here or from another machine, or a decoder as "
    "safetensors, with an encoder if there is one, and a manifest.json that says which of our architectures it is. "
    "The guide shows both, and how a PyTorch model of any kind becomes a run folder on your own machine. "
    "Pickled files (.pt, .pkl) are never opened."
)


def bring_model() -> None:
    """The chooser and, once a file is there, what it holds."""
    file = st.file_uploader("A model as a zip", type=["zip"], key=f"{_FILE}_{actions.turn()}")
    if upload_limit.lost(f"{_FILE}_{actions.turn()}"):
        st.warning(upload_limit.LOST)
    upload_limit.forget_all_but({file.file_id} if file else set())
    if file is None:
        st.session_state.pop(_READ, None)
        formatting.small(_HINT)
        guide.button("How to bring a model of your own", "own-models")
        return
    found = _read(file)
    if isinstance(found, str):
        st.error(model_card.plain(f"{file.name} cannot be used: {found}."))
        return
    model = found.config.model
    st.markdown(f"**{model_card.plain(found.title)}**")
    shape = f"{model.image_shape[2]} × {model.image_shape[1]}, {'colour' if model.image_shape[0] == 3 else 'grey'}"
    facts = [
        f"Pictures of {shape}; {model.latent_dim} latents; {parameter_count(model):,} parameters; {model.likelihood}.",
        *_what_is_shown(found),
    ]
    st.markdown("\n".join(f"- {model_card.plain(fact)}" for fact in facts))
    if st.button("Import", type="primary", key="lib_take_in"):
        with st.spinner("Measuring it"):
            actions.take_in(found)


def _what_is_shown(found: import_model.ModelDraft) -> list[str]:
    if not found.encoded:
        return ["The file has no encoder. The points will be draws from the prior, and no ELBO is shown."]
    if found.config.data.name == UNKNOWN:
        shown = "Its data are not on this server. So its test pictures cannot be shown, and no ELBO is shown."
    else:
        shown = "It will be measured on test pictures of its data, which are on this server."
    return ["The file has an encoder.", shown]


def _read(file: Any) -> import_model.ModelDraft | str:
    """What is in the file, read once; a sentence when it cannot be used."""
    held = st.session_state.get(_READ)
    gone = held and isinstance(held[1], import_model.ModelDraft) and not held[1].path.is_dir()
    if held is None or held[0] != file.file_id or gone:
        with st.spinner("Reading and checking the file"):
            held = st.session_state[_READ] = (file.file_id, _looked_at(file))
    return held[1]


def _looked_at(file: Any) -> import_model.ModelDraft | str:
    try:
        with combine([file]) as upload:
            return import_model.read_draft(upload, user_cookie.current_user())
    except (UploadError, OSError) as error:
        return disk_space.reason(error)
