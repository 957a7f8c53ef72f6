"""Prepare the server before its first visitor: check the configuration, allow many open files, fill caches."""

import contextlib
import logging
import re
import resource

from ui.pages.latent_map import component
from ui.pages.latent_map.url import View
from ui.runs import assets
from ui.runs.catalogue import catalogue
from ui.server import responses, streamlit_private
from ui.server.streamlit_private import HOSTS

_FILES = 65_536  # an open page uses a few


def require_hosts() -> None:
    """Normalise the allowed names of this server: names or addresses, separated by commas or blanks.

    Raises ValueError if there are none, or if .streamlit/config.toml, which Streamlit reads from its working directory,
    was not read: an upload could be eight times as large, and a page would show what went wrong inside.
    """
    if not streamlit_private.is_configured():
        raise ValueError(
            "the settings of VAE Lab were not read: start it in its own folder, where .streamlit/config.toml is"
        )
    written = [part for entry in streamlit_private.allowed_hosts() for part in re.split(r"[\s,;]+", entry) if part]
    if not written:
        raise ValueError(
            f"{HOSTS} is empty, expected the names of this server: set STREAMLIT_SERVER_ALLOWED_HOSTS to them, or "
            "leave it to .streamlit/config.toml"
        )
    streamlit_private.set_allowed_hosts([_name(part) for part in written])


def _name(written: str) -> str:
    """Return the host "lab.example.edu" from "lab.example.edu:8501" or "https://lab.example.edu/teach/"."""
    host = written.rpartition("://")[2].partition("/")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]  # an IPv6 address has several colons


def raise_open_files() -> int:
    """Raise the limit of open files as far as the system allows, at most 65,536; returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def warm_first_page() -> None:
    """Fill the caches of the first page and its map, so that it appears fast.

    Runs that cannot be read are logged here and reported by the page.
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
