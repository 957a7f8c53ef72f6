"""The picture on a model's card: its latent map in small, test pictures where the encoder puts them."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image

from ui.runs import assets
from ui.runs.catalogue import Entry
from vae_core.runs.run import read_codes
from vae_core.uploads.contact_sheet import draw_tile

CELLS = 8  # along each side
_TILE = 28  # pixels
_INSIDE = 0.98  # share of the codes that the window holds


@lru_cache(maxsize=512)
def map_picture(entry: Entry) -> bytes | None:
    """Draw the map as a transparent PNG; None where the model has no encoder or its test pictures cannot be read."""
    if entry.run.card["test"].get("elbo") is None:
        return None
    try:
        mu, images = read_codes(entry.run).mu.astype(np.float32), assets.test_images(entry)
    except ValueError:
        return None
    kind = "numbers" if images.shape[2] == 1 else "pictures"
    picture = Image.new("RGBA", (CELLS * _TILE, CELLS * _TILE), (0, 0, 0, 0))
    for (across, down), n in nearest_in_cells(_plane(mu, entry.run.card["rate_per_dimension"])).items():
        tile = draw_tile(images[n], kind, _TILE)
        picture.paste(tile, (across * _TILE + (_TILE - tile.width) // 2, down * _TILE + (_TILE - tile.height) // 2))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _plane(mu: np.ndarray, rates: list[float]) -> np.ndarray:
    """The two dimensions of the highest rate, as the latent map opens on them; [N, 2]."""
    order = np.argsort(-np.asarray(rates), kind="stable")[:2] if mu.shape[1] > 2 else np.arange(mu.shape[1])
    plane = mu[:, order]
    return plane if plane.shape[1] == 2 else np.column_stack([plane, np.zeros(len(plane))])


def nearest_in_cells(plane: np.ndarray) -> dict[tuple[int, int], int]:
    """For each cell of the window (across, down) that holds a point, the point nearest to its middle.

    The window is a square around the origin that holds _INSIDE of the points [N, 2], up being the second coordinate.
    """
    half = max(np.quantile(np.abs(plane).max(1), _INSIDE), 1e-6)
    place = (plane * [1, -1] + half) * (CELLS / (2 * half))
    cell = np.floor(place).astype(int)
    away = np.square(place - cell - 0.5).sum(1)
    inside = ((cell >= 0) & (cell < CELLS)).all(1)
    found: dict[tuple[int, int], int] = {}
    for n in np.argsort(away, kind="stable"):
        if inside[n]:
            found.setdefault((int(cell[n, 0]), int(cell[n, 1])), int(n))
    return found
