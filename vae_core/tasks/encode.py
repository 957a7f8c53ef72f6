"""Encode any number of images: in chunks, so that memory is bounded, and resumable.

Each process fills a part file beside the result, rows of mu and logvar in float32. A part is named by all that its
numbers depend on, and what is complete of it is never computed again. The result appears whole, and the parts go.
"""

import glob
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.lib import format as npy

from vae_core import data
from vae_core.device import choose_device
from vae_core.distributed import SINGLE_PROCESS, Group
from vae_core.estimators.metrics import encode_all
from vae_core.io.atomic import sync, temporary_sibling
from vae_core.io.file_lock import locked
from vae_core.runs.checkpoint import load
from vae_core.runs.run import WEIGHTS, open_run, sha256

CHUNK = 4096  # pictures
_SEED = 0  # of the binarisation, as for the codes that a run folder keeps
_TABLE_ROWS = 65_536
_NUMBER = np.dtype("<f4")


@dataclass(frozen=True)
class ImageSource:
    """Images to encode: `read(first, last)` is uint8 [n, C, H, W], and `identity` changes when they do."""

    count: int
    shape: tuple[int, int, int]
    read: Callable[[int, int], np.ndarray]
    labels: np.ndarray | None
    identity: str


def encode_run(
    run: Path,
    name: str | None,
    split: str,
    out: Path,
    *,
    on_rows: Callable[[int, int], None] = lambda done, total: None,
    group: Group = SINGLE_PROCESS,
    device: str = "auto",
) -> dict[str, Any]:
    """Write q(z|x) of all pictures of a data set, the run's own when `name` is None, or of an .npy file of bytes.

    A result that ends in .npy is the means, float32 [N, D]; one in .parquet has the columns mu_0.., logvar_0.. and, if
    the pictures have labels, label. Started again after an interruption it goes on. Raises ValueError if the run, the
    data or the result's name cannot be used, if the result exists, or if another process is writing it.
    """
    if out.suffix not in _WRITERS:
        raise ValueError(f"the result is {out.name}, expected a name that ends in .npy or .parquet")
    if out.exists():
        raise ValueError(f"{out} already exists, expected a new file for the codes")
    if not out.parent.is_dir():
        raise ValueError(f"{out.parent} is not a folder, expected one for the codes")
    config = open_run(run).config
    found = open_images(name or config.data.name, split)
    if found.shape != config.model.image_shape:
        raise ValueError(
            f"the pictures are {list(found.shape)}, expected {list(config.model.image_shape)} for this run"
        )
    model = load(run, choose_device(device))
    depends = [sha256(run / WEIGHTS), found.identity, config.data.binarize, _SEED, CHUNK, found.count]
    key = hashlib.sha256(json.dumps(depends).encode()).hexdigest()[:12]
    parts = [out.with_name(f"{out.name}.part-{key}-{rank}-of-{group.size}") for rank in range(group.size)]
    D, rows = model.latent_dim, group.rows(found.count)

    def codes(first: int, last: int) -> np.ndarray:
        images = data.binarize(found.read(first, last), config.data.binarize, _SEED, first)
        q = encode_all(model, torch.from_numpy(data.to_float(images)).to(next(model.parameters()).device))
        return torch.cat((q.mu, q.logvar), 1).cpu().numpy().astype(_NUMBER)

    _fill(parts[group.rank], rows, 2 * D, codes, on_rows)
    group.wait()
    if group.rank == 0:
        draft = temporary_sibling(out)
        try:
            _WRITERS[out.suffix](draft, _blocks(parts, 2 * D), found, D)
            sync(draft)
            os.replace(draft, out)
        finally:
            draft.unlink(missing_ok=True)
        sync(out.parent)
        for part in out.parent.glob(f"{glob.escape(out.name)}.part-*"):
            part.unlink()
    return {"codes": str(out), "n": found.count, "latent_dim": D, "split": None if _is_file(name) else split}


