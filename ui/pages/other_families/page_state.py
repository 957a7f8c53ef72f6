"""The session state of "Other families"; `ui.url_state.sync` keeps it in step with the link."""

from dataclasses import dataclass, replace

from ui.pages.other_families import url
from ui.pages.other_families.url import View
from ui.runs.catalogue import recent_catalogue
from ui.url_state import carried, schema, sync

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
    if shown.walk_model and shown.walk_model not in recent_catalogue().runs:
        asked = schema.short(shown.walk_model)
        problems = [*problems, f"The link asks for the model {asked}, which is not here: another one is shown."]
        shown = replace(shown, walk_model="")
    choice = carried.chosen()
    if choice and choice.model in recent_catalogue().runs and shown.walk_of == "vae" and not shown.walk_model:
        shown = replace(shown, walk_model=choice.model)
    return PageState(shown, shown, sync.read_query(), problems)
