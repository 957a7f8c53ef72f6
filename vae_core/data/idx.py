"""The IDX format of MNIST and its kin: a magic number, the sizes, then bytes."""

import gzip
import io
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from vae_core.readers.limits import UNPACKED

MOST_BYTES = UNPACKED  # of any file once unpacked

_UINT8 = 0x08


def read_idx(path: Path) -> np.ndarray:
    """Read an IDX file, gzipped or not, as uint8. Raises ValueError if it is malformed or cut short."""
    payload = read_payload(path)
    try:
        return parse_idx(payload)
    except ValueError as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from None


def read_payload(path: Path) -> bytes:
    """Read a file, decompressed if it is gzip. Raises ValueError with one sentence if it cannot be read."""
    try:
        return decompress(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from None


def decompress(data: bytes) -> bytes:
    """Decompress a gzip file, or return other data unchanged. Raises ValueError if corrupt, cut short or too large."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            payload = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise ValueError("its gzip data are corrupt or cut short") from None
    if len(payload) > MOST_BYTES:
        raise ValueError(f"it unpacks to more than {MOST_BYTES >> 20} MiB")
    return payload


def parse_idx(payload: bytes) -> np.ndarray:
    """Parse the bytes of an IDX file into a writable array. Raises ValueError unless it holds uint8 values."""
    if len(payload) < 4 or payload[:2] != b"\0\0" or payload[2] != _UINT8 or not 1 <= payload[3] <= 4:
        raise ValueError(f"it begins with {payload[:4].hex() or 'nothing'}, expected an IDX header of unsigned bytes")
    rank = payload[3]
    header = 4 + 4 * rank
    if len(payload) < header:
        raise ValueError("its IDX header is cut short")
    shape = struct.unpack(f">{rank}I", payload[4:header])
    if len(payload) - header != math.prod(shape):
        raise ValueError(f"it holds {len(payload) - header} values, expected {math.prod(shape)} for {list(shape)}")
    return np.frombuffer(payload, np.uint8, offset=header).reshape(shape).copy()
