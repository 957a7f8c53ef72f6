"""The component of rooms: students follow the teacher's page, model, sliders and point, and answer questions.

The frame (ui/server/frame.py) mounts it once. Views go from browser to browser through ui/classroom/routes.py,
without a rerun of the page.
"""

from ui.components import web_files
from ui.components.register import register
from ui.lessons.lesson import Ask
from ui.pages.anything_from_a_normal import url as normal_map
from ui.pages.latent_map import url as latent_map
from ui.pages.other_families import url as families
from ui.pages.paths import url as paths
from ui.pages.train import url as train
from ui.pages.where_p_is_large import url as where_p
from ui.server import permissions

_FIELDS = (
    *latent_map.FIELDS,
    *paths.FIELDS,
    *normal_map.FIELDS,
    *where_p.FIELDS,
    *where_p.DARTS,
    *train.FIELDS,
    *families.FIELDS,
)
# Fields of a link that a follower's components take from the teacher's components, without a rerun of the page.
LIVE = tuple(field.name for field in _FIELDS if not field.rerun)
MODELS = (latent_map.MODEL, where_p.MODEL, paths.MODEL)

_component = register("vae_lab_room", "classroom/room.js", "The class room")


def room(asked: Ask | None = None) -> None:
    """Mount the room's button in the header of the current page; who leads may ask the class what a lesson asks."""
    lesson = asked and asked.question and {"text": asked.question, "choices": [each.text for each in asked.choices]}
    data = {
        "assets": web_files.asset_base(),
        "live": list(LIVE),
        "models": list(MODELS),
        "teach": permissions.may("teach"),
        "lesson": lesson or None,
    }
    _component(key="room", data=[data])
