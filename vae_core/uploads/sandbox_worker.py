"""The sandboxed process that reads one upload: `python -m vae_core.uploads.sandbox_worker KIND CHOICES OUT`.

Standard input is the upload, the descriptor CHOICES holds JSON, the descriptor OUT takes the arrays, standard output
one JSON object. What packages import late is imported here at once: no file can be opened while the upload is read.
"""

import codecs
import importlib
import json
import os
import sys
import tokenize  # noqa: F401
from collections.abc import Callable
from typing import Any, BinaryIO, TextIO

import numpy as np
import numpy.ma

from vae_core.io.disk_space import FULL, reason
from vae_core.readers.limits import READING
from vae_core.readers.read import read
from vae_core.readers.schema import Choices
from vae_core.uploads.read_model import read_model
from vae_core.uploads.sandbox_limits import restrict_process

_TYPES = {"uint8": "U8", "float16": "F16", "float32": "F32"}
_CODECS = (
    "ascii",
    "cp1252",
    "cp437",
    "cp866",
    "cp932",
    "cp949",
    "gb18030",
    "latin-1",
    "unicode_escape",
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
)
_PLUGINS = ("Bmp", "Gif", "Jpeg", "Mpo", "Png", "Ppm", "Tiff", "WebP")
_NO_MEMORY = f"it needs more memory to be read than an upload may take ({READING / 1e6:.0f} MB)"


def _data(file: BinaryIO, choices: dict[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    cleaned = read(file, Choices.from_json(choices))
    arrays = {"images": cleaned.images, "labels": cleaned.labels, "held_out": cleaned.held_out}
    return cleaned.preview.to_json(), {name: array for name, array in arrays.items() if array is not None}


def _model(file: BinaryIO, choices: dict[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return read_model(file, choices["data"])


READERS: dict[str, Callable[[BinaryIO, dict[str, Any]], tuple[dict[str, Any], dict[str, np.ndarray]]]] = {
    "data": _data,
    "model": _model,
}


def main(kind: str, asked: int, out: int) -> None:
    """Read the upload; answers with its description, or why it is refused."""
    for name in _PLUGINS:
        importlib.import_module(f"PIL.{name}ImagePlugin")
    for name in _CODECS:
        codecs.lookup(name)
    with open(asked, encoding="utf-8") as file:
        choices = json.load(file)
    status = _status()
    restrict_process()
    try:
        with open(0, "rb", closefd=False) as file:
            told, arrays = READERS[kind](file, choices)
        _write(arrays, out)
        answer = {"told": told}
    except ValueError as error:
        answer = {"refused": " ".join(str(error).split())[:400]}
    except MemoryError:
        answer = {"refused": _NO_MEMORY}
    except OSError as error:
        if error.errno not in FULL:
            raise
        answer = {"refused": reason(error)}
    print(json.dumps(answer | {"peak": _peak(status)}), flush=True)


def _write(arrays: dict[str, np.ndarray], out: int) -> None:
    """Write the arrays as a safetensors file, without a copy of them."""
    header, at = {}, 0
    for name, array in arrays.items():
        header[name] = {
            "dtype": _TYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [at, at + array.nbytes],
        }
        at += array.nbytes
    words = json.dumps(header).encode()
    words += b" " * (-len(words) % 8)
    _all(out, len(words).to_bytes(8, "little") + words)
    for array in arrays.values():
        _all(out, np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _all(out: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


def _status() -> TextIO | None:
    """Read /proc/self/status where there is one."""
    try:
        return open("/proc/self/status", encoding="ascii")
    except OSError:
        return None


def _peak(status: TextIO | None) -> int:
    """Return this process's peak memory in bytes; the system's count for a child begins with its parent's."""
    return next((int(line.split()[1]) * 1024 for line in status or () if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
