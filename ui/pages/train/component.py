"""The component of the page Train: the live view of runs, which polls the server and reruns nothing."""

from collections.abc import Callable, Sequence
from typing import Any

from ui.components import web_files
from ui.components.register import register
from ui.pages.train import url
from ui.pages.train.url import View

_component = register("vae_lab_train", "train/main.js", "The live view", tall=True)


def mount(data: dict[str, Any], key: str, on_view: Callable[[], None], on_act: Callable[[], None]) -> None:
    """Mount the live view on `data`.

    Before the page's script runs, `on_view` is called when the visitor has settled on another run, comparison or
    snapshot, `on_act` when a button asks something of a run.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    _component(key=key, data=[data], on_view_change=on_view, on_act_change=on_act)


def data(
    view: View, turn: int = 0, problem: str = "", refused: Sequence[str] = (), undo: dict[str, str] | None = None
) -> dict[str, Any]:
    """Build the component's `data` with the view to show, anew when `turn` grows.

    `problem` says why the last button could not do what it was asked, `refused` names the buttons that this visitor may
    not use, `undo` has `id` and `title` of the run that was deleted last.
    """
    return {
        "assets": web_files.asset_base(),
        "charts": web_files.plotly_address(),
        "fields": url.describe(),
        "view": {"run": view.run, "compare": list(view.compare), "step": view.step, "by": view.by, "turn": turn},
        "problem": problem,
        "refused": list(refused),
        "undo": undo,
    }
