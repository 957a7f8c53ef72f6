"""`python -m vae_core jobs RUNS_DIR`: look after the queue of a folder of runs, in place of the web servers."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from vae_core import owner

_EVERY = 1.0  # seconds


def add(parser: argparse.ArgumentParser) -> None:
    """Give the parser its flags."""
    parser.add_argument("path", type=Path, metavar="RUNS_DIR", help="the folder in which runs are queued")
    parser.set_defaults(run=run, json=False)


def run(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Start what may start until SIGTERM or Ctrl+C; trainers go on without it. Waits while another process does."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    said = None
    while not over.is_set():
        try:
            mine = owner.tend(options.path)
            words = "looking after the queue" if mine else "another process looks after the queue: waiting"
        except Exception as error:  # whatever it is, the next turn may do better
            words = f"the queue could not be looked after: {error}"
        if words != said:
            print(f"vae_core jobs: {words}", file=sys.stderr, flush=True)
            said = words
        over.wait(_EVERY)
    owner.release(options.path)
    return {}
