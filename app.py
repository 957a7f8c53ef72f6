"""The ASGI application around ui/server/frame.py, for `streamlit run app.py` or `uvicorn app:app`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from ui.pages.train import scheduler
from ui.server import request_log, shutdown, startup
from ui.server.access import AccessControl
from ui.server.connection_limit import ConnectionLimit
from ui.server.deployment import current_deployment
from ui.server.local_network import LocalNetwork
from ui.server.message_limit import limit_messages
from ui.server.request_log import RequestLog
from ui.server.responses import PackedStatic, SafeHeaders, WithoutScript
from ui.server.routes import ROUTES
from ui.server.upload_limit import UploadLimit
from ui.server.user_cookie import UserCookie


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Read what the first page needs, keep the garbage collector off all that never changes, look after the queue.

    Raises ValueError, and the server does not start, when $VAE_LAB_SERVING, $VAE_LAB_GRACE or Streamlit's configuration
    cannot be used.
    """
    current_deployment()
    startup.require_hosts()
    files = startup.raise_open_files()
    limit_messages()
    request_log.start_logging()
    await run_in_threadpool(startup.warm_first_page)
    gc.collect()
    gc.freeze()
    async with scheduler.scheduling(), shutdown.graceful_shutdown(request_log.notify_all):
        request_log.event("ready", files=files)
        yield
    request_log.event("stopped")


app = st.App(
    Path(__file__).resolve().parent / "ui" / "server" / "frame.py",
    lifespan=lifespan,
    routes=ROUTES,
    middleware=[
        Middleware(layer)
        for layer in (
            *(SafeHeaders, RequestLog, LocalNetwork, AccessControl, ConnectionLimit),
            *(UserCookie, UploadLimit, PackedStatic, WithoutScript),
        )
    ],
)

if __name__ == "__main__":
    app.run()
