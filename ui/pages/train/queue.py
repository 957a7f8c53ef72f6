"""This server's part in the queue: it moves it on where no other process does, and none where $VAE_LAB_JOBS says so."""

import os

from ui.pages.train import runs
from vae_core.jobs import leader

ELSEWHERE_VARIABLE = "VAE_LAB_JOBS"  # "elsewhere": `python -m vae_core jobs` looks after the queue


def move() -> None:
    """Start what may start, if that is this process's to do; else its owner does it within seconds."""
    if os.environ.get(ELSEWHERE_VARIABLE) != "elsewhere":
        leader.tend(runs.root())
