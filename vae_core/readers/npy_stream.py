"""Stream untrusted arrays in NumPy's format: the header is validated, then rows are read in blocks."""

import math
import struct
import tokenize
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from vae_core.readers.limits import UNPACKED
from vae_core.readers.members import BROKEN, Opener

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_BAD_HEADER = (ValueError, KeyError, OverflowError, SyntaxError, TypeError, EOFError, MemoryError, RecursionError)
_KINDS, _WIDEST = "biuf", 8  # bool, whole numbers, floats; bytes
_WORDS, _LONGEST_WORD = "SU", 240  # bytes
_PIECE = 1 << 20  # bytes of rows that are in memory at a time
_MOST_FORTRAN = 1 << 26  # bytes of an array whose columns come first, and that is read whole
_IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


class OfObjects(ValueError):
    """Raised for an array of Python objects, which only unpickling could read."""


@dataclass(frozen=True)
class Source:
    """An array that can be read from its beginning any number of times."""

    shape: tuple[int, ...]
    dtype: np.dtype
    pieces: Callable[[], Iterator[np.ndarray]]

    def whole(self) -> np.ndarray:
        """Read all rows of a small array."""
        return np.concatenate(list(self.pieces())) if self.shape[0] else np.empty(self.shape, self.dtype)


def source(name: str, held: int, opener: Opener) -> Source:
    """Open a file of `held` bytes in NumPy's format. Raises ValueError with one sentence if it is none."""
    return _source(name, held, opener, *_header(name, opener))


def idx_source(name: str, held: int, opener: Opener) -> Source:
    """Open a file of `held` bytes in MNIST's format. Raises ValueError with one sentence if it is none."""
    try:
        with opener() as stream:
            kind, rank = _read(stream, 4)[2:]
            shape = struct.unpack(f">{rank}I", _read(stream, 4 * rank))
    except (*BROKEN, KeyError):
        raise ValueError(f"{name} has no readable header") from None
    return _source(name, held, opener, shape, False, np.dtype(_IDX_TYPES[kind]), 4 + 4 * rank)


def stacked(sources: Sequence[Source]) -> Source:
    """Stack arrays of one shape as the rows of one."""
    first = sources[0]

    def pieces() -> Iterator[np.ndarray]:
        return (np.concatenate(list(each.pieces()))[None] for each in sources)

    return Source((len(sources), *first.shape), first.dtype, pieces)


def joined(sources: Sequence[Source]) -> Source:
    """Concatenate arrays along their rows."""
    if len(sources) == 1:
        return sources[0]
    shape = (sum(each.shape[0] for each in sources), *sources[0].shape[1:])
    dtype = np.result_type(*(each.dtype for each in sources))
    return Source(shape, dtype, lambda: (piece for each in sources for piece in each.pieces()))


def _source(
    name: str, held: int, opener: Opener, shape: tuple[int, ...], fortran: bool, dtype: np.dtype, offset: int
) -> Source:
    promised = math.prod(shape) * dtype.itemsize
    if promised != held - offset:
        raise ValueError(
            f"{name} holds {held - offset:,} bytes, and its header promises {promised:,} for {list(shape)}"
        )
    if promised > UNPACKED:
        raise ValueError(f"{name} is {promised / 1e6:,.0f} MB, expected at most {UNPACKED / 1e6:.0f} MB")
    if fortran and promised > _MOST_FORTRAN:
        raise ValueError(f"{name} is stored column by column and is {promised / 1e6:.0f} MB: save it in C order")

    def pieces() -> Iterator[np.ndarray]:
        rows = max(1, _PIECE // max(1, promised // max(1, shape[0])))
        try:
            with opener() as stream:
                _read(stream, offset)
                if fortran:
                    flat = np.frombuffer(_read(stream, promised), dtype)
                    yield flat.reshape(shape[::-1]).transpose().astype(dtype.newbyteorder("="))
                    return
                for start in range(0, shape[0], rows):
                    count = min(rows, shape[0] - start)
                    raw = _read(stream, count * promised // shape[0])
                    yield np.frombuffer(raw, dtype).reshape(count, *shape[1:]).astype(dtype.newbyteorder("="))
        except (*BROKEN, zlib.error):
            raise ValueError(f"{name} is corrupt or cut short") from None

    return Source(shape, dtype.newbyteorder("="), pieces)


def _header(name: str, opener: Opener) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, order, type, and where the values begin."""
    try:
        with opener() as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape, fortran, dtype = _HEADERS[npy.read_magic(stream)](stream)
            offset = stream.tell()
        sound = all(type(n) is int and 0 <= n < 2**40 for n in shape) and len(shape) <= 8
    except (*_BAD_HEADER, *BROKEN, tokenize.TokenError):
        raise ValueError(f"{name} has no readable header") from None
    if not sound:
        raise ValueError(f"{name} says that its shape is {str(shape)[:60]}, expected up to 8 whole numbers")
    if dtype.hasobject and not shape:  # what numpy.save makes of a dictionary
        raise OfObjects(
            f"{name} holds one Python object, such as a dictionary, which is never unpickled here, expected numbers: "
            "save the arrays in it with numpy.savez(name, images=images, labels=labels)"
        )
    if dtype.hasobject:
        raise OfObjects(
            f"{name} holds Python objects, which are never unpickled here, expected numbers: save pictures with "
            "numpy.savez(name, images=numpy.stack(pictures))"
        )
    words = dtype.kind in _WORDS and dtype.itemsize <= _LONGEST_WORD
    if not words and (dtype.kind not in _KINDS or dtype.itemsize > _WIDEST):
        raise ValueError(f"{name} holds {str(dtype)[:40]}, expected numbers")
    return shape, fortran, dtype, offset


def _read(stream: BinaryIO, count: int) -> bytes:
    """So many bytes. Raises EOFError when there are fewer."""
    pieces, missing = [], count
    while missing and (piece := stream.read(min(missing, _PIECE))):
        pieces.append(piece)
        missing -= len(piece)
    if missing:
        raise EOFError
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
