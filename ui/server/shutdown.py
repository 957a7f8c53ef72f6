"""Shut down in order: on SIGTERM refuse new pages, show a sentence on open pages, then stop after a grace period.

The browsers reconnect by themselves, to another replica or to this server after its restart. The link and the run
folders hold the state of a page, so that nothing is lost.
"""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from types import FrameType
from typing import Any

SENTENCE = "This server is being restarted. The page comes back by itself, as it is now."
GRACE_VARIABLE = "VAE_LAB_GRACE"  # seconds between the signal and the end; 0 on a local machine
_MOST_SECONDS = 120.0
_LAST_SECONDS = 10.0  # for requests that are being answered; then the process exits in any case

_begun = False


def is_shutting_down() -> bool:
    """Return whether the server has received SIGTERM."""
    return _begun


def grace() -> float:
    """Read the grace period in seconds. Raises ValueError for a variable that is no number from 0 to 120."""
    said = os.environ.get(GRACE_VARIABLE, "0")
    try:
        seconds = float(said)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"${GRACE_VARIABLE} is {said!r}, expected seconds from 0 to {_MOST_SECONDS:.0f}")
    return seconds


@contextlib.asynccontextmanager
async def graceful_shutdown(notify: Callable[[str], Any]) -> AsyncIterator[None]:
    """Handle SIGTERM in this block: call `notify` with SENTENCE, and the previous handler after the grace period."""
    seconds, loop = grace(), asyncio.get_running_loop()
    previous_handler = signal.getsignal(signal.SIGTERM)
    if seconds == 0 or not callable(previous_handler):
        yield
        return

    def begin(number: int, frame: FrameType | None) -> None:
        global _begun
        if _begun:
            previous_handler(number, frame)  # a second signal: stop at once
            return
        _begun = True
        loop.call_soon_threadsafe(notify, SENTENCE)
        loop.call_soon_threadsafe(loop.call_later, seconds, previous_handler, number, None)
        last = threading.Timer(seconds + _LAST_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()

    signal.signal(signal.SIGTERM, begin)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous_handler)
