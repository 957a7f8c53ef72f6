"""Draw a contact sheet of a data set: its images side by side, or its rows as profiles, as one PNG."""

import io
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

_COLUMNS, _ROWS = 8, 3
_TILE, _GAP = 64, 4  # pixels
_SHARP = 3  # times finer that profiles are drawn
_INK = (194, 37, 92, 255)
_GRID = (128, 128, 128, 90)


def contact_sheet(images: np.ndarray, kind: Literal["pictures", "numbers"]) -> bytes:
    """Draw up to 24 of the images uint8 [N, C, H, W], evenly spread, as a transparent PNG."""
    count = min(len(images), _COLUMNS * _ROWS)
    chosen = images[np.linspace(0, len(images) - 1, count).astype(int)]
    tiles = [draw_tile(image, kind, _TILE) for image in chosen]
    rows = -(-count // _COLUMNS)
    width = min(count, _COLUMNS) * (_TILE + _GAP) - _GAP
    sheet = Image.new("RGBA", (width, rows * (_TILE + _GAP) - _GAP), (0, 0, 0, 0))
    for n, tile in enumerate(tiles):
        across, down = n % _COLUMNS * (_TILE + _GAP), n // _COLUMNS * (_TILE + _GAP)
        sheet.paste(tile, (across + (_TILE - tile.width) // 2, down + (_TILE - tile.height) // 2))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def draw_tile(image: np.ndarray, kind: Literal["pictures", "numbers"], side: int) -> Image.Image:
    """Draw one image uint8 [C, H, W] as RGBA, its longer side `side` pixels; numbers as a profile."""
    return _profile(image[0, 0], side) if kind == "numbers" else _picture(image, side)


def _picture(planes: np.ndarray, side: int) -> Image.Image:
    picture = Image.fromarray(planes[0] if len(planes) == 1 else np.ascontiguousarray(planes.transpose(1, 2, 0)))
    scale = side / max(picture.size)
    size = tuple(max(1, round(length * scale)) for length in picture.size)
    return picture.convert("RGBA").resize(size, Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX)


def _profile(row: np.ndarray, side: int) -> Image.Image:
    """Draw the row's values as a line, 0 at the bottom and 255 at the top; a few values as bars of dots."""
    full = _SHARP * side
    fine = Image.new("RGBA", (full, full), (0, 0, 0, 0))
    pen = ImageDraw.Draw(fine)
    pen.rectangle((0, 0, full - 1, full - 1), outline=_GRID, width=2)
    across = np.linspace(_SHARP * 4, full - _SHARP * 4, len(row)) if len(row) > 1 else np.array([full / 2])
    down = full - _SHARP * 4 - row.astype(float) / 255 * (full - _SHARP * 8)
    points = list(zip(across.tolist(), down.tolist(), strict=True))
    if len(points) > 1:
        pen.line(points, fill=_INK, width=_SHARP * 2 - 1, joint="curve")
    if len(points) <= 12:
        for x, y in points:
            pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=_INK)
    return fine.resize((side, side), Image.Resampling.LANCZOS)
