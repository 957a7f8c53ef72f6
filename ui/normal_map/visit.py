"""What one visitor's session remembers of "Anything from a normal"; `ui.visit` keeps it in step with the link."""

from dataclasses import dataclass

from ui import visit
from ui.normal_map import view
from ui.normal_map.view import View

COMPONENT, _VISIT = "normal_component", "normal_visit"


@dataclass
class Visit:
    """The view shown now, with what `ui.visit.Visit` says, and the sentences to show."""

    view: View
    given: View
    link: dict[str, str]
    problems: list[str]
    turn: int = 0


def current() -> Visit:
    """This session's visit, taken from the link when the link says something new."""
    here, begun = visit.current(_VISIT, COMPONENT, _from_link)
    if begun:
        visit.write(here, view.write(here.view))
    return here


def settled() -> None:
    """The component settled on another view: keep it and write it into the link."""
    here = visit.settled(_VISIT, COMPONENT, lambda here, state: view.from_component(state))
    if here is not None:
        visit.write(here, view.write(here.view))


def _from_link() -> Visit:
    shown, problems = view.read(visit.said())
    return Visit(shown, shown, visit.said(), problems)
