"""Bringing data: the chooser, what is in the file and what will be done with it, and Train now."""

from typing import Any

import streamlit as st

from ui.pages.library import actions, example, formatting
from ui.pages.library.combine_files import combine, left_out, source_of, title_of
from ui.pages.library.upload_model import bring_model
from ui.pages.train import cost, runs
from ui.pages.train.datasets import DataSet
from ui.runs import model_card
from ui.server import permissions, upload_limit, user_cookie
from vae_core.data.uploaded import training_count
from vae_core.io import disk_space
from vae_core.readers.schema import SIDES, Choices, Preview
from vae_core.uploads import store
from vae_core.uploads.sandbox import MOST_UPLOAD, UploadError

_FILE, _FOLDER, _AS = "lib_file", "lib_folder", "lib_as"
_READ, _TITLE, _LATENTS = "lib_read", "lib_title", "lib_latents"
_SHOWN, _USUAL = "lib_shown", "lib_usual"  # the last preview of these files, and the columns it left out by itself
_CHOICES: dict[str, Any] = {
    "side": None,
    "fit": "auto",
    "colour": "auto",
    "rows": "auto",
    "scale": "auto",
    "labels": None,
    "marks": "auto",
    "left_out": None,
    "split": "auto",
}
_WAYS = {"file": "A file or pictures", "folder": "A folder", "model": "A model"}
_MOST_CLASSES = 12  # that are listed one by one
_WORDS = {
    "fit": {"auto": "automatic", "crop": "cut out the middle", "pad": "keep the whole"},
    "colour": {"auto": "automatic", "grey": "grey", "colour": "colour"},
    "rows": {"auto": "automatic", "pictures": "a picture", "numbers": "numbers"},
    "scale": {"auto": "automatic", "each": "each its own", "all": "one for all"},
    "marks": {"auto": "automatic", "thousands": "thousands", "decimal": "a decimal mark"},
    "split": {"auto": "as it came", "anew": "a fifth, anew"},
}


