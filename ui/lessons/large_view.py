"""What the page "Where p(x|z) is large" shows, read from its link: the model, the x and the view."""

from ui.argument import link
from ui.argument.chosen import Chosen, choose, two_latents
from ui.argument.link import View
from ui.catalogue import recent_catalogue
from ui.pad_data import bounds_of


def chosen_in(params: dict[str, str]) -> tuple[Chosen, View]:
    """The model with its x, and the view. Raises ValueError if they cannot be read."""
    runs = two_latents(recent_catalogue().runs)
    if not runs:
        raise ValueError("there is no model with two latents here")
    entry = runs[link.read_choice(params, link.MODEL, list(runs))[0]]
    gaussian = entry.run.config.model.likelihood == "gaussian"
    view = link.read_view(params, bounds_of(entry), gaussian)[0]
    return choose(entry, view.x, view.drawing, view.seed), view
