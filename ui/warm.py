"""What the server reads before the first visitor comes, so that the first page paints at once."""

import logging

from ui import packed, served
from ui.catalogue import catalogue
from ui.link import View
from ui.pad_data import pad_data


def first_page() -> None:
    """Fill the caches that the first page and its pad draw on. What cannot be read is left for the page to say."""
    found = catalogue()
    for problem in found.problems:
        logging.getLogger(__name__).warning(problem)
    for name in packed.first_files():
        packed.pack(name)
    for entry in list(found.runs.values())[:1]:
        pad_data(entry, View())
        served.images_problem(entry)
        for part in ("decoder", "codes", "encoder"):
            served.packed_tensors(entry, part)