def bring() -> None:
    """The chooser and, once a file is there, its preview; a sentence for those who may bring nothing."""
    if refused := permissions.refusal("upload"):
        formatting.small(refused)
        return
    how = st.segmented_control(
        "What to bring", list(_WAYS), format_func=_WAYS.get, default="file", key=_AS, required=True
    )
    if how == "model":
        bring_model()
        return
    files = _chosen(how)
    if upload_limit.lost(f"{_FOLDER if how == 'folder' else _FILE}_{actions.turn()}"):
        st.warning(upload_limit.LOST)
    upload_limit.forget_all_but({file.file_id for file in files})
    if not files:
        st.session_state.pop(_READ, None)
        formatting.small(
            f"Up to {MOST_UPLOAD >> 20} MB, with at least 32 pictures or rows. Each sub-folder becomes a class; in a "
            "table, a column gives the classes. You see the data before the training starts. Everyone on this server "
            "can see your data. Only you can delete them."
        )
        st.download_button(
            f"No data at hand? Save {example.COUNT} small faces (zip) and drop them here",
            example.zip_of_faces,
            example.NAME,
            "application/zip",
            key="lib_example",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
        return
    if said := left_out(files):
        st.warning(said)
    found = _read(files)
    if isinstance(found, str):
        st.error(model_card.plain(f"{source_of(files)} cannot be used: {found}."))
        if "smaller" in found or _choices() != Choices():
            _choice_widgets(st.session_state.get(_SHOWN))
        return
    _preview(found, files)


def _chosen(how: str) -> list[Any]:
    """The files in the chooser."""
    if how == "folder":
        return st.file_uploader(
            "A folder of pictures or arrays; a zip of it is faster",
            accept_multiple_files="directory",
            key=f"{_FOLDER}_{actions.turn()}",
        )
    return st.file_uploader(
        "A zip of pictures, an .npz, .npy or CSV, or pictures themselves",
        accept_multiple_files=True,
        key=f"{_FILE}_{actions.turn()}",
    )


def _choices() -> Choices:
    """What is chosen; all that is usual where a value is none of those that were offered."""
    chosen = {name: st.session_state.get(f"lib_{name}", usual) for name, usual in _CHOICES.items()}
    if chosen["left_out"] == st.session_state.get(_USUAL):  # the widget begins with what is left out anyway
        chosen["left_out"] = None
    try:
        return Choices.from_json(chosen)
    except ValueError:
        return Choices()


def _read(files: list[Any]) -> store.Draft | str:
    """What is in the files, read once for each set of choices; a sentence when they cannot be used."""
    ids = tuple(file.file_id for file in files)
    held = st.session_state.get(_READ)
    if held is None or held[0] != ids:  # other files: the choices are for those before
        for key in (_SHOWN, _USUAL, *(f"lib_{name}" for name in _CHOICES)):
            st.session_state.pop(key, None)
        st.session_state[_TITLE] = title_of(files)
    choices = _choices()
    if held is None or held[:2] != (ids, choices) or (isinstance(held[2], store.Draft) and not held[2].path.is_dir()):
        with st.spinner("Reading and checking the file"):
            found = _looked_at(files, choices)
        held = st.session_state[_READ] = (ids, choices, found)
    return held[2]


def _looked_at(files: list[Any], choices: Choices) -> store.Draft | str:
    try:
        with combine(files) as upload:
            return store.read_draft(upload, choices, user_cookie.current_user())
    except (UploadError, OSError) as error:
        return disk_space.reason(error)


def _preview(draft: store.Draft, files: list[Any]) -> None:
    preview = st.session_state[_SHOWN] = draft.preview
    if _choices().left_out is None:
        st.session_state[_USUAL] = list(preview.left_out)
    picture, facts = st.columns([3, 2], gap="medium")
    with picture:
        kind = "pictures" if preview.kind == "pictures" else "rows, each drawn as a profile"
        sheet = (draft.path / store.SHEET).read_bytes()
        st.image(sheet, width="stretch", alt=f"Some of the {kind} as the model will see them")
        formatting.small(f"Some of the {kind} as the model will see them.")
        _choice_widgets(preview)
        if preview.warnings:
            st.warning("\n\n".join(map(model_card.plain, preview.warnings)))
    with facts:
        st.markdown(f"**{model_card.plain(formatting.amount(preview))}**")
        st.markdown("\n".join(f"- {model_card.plain(said)}" for said in (*preview.found, *preview.done)))
        if preview.classes:
            formatting.small(_classes(preview))
        _start(draft, source_of(files))


def _classes(preview: Preview) -> str:
    pairs = list(zip(preview.classes, preview.per_class, strict=True))
    rest = f" and {len(pairs) - _MOST_CLASSES} more" if len(pairs) > _MOST_CLASSES else ""
    return "Classes: " + ", ".join(f"{name} ({count:,})" for name, count in pairs[:_MOST_CLASSES]) + rest + "."


def _choice_widgets(preview: Preview | None) -> None:
    """What may be chosen of how the data are cleaned; every change is another preview."""
    row = st.container(horizontal=True)
    if preview is not None:
        _guesses(row, preview)
    if preview is not None and (preview.square or preview.kind == "numbers"):
        if preview.square:
            _select(row, "A row is", "rows")
        if preview.kind == "numbers":
            _select(row, "Range of the columns", "scale")
    if preview is None or preview.kind == "pictures":
        row.selectbox(
            "Size",
            [None, *SIDES],
            format_func=lambda side: "automatic" if side is None else f"{side} × {side}",
            key="lib_side",
            width=130,
        )
        _select(row, "Non-square pictures", "fit")
        _select(row, "Colour", "colour")


def _guesses(row: Any, preview: Preview) -> None:
    """What was guessed of the data's meaning, to be changed."""
    if preview.label_columns:
        said = {None: f"automatic: {preview.labels_from or 'none'}", "": "none"}
        options = [None, "", *preview.label_columns]
        row.selectbox(
            "Classes from", options, format_func=lambda name: said.get(name, name), key="lib_labels", width=200
        )
    if preview.may_leave_out:
        chosen = st.session_state.get("lib_left_out") or []
        options = list(dict.fromkeys([*preview.may_leave_out, *preview.left_out, *chosen]))
        row.multiselect("Columns left out", options, default=list(preview.left_out), key="lib_left_out", width=300)
    if preview.marks:
        _select(row, f"The mark in {model_card.plain(preview.marks)}", "marks")
    if preview.parts:
        _select(row, "Held out for testing", "split")


def _select(row: Any, label: str, name: str) -> None:
    row.selectbox(label, list(_WORDS[name]), format_func=_WORDS[name].get, key=f"lib_{name}", width=180)


def _start(draft: store.Draft, source: str) -> None:
    """The title, the size of the latent space, what training will cost, and the two buttons."""
    st.text_input("Title", key=_TITLE, max_chars=60)
    latents = st.segmented_control(
        "Latent dimensions",
        actions.LATENTS,
        default=2,
        key=_LATENTS,
        required=True,
        help="Two can be drawn as a map.",
    )
    config = actions.default_config(draft.preview, "own", latents)
    count = training_count(draft.preview)
    price = cost.estimate(config, DataSet("own", draft.preview.shape, count), runs.measured_speeds())
    formatting.small(f"{price.words()} {config.train.steps:,} steps on {count:,} examples. The test uses the others.")
    row = st.container(horizontal=True)
    title = st.session_state[_TITLE]
    if row.button("Train now", type="primary", key="lib_train", disabled=not permissions.may("train")):
        actions.keep_and_train(draft, title, source, latents)
    row.button("Keep without training", key="lib_keep", on_click=actions.keep, args=(draft, title, source))
