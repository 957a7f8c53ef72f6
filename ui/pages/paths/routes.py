"""The addresses of the page Paths: a geodesic between two codes, and the training pictures nearest to its frames."""

import asyncio
import gzip
import json
import logging
import math

import numpy as np
from safetensors.numpy import save
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.pages.paths import factors, geodesics, training_pictures
from ui.pages.paths.url import MOST_FRAMES
from ui.runs import nearest_pictures
from ui.runs.catalogue import Entry, entry_of
from ui.server import permissions, responses
from ui.url_state import schema

_GONE = "No such model, or it has changed: reload the page."
_turn = asyncio.Lock()  # one long computation at a time, and those that wait hold no thread
_reading = asyncio.Lock()  # training pictures are read at first: nothing that is worked out waits for that
_downloading = asyncio.Lock()
_LOG = logging.getLogger("vae_lab.paths")
_KINDS = 4  # paths whose frames are asked for together


async def geodesic(request: Request) -> Response:
    """The geodesic between the codes `a` and `b`, numbers separated by commas, as JSON."""
    entry = _entry(request)
    if entry is None:
        return responses.not_found(_GONE)
    try:
        ends = [_code(request.query_params.get(name, ""), entry) for name in ("a", "b")]
        async with _turn:
            if await request.is_disconnected():  # the visitor has gone on to other stops
                return Response(status_code=204)
            found = await run_in_threadpool(geodesics.geodesic, entry, *ends)
    except (ValueError, OSError) as error:
        return responses.refused(f"There is no geodesic here: {error}.")
    return responses.immutable(request, gzip.compress(json.dumps(found).encode(), 6, mtime=0), "application/json")


def known_factors(request: Request) -> Response:
    """The place of each test image among the values of each known factor, a safetensors file."""
    entry = _entry(request)
    if entry is None:
        return responses.not_found(_GONE)
    try:
        return responses.immutable(request, factors.packed(entry), "application/octet-stream")
    except ValueError as error:
        return responses.not_found(f"There is nothing to sort by: {error}.")


async def disentanglement(request: Request) -> Response:
    """How far each dimension stands for one known factor, as JSON."""
    entry = _entry(request)
    if entry is None:
        return responses.not_found(_GONE)
    try:
        async with _turn:
            if await request.is_disconnected():
                return Response(status_code=204)
            found = await run_in_threadpool(factors.scores, entry)
    except (ValueError, OSError) as error:
        return responses.refused(f"There are no scores: {error}.")
    return responses.immutable(request, gzip.compress(json.dumps(found).encode(), 6, mtime=0), "application/json")


async def nearest_training(request: Request) -> Response:
    """For pictures in the body, uint8 [T, P]: `index`, `distance` and `pictures` of the nearest training pictures, how
    many lie `near`, and `gap`, the distance that counts as near with how many pictures it was measured on.
    """
    entry = _entry(request)
    if entry is None:
        return responses.not_found(_GONE)
    pixels = entry.run.config.model.pixels
    raw = await _body(request, _KINDS * MOST_FRAMES * pixels)
    if raw is None or not raw or len(raw) % pixels:
        return responses.refused(f"Pictures of {pixels} bytes each are expected, 1 to {_KINDS * MOST_FRAMES} of them.")
    if found := training_pictures.missing(entry):
        return responses.not_found(found["words"])
    config = entry.run.config.data
    try:
        async with _reading:
            known = await run_in_threadpool(nearest_pictures.training_pictures, config.name, config.binarize)
        async with _turn:
            packed = await run_in_threadpool(_nearest, entry, known, np.frombuffer(raw, np.uint8).reshape(-1, pixels))
    except (ValueError, OSError) as error:
        _LOG.warning("training pictures of %s: %s", config.name, error)
        return responses.not_found("The training pictures cannot be read; the log of the server says why.")
    return Response(packed, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


async def download_training(request: Request) -> Response:
    """Download the training pictures that are missing on this server; 204 when they are here."""
    entry = _entry(request)
    if entry is None:
        return responses.not_found(_GONE)
    if sentence := permissions.refusal("train", request.headers):
        return responses.refused(sentence)
    try:
        async with _downloading:
            await run_in_threadpool(training_pictures.download, entry)
    except ValueError as error:
        return responses.not_found(str(error))
    return Response(status_code=204)


def _nearest(entry: Entry, known: np.ndarray, pictures: np.ndarray) -> bytes:
    config = entry.run.config.data
    gap = nearest_pictures.typical_gap(config.name, config.binarize)
    index, distance, near = nearest_pictures.nearest_training(known, pictures, gap)
    numbers = {
        "index": index,
        "distance": distance,
        "near": near,
        "gap": np.array([gap, min(nearest_pictures.SAMPLED, len(known))]),
    }
    return save({name: each.astype(np.float32) for name, each in numbers.items()} | {"pictures": known[index]})


async def _body(request: Request, most: int) -> bytes | None:
    """The request's body, or None when it is longer than `most` bytes."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > most:
            return None
    return b"".join(parts)


def _code(text: str, entry: Entry) -> tuple[float, ...]:
    count = entry.run.config.model.latent_dim
    try:
        values = tuple(map(float, text.split(",")))
    except ValueError:
        values = ()
    if len(values) != count or not all(math.isfinite(v) and abs(v) <= schema.FARTHEST for v in values):
        raise ValueError(f"each end needs {count} numbers from -{schema.FARTHEST:g} to {schema.FARTHEST:g}")
    return values


def _entry(request: Request) -> Entry | None:
    return entry_of(request.path_params["run"], request.path_params["digest"])


ROUTES = [
    Route("/lab/paths/{run}/{digest}/factors", known_factors),
    Route("/lab/paths/{run}/{digest}/geodesic", geodesic),
    Route("/lab/paths/{run}/{digest}/scores", disentanglement),
    Route("/lab/paths/{run}/{digest}/training", nearest_training, methods=["POST"]),
    Route("/lab/paths/{run}/{digest}/training/download", download_training, methods=["POST"]),
]
