"""The link for a class: a view with its hidden and locked controls, its QR code, and the dialog that builds it."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import segno
import streamlit as st

from ui.components import web_files
from ui.components.register import register
from ui.server.local_network import class_address
from ui.server.streamlit_private import DeltaGenerator
from ui.url_state import locks

QUIET = 4  # modules of white around a QR code, as its standard asks
_HIDE, _LOCK, _PRESENT = "class_hide", "class_lock", "class_present"
_WORDS = (
    "Everyone who opens this link sees the page as it is now. This does not protect anything: a student can change the "
    "link and see the rest."
)

ALONE = (
    "This address is open on this machine only. For a class in the same network stop the app and start it with "
    "`make class`: it prints the address that students need."
)

_component = register("vae_lab_class_link", "classroom/share.js", "The QR code")


def address(base: str, page: str, params: Mapping[str, str]) -> str:
    """Build the link to `page` of the app at `base` with these parameters."""
    query = urlencode(params, safe=",:")
    return f"{base.rstrip('/')}/{page}" + (f"?{query}" if query else "")


def with_locks(
    params: Mapping[str, str], hidden: Sequence[str], locked: Sequence[str], present: bool
) -> dict[str, str]:
    """Join the parameters of a view and of a class link. A control that is hidden is not listed as locked."""
    kept = {name: value for name, value in params.items() if name not in ("hide", "lock", "present")}
    locked = [name for name in locked if name not in hidden]
    held = {"hide": ",".join(hidden), "lock": ",".join(locked), "present": "1" if present else ""}
    return kept | {name: value for name, value in held.items() if value}


def qr_code(link: str) -> tuple[int, str]:
    """Draw a QR code: its side in modules, quiet zone included, and its dark modules as SVG path data in that unit.

    Raises ValueError if the link is longer than a QR code can hold, 2,953 bytes.
    """
    try:
        rows = segno.make(link, error="l", micro=False).matrix
    except segno.DataOverflowError:
        raise ValueError(f"the link has {len(link.encode()):,} bytes, expected at most 2,953") from None
    runs = (f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows) + 2 * QUIET, "".join(runs)


def is_local_address(base: str) -> bool:
    """Return whether an address can be opened on this machine only."""
    host = base.partition("://")[2].partition("/")[0].rpartition("@")[2]
    name = host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return name in ("localhost", "::1") or name.startswith("127.")


def button(place: DeltaGenerator, page: str) -> None:
    """Draw the small button that opens the dialog."""
    if place.button("Link for a class", key="class_link", type="tertiary", icon=":material/qr_code_2:"):
        _dialog(page)


@st.dialog("Link for a class", width="large")
def _dialog(page: str) -> None:
    now, controls = locks.current_locks(), locks.CONTROLS.get(page, ())
    words = {control.name: control.words for control in controls}
    st.markdown(_WORDS)
    hidden = _choice("Hidden", list(words), words, now.hidden, _HIDE)
    locked = _choice("Shown, but locked", [c.name for c in controls if c.operable], words, now.locked, _LOCK)
    present = st.checkbox(
        "Presenter mode: large type, one panel at a time. Page Up and Page Down turn, Escape leaves.",
        value=bool(now.present),
        key=_PRESENT,
    )
    base = class_address(st.context.url or "")
    link = address(base, page, with_locks(st.query_params.to_dict(), hidden, locked, present))
    if is_local_address(base):
        st.info(ALONE)
    try:
        side, path = qr_code(link)
    except ValueError as error:
        side, path = 0, ""
        st.warning(f"There is no QR code: {error}.")
    _component(key="class_qr", data=[{"assets": web_files.asset_base(), "link": link, "side": side, "path": path}])


def _choice(title: str, names: list[str], words: dict[str, str], chosen: tuple[str, ...], key: str) -> list[str]:
    if not names:
        return []
    return st.pills(title, names, selection_mode="multi", default=chosen, format_func=words.get, key=key)
