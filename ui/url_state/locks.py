"""What the link hides and locks on the page that is shown: read by the frame, asked for by whatever draws a control."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ui.classroom.lockable import PAGES
from ui.url_state.schema import short

_KEY = "teaching_held"


@dataclass(frozen=True)
class Locks:
    """Names of the controls of one page that a link hides and locks; `present` is the panel shown large, from 1."""

    page: str = ""
    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    present: int = 0


def read(params: Mapping[str, str], page: str) -> tuple[Locks, list[str]]:
    """What a link to `page` holds, and a sentence for each entry that cannot be; what is hidden is not also locked."""
    controls = PAGES.get(page, ())
    hidden, problems = _names(params, "hide", [control.name for control in controls])
    locked, more = _names(params, "lock", [control.name for control in controls if control.operable])
    present, wrong = _panel(params.get("present"))
    locked = tuple(name for name in locked if name not in hidden)
    return Locks(page, hidden, locked, present), problems + more + wrong


def _names(params: Mapping[str, str], entry: str, known: list[str]) -> tuple[tuple[str, ...], list[str]]:
    asked = [name for name in params.get(entry, "").split(",") if name]
    wrong = [name for name in asked if name not in known]
    problems = []
    if wrong:
        received, left = short(",".join(wrong)), "it is left out" if len(wrong) == 1 else "they are left out"
        expected = f"some of {', '.join(known)}" if known else "nothing on this page"
        problems.append(f"The link has {entry} = {received}, expected {expected}: {left}.")
    return tuple(name for name in known if name in asked), problems


def _panel(text: str | None) -> tuple[int, list[str]]:
    if text is None:
        return 0, []
    if text.isascii() and text.isdecimal() and len(text) == 1 and text != "0":
        return int(text), []
    return 0, [f"The link has present = {short(text)}, expected the number of a panel, 1 to 9: it is left out."]


def begin(page: str) -> list[str]:
    """Read the link for the page at this address, once in each run of the frame; gives the sentences to show."""
    st.session_state[_KEY], problems = read(st.query_params.to_dict(), page)
    return problems


def hides_pages() -> bool:
    """Whether the list of pages is hidden, which is known before the page."""
    return "pages" in st.query_params.get("hide", "").split(",")


def current_locks() -> Locks:
    return st.session_state.get(_KEY, Locks())


def is_hidden(name: str) -> bool:
    """Whether the control is not to be drawn."""
    return name in current_locks().hidden


def is_locked(name: str) -> bool:
    """Whether the control is to be drawn, but not to be operated."""
    return name in current_locks().locked


def for_component(held: Locks) -> dict[str, list[list[str]]]:
    """Where a component finds what it hides and locks, each with its name for people."""
    found = {control.name: [control.where, control.words] for control in PAGES.get(held.page, ()) if control.where}
    return {
        "hidden": [found[name] for name in held.hidden if name in found],
        "locked": [found[name] for name in held.locked if name in found],
    }
