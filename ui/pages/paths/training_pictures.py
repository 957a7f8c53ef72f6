"""The training pictures that frames are compared with: what is missing on this server, and how to get it."""

import logging
import time
from typing import Any

from ui.runs import assets
from ui.runs.catalogue import Entry
from ui.server import permissions
from vae_core import data

_LOG = logging.getLogger("vae_lab.paths")
_WAIT_SECONDS = 60.0  # before a download that failed is tried again
_failed: dict[str, float] = {}  # name of the data set -> when its download failed last


def missing(entry: Entry) -> dict[str, Any] | None:
    """Say what the comparison needs where the run's training pictures are not on this server; None where they are.

    `words` is one sentence, `megabytes` the size of the download, `download` whether this visitor may start it.
    """
    name = entry.run.config.data.name
    megabytes = data.missing_megabytes(name, "train")
    if not megabytes:
        return None
    words = f"Two more rows need the training pictures of {assets.data_title(entry)}, which are not on this server."
    return {"words": words, "megabytes": megabytes, "download": permissions.may("train")}


def download(entry: Entry) -> None:
    """Download what is missing. Raises ValueError with one sentence for the visitor; the log says more."""
    name = entry.run.config.data.name
    problem = "The download did not succeed: the server could not reach the data set. Try again in a minute."
    if time.monotonic() - _failed.get(name, -_WAIT_SECONDS) < _WAIT_SECONDS:
        raise ValueError(problem)
    try:
        data.fetch(name, "train")
    except (ValueError, OSError) as error:
        _failed[name] = time.monotonic()
        _LOG.warning("training pictures of %s: %s", name, error)
        raise ValueError(problem) from None
    assets.forget_failure(name, "train")
