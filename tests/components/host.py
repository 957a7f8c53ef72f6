"""The app's components on bare pages: its own routes, links and data, in this process, without Streamlit.

A page has the address that it has in the app, and its link is read and written by the app's own code, so a test reads
the same here and there. What Streamlit draws beside a component (title, list of models, warnings) is not here.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.components import pages
from ui.components.register import script
from ui.components.web_files import WEB
from ui.server.routes import ROUTES
from ui.url_state import locks
from ui.url_state.sync import EVERYWHERE

Link = dict[str, str]
_HERE = Path(__file__).parent


def _page(request: Request) -> Response:
    """The bare page of a component; what it shows is asked for by host.js."""
    style = (WEB / "standalone" / "main.css").read_text(encoding="utf-8")
    html = (_HERE / "host.html").read_text(encoding="utf-8").replace("/* style */", style)
    return HTMLResponse(html)


def _module(request: Request) -> Response:
    if request.path_params["file"] == "host.js":
        source = (_HERE / "host.js").read_text(encoding="utf-8")
    else:
        page = pages.PAGES[request.query_params["page"]]
        source = script(page.module, page.title)
    return Response(source, media_type="text/javascript")


def _begin(request: Request) -> Response:
    """The link as the app would write it, and the data for the view that it asks for."""
    name, asked = request.path_params["page"], dict(request.query_params)
    turn = int(asked.pop("host_turn"))
    page = pages.PAGES[name]
    link = page.normal(_own(asked))
    return JSONResponse({"link": link | _others(asked), "data": _data(name, asked, link, link, turn)})


async def _settled(request: Request) -> Response:
    """The component settled on another view: the link that this gives, and the data after it."""
    name, sent = request.path_params["page"], await request.json()
    page = pages.PAGES[name]
    link = page.settle(_own(sent["link"]), sent["state"])
    data = await asyncio.to_thread(_data, name, sent["link"], link, _own(sent["given"]), sent["turn"])
    return JSONResponse({"link": link | _others(sent["link"]), "data": data})


def _data(name: str, asked: Link, link: Link, given: Link, turn: int) -> dict[str, Any]:
    shown, _ = locks.read(asked, name)
    return pages.PAGES[name].data(link, given, turn) | {"held": locks.for_component(shown)}


def _own(link: Mapping[str, str]) -> Link:
    return {name: value for name, value in link.items() if name not in EVERYWHERE}


def _others(link: Mapping[str, str]) -> Link:
    return {name: value for name, value in link.items() if name in EVERYWHERE}


HOST_ROUTES = [
    Route("/host/{file}", _module),
    Route("/begin/{page:path}", _begin),
    Route("/settled/{page:path}", _settled, methods=["POST"]),
    *(Route(f"/{name}", _page) for name in pages.PAGES),
]


@contextlib.contextmanager
def hosted() -> Iterator[str]:
    """Serve the bare pages from a thread; gives their address, host:port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # a page may be asked for before the thread serves it
        app = Starlette(routes=[*ROUTES, *HOST_ROUTES])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield "{}:{}".format(*listening.getsockname())
        finally:
            server.should_exit = True
            thread.join()
