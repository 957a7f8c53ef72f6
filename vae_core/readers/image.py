"""Decode one untrusted image: its size before it is decoded, then its pixels at the wanted size."""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

from vae_core.readers.limits import PIXELS
from vae_core.readers.scaling import to_bytes

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, struct.error, OverflowError)
_TOO_LARGE = f"it has more than {PIXELS // 10**6} megapixels"
_MOST_TEXT = 1 << 16  # bytes of comments in a PNG
_USUAL_SCANS, _MOST_SCANS = 12, 64  # times that a JPEG goes over its pixels; a progressive one does so ten times or so
_JPEG, _SCAN = b"\xff\xd8", b"\xff\xda"  # in what is coded 0xff is followed by 0 or by a marker
_LONGEST_SIDE_RATIO = 50
_SHRINK = 4  # times the wanted side down to which a large picture is averaged before it is resampled

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LYING = {_TURNS[n] for n in (5, 6, 7, 8)}

PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = _MOST_TEXT


@dataclass(frozen=True)
class Head:
    """What a picture's header says: upright width and height, whether it is grey, and what its values go from and to
    where they have more than 8 bits.
    """

    width: int
    height: int
    grey: bool = False
    wide: tuple[float, float] | None = None
    cut: bool = False  # whether only the upper 8 bits of a colour's 16 are read
    scans: int = 1  # times that a JPEG goes over its pixels

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def work(self) -> float:
        """Pixels that take as long to decode: each scan of a JPEG that has unusually many costs a quarter of them."""
        return self.pixels if self.scans <= _USUAL_SCANS else self.pixels * self.scans / 4


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Open an image without decoding it. Raises ValueError with a clause for anything that goes wrong in the block."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of broken comments and the like
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > PIXELS:
                    raise _Refused(_TOO_LARGE)
                if (scans := _scans(data)) > _MOST_SCANS:
                    raise _Refused(f"it is a JPEG of {scans:,} scans, expected at most {_MOST_SCANS}")
                yield picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValueError(_TOO_LARGE) from None
    except MemoryError:
        raise ValueError("it needs more memory than a picture may take") from None
    except _DAMAGED as error:
        if isinstance(error, _Refused):
            raise ValueError(str(error)) from None
        raise ValueError("it cannot be read as PNG, JPEG or WebP, nor as BMP, GIF, TIFF or PGM") from None


def _scans(data: bytes) -> int:
    """How often a picture goes over its pixels."""
    return max(1, data.count(_SCAN)) if data.startswith(_JPEG) else 1


class _Refused(ValueError):
    """A picture that can be read and is not wanted."""


def read_head(data: bytes) -> Head:
    """Read the size of an image, which is decoded only if its values have more than 8 bits.

    Raises ValueError with half a sentence if it cannot be used.
    """
    with _opened(data) as picture:
        width, height = picture.size
        if max(width, height) > _LONGEST_SIDE_RATIO * min(width, height):
            raise _Refused(f"it is {width} × {height}, expected sides that differ less")
        size = (height, width) if _turn(picture) in _LYING else (width, height)
        cut = data.startswith(b"\x89PNG") and data[24:26] in (b"\x10\x02", b"\x10\x06")
        grey = picture.mode in ("1", "L") or _is_wide(picture)
        wide = None
        if _is_wide(picture):
            values = np.asarray(picture)
            if not np.isfinite(values).all():
                raise _Refused("some of its values are not finite numbers")
            wide = (float(values.min()), float(values.max()))
        return Head(*size, grey, wide, cut, _scans(data))


def read_picture(
    data: bytes, size: tuple[int, int] | None, fit: Literal["crop", "pad"], wide: tuple[float, float] = (0.0, 65535.0)
) -> np.ndarray:
    """Decode an image as uint8 [H, W, 3]: upright as its EXIF says, on white where it is transparent.

    `wide` are the values that become black and white where they have more than 8 bits. `size` is (width, height) to be
    brought to, cropped in the middle or padded; None keeps the picture's own. Raises ValueError with half a sentence if
    it cannot be read.
    """
    with _opened(data) as picture:
        turn = _turn(picture)
        if size is not None:
            picture.draft("RGB", (_SHRINK * size[0], _SHRINK * size[1]))  # JPEG alone: decoded smaller where it can be
        whole = _eight_bits(picture, wide)
        if size is not None:
            smaller = min(whole.width // (_SHRINK * size[0]), whole.height // (_SHRINK * size[1]))
            if smaller > 1:
                whole = whole.reduce(smaller)
        upright = _on_white(whole if turn is None else whole.transpose(turn))
        return np.asarray(upright if size is None else fitted(upright, size, fit))


def _is_wide(picture: Image.Image) -> bool:
    """Whether a grey picture has more than 8 bits a value."""
    return picture.mode[0] in "IF"


def _eight_bits(picture: Image.Image, wide: tuple[float, float]) -> Image.Image:
    """Grey, RGB or premultiplied RGBA, 8 bits a value."""
    if _is_wide(picture):
        return Image.fromarray(to_bytes(np.asarray(picture), *wide))
    if "A" in picture.mode or "transparency" in picture.info:
        return picture.convert("RGBA").convert("RGBa")
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """What makes a picture upright as its EXIF says; nothing where that cannot be read."""
    try:
        return _TURNS.get(Image.Image.getexif(picture).get(_ORIENTATION))  # a PNG's own would decode it first
    except _DAMAGED:
        return None


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBa":
        return picture.convert("RGB")
    pixels = np.asarray(picture).astype(np.uint16)  # colour times alpha, and alpha
    return Image.fromarray(np.minimum(pixels[..., :3] + (255 - pixels[..., 3:]), 255).astype(np.uint8))


def fitted(picture: Image.Image, size: tuple[int, int], fit: Literal["crop", "pad"]) -> Image.Image:
    """Resize to (width, height): the middle cut out, or the whole padded with its corners' mean colour."""
    if picture.size == size:
        return picture
    if fit == "crop":
        return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    w, h = picture.size
    corners = [picture.getpixel(at) for at in ((0, 0), (w - 1, 0), (0, h - 1), (w - 1, h - 1))]
    ground = np.rint(np.mean(corners, axis=0)).astype(int)
    colour = tuple(ground.tolist()) if ground.ndim else int(ground)
    return ImageOps.pad(picture, size, Image.Resampling.LANCZOS, colour)
