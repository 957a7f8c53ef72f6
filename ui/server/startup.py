"""What the server does before the first visitor comes: configuration, open files, and the caches of the first page."""

import contextlib
import logging
import re
import resource

from ui.pages.latent_map import component
from ui.pages.latent_map.url import View
from ui.runs import assets
from ui.runs.catalogue import catalogue
from ui.server import responses, streamlit_probe
from ui.server.streamlit_probe import HOSTS

_FILES = 65_536  # each page that is open takes a few


def require_hosts() -> None:
    """Read the names of this server as people write them, with commas or blanks between them, as addresses or alone.

    Raises ValueError where there are none: .streamlit/config.toml, which Streamlit reads from the folder in which it is
    started, is not in force. Any name would do as this server's then, and an upload could have eight times the size.
    """
    written = [part for entry in streamlit_probe.allowed_hosts() for part in re.split(r"[\s,;]+", entry) if part]
    if not written:
        raise ValueError(
            f"{HOSTS} is empty, expected the names of this server: start VAE Lab in its own folder, where "
            ".streamlit/config.toml is, or set STREAMLIT_SERVER_ALLOWED_HOSTS"
        )
    streamlit_probe.set_allowed_hosts([_name(part) for part in written])


def _name(written: str) -> str:
    """ "lab.example.edu" of that, of "https://lab.example.edu/teach/" or of "lab.example.edu:8501"."""
    host = written.rpartition("://")[2].partition("/")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]  # an address of IPv6 has several


def raise_open_files() -> int:
    """Let this process open as many files as the system lets it, at most 65,536; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def warm_first_page() -> None:
    """Fill the caches of the first page and its map, so that it paints at once.

    What cannot be read is logged, and left for the page to say.
    """
    found = catalogue()
    for problem in found.problems:
        logging.getLogger(__name__).warning(problem)
    for name in responses.first_static_files():
        responses.packed_static(name)
    for entry in list(found.runs.values())[:1]:
        component.data(entry, View())
        assets.images_problem(entry)
        for part in ("decoder", "codes", "encoder"):
            assets.packed_tensors(entry, part)
