"""The front door: an ASGI application around ui/frame.py, for `streamlit run app.py` or `uvicorn app:app`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from ui import journal, leaving, startup, warm
from ui.gate import Gate
from ui.headers import SafeHeaders
from ui.journal import Journal
from ui.packed import PackedStatic
from ui.routes import ROUTES
from ui.serving import serving
from ui.training import heart
from ui.upload_limit import UploadLimit
from ui.visitor import Visitors


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Read what the first page needs, keep the garbage collector off all that never changes, look after the queue.

    Raises ValueError, and the server does not start, when $VAE_LAB_SERVING, $VAE_LAB_GRACE or Streamlit's configuration
    cannot be used.
    """
    serving()
    startup.require_hosts()
    files = startup.raise_open_files()
    journal.begin()
    await run_in_threadpool(warm.first_page)
    gc.collect()
    gc.freeze()
    async with heart.beating(), leaving.orderly(journal.tell_all):
        journal.event("ready", files=files)
        yield
    journal.event("stopped")


app = st.App(
    Path(__file__).resolve().parent / "ui" / "frame.py",
    lifespan=lifespan,
    routes=ROUTES,
    middleware=[Middleware(layer) for layer in (SafeHeaders, Journal, Gate, Visitors, UploadLimit, PackedStatic)],
)

if __name__ == "__main__":
    app.run()
