"""The addresses of the latent map: what is nearest to a picture, the modes of its posterior, and the plane of UMAP."""

import asyncio
import gzip
import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ui.pages.latent_map import umap_jobs
from ui.pages.latent_map.posterior_modes import posterior_modes
from ui.runs.catalogue import Entry, entry_of
from ui.runs.nearest_pictures import nearest_test
from ui.server import responses

_WHO = re.compile(r"[A-Za-z0-9-]{1,40}")
_OTHER_SIZE = "A picture of {} bytes is expected."
_GONE = "No such model, or it has changed: reload the page."
_turn = asyncio.Semaphore(2)  # comparisons at a time; those that wait hold no thread
_search = asyncio.Lock()  # one search for modes at a time


async def nearest_pictures(request: Request) -> Response:
    """For the picture in the body, uint8 [P], the nearest test pictures: a list of `index` and `distance`."""
    entry = _entry(request)
    if entry is None:
        return responses.not_found(_GONE)
    picture = await _picture(request, entry)
    if picture is None:
        return responses.refused(_OTHER_SIZE.format(entry.run.config.model.pixels))
    try:
        async with _turn:
            found = await run_in_threadpool(nearest_test, entry, picture)
    except (ValueError, OSError) as error:
        return responses.not_found(f"The nearest pictures cannot be found: {error}.")
    named = [{"index": index, "distance": distance} for index, distance in found]
    return JSONResponse(named, headers={"Cache-Control": "no-store"})


async def modes(request: Request) -> Response:
    """The modes of p(z|x) for the picture x in the body, uint8 [P], as `posterior_modes` gives them."""
    entry = _entry(request)
    if entry is None:
        return responses.not_found(_GONE)
    picture = await _picture(request, entry)
    if picture is None:
        return responses.refused(_OTHER_SIZE.format(entry.run.config.model.pixels))
    try:
        async with _search:
            if await request.is_disconnected():  # the visitor has gone on to another x
                return Response(status_code=204)
            found = await run_in_threadpool(posterior_modes, entry, picture)
    except (ValueError, OSError) as error:
        return responses.refused(f"The modes of this x cannot be found: {error}.")
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def plane_state(request: Request) -> Response:
    """How far the run's UMAP plane is. By POST with `want` it is begun ("start") or called off ("stop").

    `who` is a name that the page has made up, so that one visitor's "stop" does not end what another one waits for.
    """
    entry, who = _entry(request), request.query_params.get("who", "")
    if entry is None:
        return responses.not_found(_GONE)
    want = request.query_params.get("want", "") if request.method == "POST" else ""
    if not _WHO.fullmatch(who) or (request.method == "POST" and want not in ("start", "stop")):
        return responses.refused("A question about a plane names who asks, and by POST what it wants: start or stop.")
    if want == "stop":
        umap_jobs.cancel(entry, who)
    told = umap_jobs.job_state(entry, who, start=want == "start")
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def plane(request: Request) -> Response:
    """The run's UMAP plane as a safetensors file; `version` changes with it."""
    entry = _entry(request)
    path = None if entry is None else umap_jobs.stored_plane(entry)
    if path is None:
        return responses.not_found("This plane is no longer kept: choose UMAP again.")
    return responses.immutable(request, gzip.compress(path.read_bytes(), 6, mtime=0), "application/octet-stream")


async def _picture(request: Request, entry: Entry) -> bytes | None:
    """The picture in the request's body, uint8 [P]; None if it has another size. No more is read than shows that."""
    body, pixels = b"", entry.run.config.model.pixels
    async for part in request.stream():
        body += part
        if len(body) > pixels:
            break
    return body if len(body) == pixels else None


def _entry(request: Request) -> Entry | None:
    return entry_of(request.path_params["run"], request.path_params["digest"])


ROUTES = [
    Route("/lab/near/{run}/{digest}", nearest_pictures, methods=["POST"]),
    Route("/lab/modes/{run}/{digest}", modes, methods=["POST"]),
    Route("/lab/umap/{run}/{digest}", plane_state, methods=["GET", "POST"]),
    Route("/lab/umap/{run}/{digest}/{version:whole}", plane),
]
