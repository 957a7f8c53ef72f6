"""The routes of the live view: the list of runs, the new records of a run, its snapshots, and the chart library."""

import gzip
import json
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.components import web_files
from ui.pages.train import own_runs, runs, snapshots
from ui.pages.train.live_status import live_status
from ui.runs import assets
from ui.server import responses, user_cookie

_MOST_RUNS = 4
_PACK_FROM = 1024  # bytes: what is shorter goes as it is


def live(request: Request) -> Response:
    """Answer with the status of each `run` and its records of steps beyond `after`; with `list`, with all runs."""
    asked = request.query_params
    names, steps = asked.getlist("run"), asked.getlist("after")
    if len(names) != len(steps) or len(names) > _MOST_RUNS or not all(map(_is_step, steps)):
        return responses.refused(
            f"Each run needs its after, a step of 0 or more, and at most {_MOST_RUNS} are told at once."
        )
    news: dict[str, Any] = {
        "now": time.time(),
        "live": {name: _of(name, int(s)) for name, s in zip(names, steps, strict=True)},
    }
    if "list" in asked:
        news["runs"] = [run.to_json() for run in runs.listed()]
    return _now(request, news)


def own(request: Request) -> Response:
    """Answer with the sender's own runs that wait or train, and with those of the ids `run` that are theirs."""
    user = user_cookie.user_of(request.headers, request.cookies)
    return _now(request, {"runs": own_runs.own_runs(user, request.query_params.getlist("run")) if user else []})


def _of(name: str, after: int) -> dict[str, Any]:
    run = runs.find_run(name)
    try:
        return {"gone": True, "born": ""} if run is None else live_status(run, after)
    except (ValueError, OSError) as error:
        return {"gone": True, "born": "", "reason": f"The run cannot be read: {error}."}


def _is_step(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 12


def facts(request: Request) -> Response:
    """Answer with the facts of a snapshot for the latent map."""
    name, step, token = (request.path_params[key] for key in ("run", "step", "token"))
    try:
        packed = gzip.compress(json.dumps(snapshots.facts(name, step, token)).encode(), 6, mtime=0)
    except (ValueError, OSError) as error:
        return responses.not_found(f"This moment cannot be shown: {error}.")
    return responses.immutable(request, packed, "application/json")


def tensors(request: Request) -> Response:
    """Answer with the decoder, the encoder or the codes of a snapshot as a safetensors file."""
    name, step, token, part = (request.path_params[key] for key in ("run", "step", "token", "part"))
    if part not in snapshots.PARTS:
        return responses.not_found(f"A moment has no {part[:80]!r}.")
    try:
        packed = assets.packed_tensors(snapshots.read_snapshot(name, step, token), part)
    except (ValueError, OSError) as error:
        return responses.not_found(f"This moment cannot be shown: {error}.")
    return responses.immutable(request, packed, "application/octet-stream")


def images(request: Request) -> Response:
    """Answer with one block of the test images that a run encodes, raw bytes."""
    name, stamp, block = (request.path_params[key] for key in ("run", "born", "block"))
    try:
        return responses.immutable(request, snapshots.images(name, stamp, block), "application/octet-stream")
    except (ValueError, OSError) as error:
        return responses.not_found(f"The test images cannot be shown: {error}.")


def charts(request: Request) -> Response:
    """Answer with plotly.js from the installed plotly package."""
    if request.path_params["digest"] != web_files.plotly_digest():
        return responses.not_found("This address belongs to another version of the page: reload the page.")
    return responses.immutable(request, web_files.packed_plotly(), "text/javascript")


def _now(request: Request, values: dict[str, Any]) -> Response:
    raw = json.dumps(values, separators=(",", ":")).encode()
    headers = {"Cache-Control": "no-store"}
    if len(raw) >= _PACK_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        raw, headers = gzip.compress(raw, 1, mtime=0), headers | {"Content-Encoding": "gzip"}
    return Response(raw, media_type="application/json", headers=headers)


ROUTES = [
    Route("/lab/live", live),
    Route("/lab/own-runs", own),
    Route("/lab/live/{run}/{born}/images/{block:whole}", images),
    Route("/lab/moments/{run}/{step:whole}/{token}/facts.json", facts),
    Route("/lab/moments/{run}/{step:whole}/{token}/{part}.safetensors", tensors),
    Route("/lab/charts/{digest}/plotly.min.js", charts),
]
