"""The component of the header's tools. The frame (ui/server/frame.py) mounts it once on every page."""

from ui.components import web_files
from ui.components.register import register
from ui.lessons import navigation
from ui.pages.train import own_runs
from ui.server.local_network import class_address

_component = register("vae_lab_header", "header/main.js", "The tools of the header")


def header() -> None:
    """Mount the tools of the header.

    `base` is the address by which others open the app, empty where it is that of this browser.
    """
    data = {
        "assets": web_files.asset_base(),
        "base": class_address(""),
        "submissions": own_runs.submissions(),
        "lessons": navigation.progress(),
    }
    _component(key="header", data=[data])
