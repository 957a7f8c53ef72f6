"""What the server reads before the first visitor comes, so that the first page paints at once."""

import logging

from ui.pages.latent_map.component_data import pad_data
from ui.pages.latent_map.url import View
from ui.runs import assets
from ui.runs.catalogue import catalogue
from ui.server import static_gzip


def warm_first_page() -> None:
    """Fill the caches that the first page and its pad draw on. What cannot be read is left for the page to say."""
    found = catalogue()
    for problem in found.problems:
        logging.getLogger(__name__).warning(problem)
    for name in static_gzip.first_files():
        static_gzip.pack(name)
    for entry in list(found.runs.values())[:1]:
        pad_data(entry, View())
        assets.images_problem(entry)
        for part in ("decoder", "codes", "encoder"):
            assets.packed_tensors(entry, part)
