"""The latent pad as a Streamlit component: registered once, mounted by one typed function."""

from collections.abc import Callable
from typing import Any

from ui.components.register import register

_mount = register("vae_lab_latent_map", "latent_map/main.js", "The latent map")


def latent_pad(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> dict[str, Any] | None:
    """The pad on `data`; gives the view that the visitor last settled on, or None before the first.

    `on_view` runs before the page's script when the pad has settled on another view.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    return _mount(key=key, data=[data], on_view_change=on_view).view
