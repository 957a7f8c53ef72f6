"""The dialog "Link for a class": what is hidden and locked, the link, and its QR code for a lecture hall."""

import streamlit as st

from ui.classroom.class_link import address, is_local_address, qr_code, with_locks
from ui.classroom.lockable import PAGES
from ui.components import web_files
from ui.components.register import register
from ui.url_state import locks

_mount = register("vae_lab_class_link", "classroom/share.js", "The QR code")
_HIDE, _LOCK, _PRESENT = "class_hide", "class_lock", "class_present"
_WORDS = (
    "Whoever opens this link sees the page as it is now. It keeps nothing from anyone: a student can change the link."
)


def button(place: st.delta_generator.DeltaGenerator, page: str) -> None:
    """The small button that opens the dialog."""
    if place.button("Link for a class", key="class_link", type="tertiary", icon=":material/qr_code_2:"):
        _dialog(page)


@st.dialog("Link for a class", width="large")
def _dialog(page: str) -> None:
    now, controls = locks.current_locks(), PAGES.get(page, ())
    words = {control.name: control.words for control in controls}
    st.markdown(_WORDS)
    hidden = _choice("Hidden", list(words), words, now.hidden, _HIDE)
    locked = _choice("Shown, but locked", [c.name for c in controls if c.operable], words, now.locked, _LOCK)
    present = st.checkbox(
        "Presenter mode: large type, one panel at a time. Page Up and Page Down turn, Escape leaves.",
        value=bool(now.present),
        key=_PRESENT,
    )
    base = st.context.url or ""
    link = address(base, page, with_locks(st.query_params.to_dict(), hidden, locked, present))
    if is_local_address(base):
        st.info("This address is open on this machine only. The class needs one that the server has in the network.")
    try:
        side, path = qr_code(link)
    except ValueError as error:
        side, path = 0, ""
        st.warning(f"There is no QR code: {error}.")
    _mount(key="class_qr", data=[{"assets": web_files.asset_base(), "link": link, "side": side, "path": path}])


def _choice(title: str, names: list[str], words: dict[str, str], chosen: tuple[str, ...], key: str) -> list[str]:
    if not names:
        return []
    return st.pills(title, names, selection_mode="multi", default=chosen, format_func=words.get, key=key)
