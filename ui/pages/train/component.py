"""The live view of runs as a Streamlit component: it asks for news by itself, so that the server reruns nothing."""

from collections.abc import Callable
from typing import Any

from ui.components.register import register

_mount = register("vae_lab_train", "train/main.js", "The live view")


def live_run(data: dict[str, Any], key: str, on_view: Callable[[], None], on_act: Callable[[], None]) -> None:
    """The live view on `data`.

    Before the page's script runs, `on_view` is called when the visitor has settled on another run, comparison or
    moment, `on_act` when a button asks something of a run.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    _mount(key=key, data=[data], on_view_change=on_view, on_act_change=on_act)
