"""A run as files for elsewhere: its folder as a zip, its codes as a table, its networks as ONNX, a notebook.

The same run gives the same bytes each time; only what check.json says of torch differs between machines.
"""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from vae_core import data
from vae_core.export.notebook import notebook
from vae_core.runs.run import CARD, CODES, CONFIG, METRICS, WEIGHTS, Run, read_codes
from vae_core.runs.umap_file import UMAP

_NEEDED = (CONFIG, CARD, WEIGHTS, CODES)
_MORE = (METRICS, "race.json", UMAP)  # checkpoints, saved moments and whose it is stay where they are
_THEN = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


def run_zip(run: Run, name: str) -> bytes:
    """The run's folder `name` as a zip that the Library takes back: what a finished run is, not how it got there.

    Raises ValueError if a file that a run needs is missing.
    """
    return zipped(_files(run, name))


def notebook_zip(run: Run, name: str) -> bytes:
    """A notebook that works on the run's folder `name`, and that folder. Raises ValueError as `run_zip` does."""
    return zipped({f"{name}.ipynb": notebook(run, name), **_files(run, name)})


def codes_csv(run: Run) -> bytes:
    """q(z|x) of each test image, one a row: its number, label and class, then mu and logvar of each dimension from 1.

    Codes are kept in half precision, about three digits. The class is empty where the data set has none or is not here.
    Raises ValueError if the codes cannot be read.
    """
    codes, D = read_codes(run), range(1, run.config.model.latent_dim + 1)
    classes = _classes(run)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["image", "label", "class", *(f"mu_{j}" for j in D), *(f"logvar_{j}" for j in D)])
    rows = zip(codes.label.tolist(), codes.mu.tolist(), codes.logvar.tolist(), strict=True)
    for n, (label, mu, logvar) in enumerate(rows):
        table.writerow([n, label, classes[label] if label < len(classes) else "", *mu, *logvar])
    return out.getvalue().encode()


def onnx_zip(run: Run) -> tuple[bytes, dict[str, Any]]:
    """encoder.onnx and decoder.onnx with check.json, and what that says: the largest differences from torch.

    Raises ValueError if the model has no such graphs or they do not give torch's numbers.
    """
    from vae_core.export.onnx import OPSET, compare, decoder_graph, encoder_graph

    encoder, decoder = encoder_graph(run), decoder_graph(run)
    difference = compare(run, encoder, decoder)
    check = {"opset": OPSET, "largest_difference": difference.largest, **vars(difference)}
    graphs = {"encoder": encoder, "decoder": decoder}
    files = {f"{part}.onnx": graph.SerializeToString(deterministic=True) for part, graph in graphs.items()}
    return zipped({**files, "check.json": (json.dumps(check, indent=1) + "\n").encode()}), check


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip whose bytes depend on the files alone."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, _THEN)
            member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(member, content)
    return out.getvalue()


def _files(run: Run, name: str) -> dict[str, bytes]:
    found = {file: run.path / file for file in (*_NEEDED, *_MORE)}
    if missing := [file for file in _NEEDED if not found[file].is_file()]:
        raise ValueError(f"{missing[0]} is missing in the run {run.path.name}")
    return {f"{name}/{file}": path.read_bytes() for file, path in found.items() if path.is_file()}


def _classes(run: Run) -> list[str]:
    """Names of the classes as a table may hold them: one that begins like a formula would be run by a spreadsheet."""
    try:
        names = data.load(run.config.data.name, "test").classes
    except (ValueError, OSError):
        return []
    return [f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name for name in names]