def open_images(name: str, split: str) -> ImageSource:
    """Open a data set by name or path; an .npy file, uint8 [N, H, W], [N, H, W, C] or [N, C, H, W], is read lazily.

    Raises ValueError with one sentence if it cannot be used.
    """
    if _is_file(name):
        return _npy_pictures(Path(name).expanduser())
    images = data.load(name, split)
    return ImageSource(
        len(images), images.shape, lambda first, last: images.images[first:last], images.labels, images.sha256
    )


def _is_file(name: str | None) -> bool:
    return name is not None and name.endswith(".npy")


def _npy_pictures(path: Path) -> ImageSource:
    try:
        with path.open("rb") as file:
            version = npy.read_magic(file)
            shape, fortran, dtype = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version](
                file
            )
            offset, held = file.tell(), path.stat()
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{path.name} is not a readable .npy file ({error})") from None
    last = len(shape) == 4 and shape[1] not in (1, 3) and shape[3] in (1, 3)
    if dtype != np.uint8 or fortran or len(shape) not in (3, 4) or 0 in shape:
        raise ValueError(f"{path.name} is {dtype} {list(shape)}, expected uint8 pictures [N, H, W] or [N, C, H, W]")
    size = int(np.prod(shape[1:]))
    if held.st_size != offset + shape[0] * size:
        raise ValueError(f"{path.name} holds {held.st_size - offset:,} bytes, expected {shape[0] * size:,}")

    def read(first: int, end: int) -> np.ndarray:
        flat = np.fromfile(path, np.uint8, (end - first) * size, offset=offset + first * size)
        images = flat.reshape(end - first, *shape[1:]) if len(shape) == 4 else flat.reshape(-1, 1, *shape[1:])
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2)) if last else images

    identity = f"{path.resolve()} {held.st_size} {held.st_mtime_ns}"
    return ImageSource(shape[0], read(0, 1).shape[1:], read, None, identity)


def _fill(
    part: Path,
    rows: slice,
    width: int,
    codes: Callable[[int, int], np.ndarray],
    on_rows: Callable[[int, int], None],
) -> None:
    """Append the missing rows of a part, in chunks; an incomplete chunk is computed again."""
    with locked(part, wait=False) as free, part.open("r+b") as file:
        if not free:
            raise ValueError(f"another process is writing {part.name}, expected to be alone")
        whole = part.stat().st_size // (width * _NUMBER.itemsize)
        done = whole if whole == rows.stop - rows.start else whole // CHUNK * CHUNK
        file.truncate(done * width * _NUMBER.itemsize)
        file.seek(0, os.SEEK_END)
        on_rows(done, rows.stop - rows.start)
        for first in range(rows.start + done, rows.stop, CHUNK):
            last = min(first + CHUNK, rows.stop)
            file.write(codes(first, last).tobytes())
            file.flush()
            os.fsync(file.fileno())
            on_rows(last - rows.start, rows.stop - rows.start)


def _blocks(parts: list[Path], width: int) -> Iterator[np.ndarray]:
    """Yield the rows of all parts in order, in blocks."""
    for part in parts:
        with part.open("rb") as file:
            while len(block := np.fromfile(file, _NUMBER, _TABLE_ROWS * width)):
                yield block.reshape(-1, width)


def _write_npy(path: Path, blocks: Iterator[np.ndarray], pictures: ImageSource, D: int) -> None:
    with path.open("wb") as file:
        header = {"descr": _NUMBER.str, "fortran_order": False, "shape": (pictures.count, D)}
        npy.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block[:, :D]).tobytes())


def _write_parquet(path: Path, blocks: Iterator[np.ndarray], pictures: ImageSource, D: int) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    names = [f"mu_{j}" for j in range(D)] + [f"logvar_{j}" for j in range(D)]
    labels = pictures.labels
    schema = pa.schema([(name, pa.float32()) for name in names] + ([] if labels is None else [("label", pa.int64())]))
    first = 0
    with ParquetWriter(path, schema) as writer:
        for block in blocks:
            columns = [np.ascontiguousarray(column) for column in block.T]
            if labels is not None:
                columns.append(labels[first : first + len(block)])
            writer.write_table(pa.table(columns, schema=schema))
            first += len(block)


_WRITERS = {".npy": _write_npy, ".parquet": _write_parquet}
