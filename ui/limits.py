"""What the server needs of the machine and of its configuration, looked at before the first visitor comes."""

import contextlib
import resource

from streamlit import config

_FILES = 65_536  # each page that is open takes a few


def require_configuration() -> None:
    """Raises ValueError where .streamlit/config.toml of this folder is not in force, as when started from elsewhere.

    Streamlit reads it from the folder in which it is started. Without it any name would do as this server's, and
    uploads would have ten times the size.
    """
    if not config.get_option("server.allowedHosts"):
        raise ValueError(
            "server.allowedHosts is empty, expected the names of this server: start VAE Lab in its own folder, where "
            ".streamlit/config.toml is, or set STREAMLIT_SERVER_ALLOWED_HOSTS"
        )


def raise_open_files() -> int:
    """Let this process open as many files as the system lets it, at most 65,536; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
