"""The server's part in the queue: now and then it starts what may start and takes up again what was interrupted."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from ui.pages.train import queue, runs
from vae_core.jobs import leader

_EVERY = 2.0  # seconds

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """While this lasts the queue moves; an error in one beat is logged and the next one comes all the same."""
    task = asyncio.create_task(_beat())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        leader.release(runs.root())


async def _beat() -> None:
    said = ""
    while True:
        try:
            await run_in_threadpool(queue.move)
            said = ""
        except Exception as error:  # whatever it is, the pages must go on and the next beat may do better
            if str(error) != said:
                said = str(error)
                _log.warning("The queue of trainings could not be looked after: %s", error)
        await asyncio.sleep(_EVERY)
