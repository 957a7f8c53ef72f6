"""Rooms: students follow the teacher's page, model, sliders and point, and answer questions.

Mounted once by the frame. What moves goes from browser to browser through ui/classroom/routes.py and reruns nothing.
"""

from ui.components import web_files
from ui.components.register import register
from ui.pages.anything_from_a_normal import url as normal_map
from ui.pages.paths import url as paths
from ui.pages.train import page_state as training
from ui.pages.where_p_is_large import url as argument
from ui.server import permissions
from ui.url_state import locks, schema

# What components hold of a link: a follower's take it over from the teacher's, and no page has to be run for it.
_LARGE = ("z", "window", "layers", "depth")  # the rest of that page's view is for the server to compute
_TRAIN = ("compare", "step", "by")
LIVE = (
    *(param.name for param in (*schema.PARAMS, *paths.PARAMS, *normal_map.PARAMS)),
    *(param.name for param in argument.PARAMS if param.field in _LARGE),
    *(param.name for param in training.PARAMS if param.field in _TRAIN),
)
MODELS = (schema.MODEL, argument.MODEL, paths.MODEL)

_mount = register("vae_lab_room", "classroom/room.js", "The class room")


def room() -> None:
    """The room's button in the header of the page that is shown."""
    data = {"assets": web_files.asset_base(), "live": list(LIVE), "models": list(MODELS)}
    _mount(key="room", data=[data | {"teach": permissions.may("teach"), "present": bool(locks.now().present)}])
