"""The component of the page Paths: stops, three ways between them, their pictures and their numbers."""

from collections.abc import Callable
from typing import Any

from ui.components.register import register

_mount = register("vae_lab_paths", "paths/main.js", "The page")


def path_view(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> None:
    """The component on `data`; `on_view` runs before the page's script when it has settled on another view."""
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    _mount(key=key, data=[data], on_view_change=on_view)
