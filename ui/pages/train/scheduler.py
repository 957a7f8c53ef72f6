"""Start queued trainings from this server; vae_core/jobs/leader.py says who else does.

Where $VAE_LAB_JOBS is "elsewhere" this server starts none: `python -m vae_core jobs` does.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from ui.pages.train import runs
from vae_core.jobs import launcher, leader

ELSEWHERE_VARIABLE = "VAE_LAB_JOBS"
_INTERVAL_SECONDS = 2.0

_log = logging.getLogger(__name__)


def schedule() -> None:
    """Start the trainings that may start, unless another process has the lease; that one does it within seconds."""
    if os.environ.get(ELSEWHERE_VARIABLE) != "elsewhere":
        leader.lead_and_schedule(runs.runs_root())


def prepare() -> None:
    """Have a trainer ready to start at once, where this server starts trainings."""
    if os.environ.get(ELSEWHERE_VARIABLE) != "elsewhere":
        launcher.prepare()


@contextlib.asynccontextmanager
async def scheduling() -> AsyncIterator[None]:
    """Call `schedule` every few seconds while the context lasts, then release the lease. Errors are logged once."""
    task = asyncio.create_task(_schedule_repeatedly())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        leader.release(runs.runs_root())
        launcher.stop_preparing()


async def _schedule_repeatedly() -> None:
    logged = ""
    while True:
        try:
            await run_in_threadpool(schedule)
            logged = ""
        except Exception as error:  # any error: the pages must go on, and the next call may succeed
            if str(error) != logged:
                logged = str(error)
                _log.warning("The queue of trainings could not be scheduled: %s", error)
        await asyncio.sleep(_INTERVAL_SECONDS)
