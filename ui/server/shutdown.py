"""An orderly end: on SIGTERM no new page is begun, those who are there are told, and then the server stops.

Their browsers ask for the page again by themselves and are given it by another replica, or by this one started anew;
the link and the run folders hold what they had.
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
GRACE_VARIABLE = "VAE_LAB_GRACE"  # seconds between the signal and the end; 0 on a machine of one's own
_MOST_SECONDS = 120.0
_LAST_SECONDS = 10.0  # for what is still being answered; then the process ends whatever it is doing

_begun = False


def is_shutting_down() -> bool:
    """Whether the server is about to stop."""
    return _begun


def grace() -> float:
    """Seconds that visitors have. Raises ValueError for a variable that is no number from 0 to 120."""
    said = os.environ.get(GRACE_VARIABLE, "0")
    try:
        seconds = float(said)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"${GRACE_VARIABLE} is {said!r}, expected seconds from 0 to {_MOST_SECONDS:.0f}")
    return seconds


@contextlib.asynccontextmanager
async def graceful_shutdown(tell: Callable[[str], Any]) -> AsyncIterator[None]:
    """While this lasts, SIGTERM lets `tell` say SENTENCE to everyone and is handed on after the grace."""
    seconds, loop = grace(), asyncio.get_running_loop()
    handed_on = signal.getsignal(signal.SIGTERM)
    if seconds == 0 or not callable(handed_on):
        yield
        return

    def begin(number: int, frame: FrameType | None) -> None:
        global _begun
        if _begun:
            handed_on(number, frame)  # asked twice: at once
            return
        _begun = True
        loop.call_soon_threadsafe(tell, SENTENCE)
        loop.call_soon_threadsafe(loop.call_later, seconds, handed_on, number, None)
        last = threading.Timer(seconds + _LAST_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()

    signal.signal(signal.SIGTERM, begin)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handed_on)
