"""What the page "Where p(x|z) is large" shows, read from its link: the model, the x and the view."""

from ui.pages.where_p_is_large import url
from ui.pages.where_p_is_large.selected_x import Example, select_example, two_latents
from ui.pages.where_p_is_large.url import View
from ui.runs.catalogue import recent_catalogue
from ui.runs.model_facts import bounds_of
from ui.url_state.schema import read_choice


def chosen_in(params: dict[str, str]) -> tuple[Example, View]:
    """The model with its x, and the view. Raises ValueError if they cannot be read."""
    runs = two_latents(recent_catalogue().runs)
    if not runs:
        raise ValueError("there is no model with two latents here")
    entry = runs[read_choice(params, url.MODEL, list(runs))[0]]
    gaussian = entry.run.config.model.likelihood == "gaussian"
    view = url.read_view(params, bounds_of(entry), gaussian)[0]
    return select_example(entry, view.x, view.drawing, view.seed), view
