"""Rooms: students follow the teacher's page, model, sliders and point, and answer questions.

Mounted once by the frame. What moves goes from browser to browser through ui/classroom/routes.py and reruns nothing.
"""

from ui.components import web_files
from ui.components.register import register
from ui.pages.anything_from_a_normal import url as normal_map
from ui.pages.latent_map import url as latent_map
from ui.pages.paths import url as paths
from ui.pages.train import url as train
from ui.pages.where_p_is_large import url as where_p
from ui.server import permissions
from ui.url_state import locks

_FIELDS = (*latent_map.FIELDS, *paths.FIELDS, *normal_map.FIELDS, *where_p.FIELDS, *train.FIELDS)
# Names of a link that a follower's components take over from the teacher's, so that no page has to be run for them.
LIVE = tuple(field.name for field in _FIELDS if not field.rerun)
MODELS = (latent_map.MODEL, where_p.MODEL, paths.MODEL)

_component = register("vae_lab_room", "classroom/room.js", "The class room")


def room() -> None:
    """The room's button in the header of the page that is shown."""
    data = {"assets": web_files.asset_base(), "live": list(LIVE), "models": list(MODELS)}
    _component(
        key="room", data=[data | {"teach": permissions.may("teach"), "present": bool(locks.current_locks().present)}]
    )
