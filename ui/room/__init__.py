"""Rooms: students follow the teacher's page, model, sliders and point, and answer questions.

Mounted once by the frame. What moves goes from browser to browser through ui/room/routes.py and reruns nothing.
"""

from ui import link, roles, served
from ui.argument import link as argument
from ui.component import register
from ui.normal_map import view as normal_map
from ui.paths import view as paths
from ui.teaching import held
from ui.training import visit as training

# What components hold of a link: a follower's take it over from the teacher's, and no page has to be run for it.
_LARGE = ("z", "window", "layers", "depth")  # the rest of that page's view is for the server to compute
_TRAIN = ("compare", "step", "by")
LIVE = (
    *(param.name for param in (*link.PARAMS, *paths.PARAMS, *normal_map.PARAMS)),
    *(param.name for param in argument.PARAMS if param.field in _LARGE),
    *(param.name for param in training.PARAMS if param.field in _TRAIN),
)
MODELS = (link.MODEL, argument.MODEL, paths.MODEL)

_mount = register("vae_lab_room", "room/static/main.js", "The class room")


def room() -> None:
    """The room's button in the header of the page that is shown."""
    data = {"assets": served.asset_base(), "live": list(LIVE), "models": list(MODELS)}
    _mount(key="room", data=[data | {"teach": roles.may("teach"), "present": bool(held.now().present)}])
