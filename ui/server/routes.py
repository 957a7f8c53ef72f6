"""The routes under /lab: modules of the components, weights and codes of runs, test images, arrays, pages, rooms."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.classroom import routes as room
from ui.components import web_files
from ui.pages.latent_map import routes as latent_map
from ui.pages.paths import routes as paths
from ui.pages.train import routes as training
from ui.runs import assets
from ui.runs.catalogue import Entry, entry_of
from ui.server import array_cache, health
from ui.server.responses import immutable, not_found

TENSORS = ("decoder", "encoder", "codes")


def web_file(request: Request) -> Response:
    """Answer with a module or a style sheet of the components."""
    digest, path = request.path_params["digest"], request.path_params["path"]
    if digest != web_files.assets_digest():
        return not_found("This address belongs to another version of the page: reload the page.")
    raw = web_files.packed_asset(digest, path)
    if raw is None:
        return not_found(f"The page has no file {path[:80]!r}.")
    kind = web_files.TYPES.get(path[path.rfind(".") :], "application/octet-stream")
    return immutable(request, raw, kind)


def tensors(request: Request) -> Response:
    """Answer with the decoder, the encoder or the codes of a run as a safetensors file."""
    entry, name = _entry(request), request.path_params["name"]
    if entry is None or name not in TENSORS:
        return not_found("No such model, or it has changed: reload the page.")
    return immutable(request, assets.packed_tensors(entry, name), "application/octet-stream")


def images(request: Request) -> Response:
    """Answer with one block of a run's test images, raw bytes."""
    entry, block = _entry(request), request.path_params["block"]
    if entry is None:
        return not_found("No such model, or it has changed: reload the page.")
    if block * assets.BLOCK >= entry.count:
        return not_found(f"Block {block} does not exist: this model has {entry.count} test images.")
    try:
        return immutable(request, assets.packed_images(entry, block), "application/octet-stream")
    except ValueError as error:
        return not_found(f"The test images cannot be shown: {error}.")


def cached_arrays(request: Request) -> Response:
    """Answer with arrays that a page has computed, as a safetensors file."""
    packed = array_cache.get(request.path_params["digest"])
    if packed is None:
        return not_found("These numbers are no longer kept: reload the page.")
    return immutable(request, packed, "application/octet-stream")


def _entry(request: Request) -> Entry | None:
    return entry_of(request.path_params["run"], request.path_params["digest"])


ROUTES = [
    Route("/lab/web/{digest}/{path:path}", web_file),
    Route("/lab/runs/{run}/{digest}/{name}.safetensors", tensors),
    Route("/lab/images/{run}/{digest}/{block:whole}", images),
    Route("/lab/arrays/{digest}", cached_arrays),
    *training.ROUTES,
    *paths.ROUTES,
    *latent_map.ROUTES,
    *room.ROUTES,
    *health.ROUTES,
]
