"""The session state of "Other families"; `ui.url_state.sync` keeps it in step with the link."""

from dataclasses import dataclass

from ui.pages.other_families import url
from ui.pages.other_families.url import View
from ui.url_state import sync

COMPONENT, _VISIT = "families_component", "families_visit"


@dataclass
class PageState:
    """The view shown now, with what `ui.url_state.sync.PageState` says, and the sentences to show."""

    view: View
    given: View
    link: dict[str, str]
    problems: list[str]
    turn: int = 0


def current() -> PageState:
    """This session's visit, taken from the link when the link says something new."""
    here, begun = sync.current_state(_VISIT, COMPONENT, _from_link)
    if begun:
        sync.write_query(here, url.write(here.view))
    return here


def settled() -> None:
    """The component settled on another view: keep it and write it into the link."""
    here = sync.take_settled(_VISIT, COMPONENT, lambda here, state: url.from_component(state))
    if here is not None:
        sync.write_query(here, url.write(here.view))


def _from_link() -> PageState:
    shown, problems = url.read(sync.read_query())
    return PageState(shown, shown, sync.read_query(), problems)
