"""The normal map as a Streamlit component: z on the left, x = f(z) on the right, all computed in the browser."""

from collections.abc import Callable
from typing import Any

from ui.components.register import register

_mount = register("vae_lab_anything_from_a_normal", "anything_from_a_normal/main.js", "The normal map")


def normal_map(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> dict[str, Any] | None:
    """The map on `data`; gives the view that the visitor last settled on, or None before the first.

    `on_view` runs before the page's script when the map has settled on another view.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    return _mount(key=key, data=[data], on_view_change=on_view).view
