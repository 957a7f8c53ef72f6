"""What can be taken home of a run, each made when it is asked for and kept while others may ask for the same."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from cachetools import LRUCache, cached

from ui.export.standalone_page import USUAL, page
from ui.pages.latent_map.url import View
from ui.runs.catalogue import ROOT, Entry
from vae_core.export.archive import codes_csv, notebook_zip, run_zip

_PATIENCE = 120.0  # seconds in which torch has been imported and both graphs have been compared
MOST_BYTES = 96 << 20  # of files that are kept
_turn = threading.Semaphore(1)  # ONNX graphs that are compared at a time


@dataclass(frozen=True)
class Artifact:
    """A file: its name, its bytes, what kind it is, and a sentence on what is in it."""

    name: str
    content: bytes
    kind: str
    words: str


_made: LRUCache[object, Artifact] = LRUCache(MOST_BYTES, getsizeof=lambda artifact: len(artifact.content))
_making = threading.RLock()


@cached(_made, lock=_making, info=True)
def make(entry: Entry, what: str, view: View | None = None, megabytes: float = USUAL) -> Artifact:
    """One of "page", "run", "onnx", "codes" and "notebook"; `view` and `megabytes` are of the page.

    Raises ValueError with one sentence if it cannot be made.
    """
    if what not in _MAKERS:
        raise ValueError(f"{what!r} cannot be made, expected one of {', '.join(_MAKERS)}")
    return _page(entry, view, megabytes) if what == "page" else _MAKERS[what](entry)


def bytes_held() -> int:
    """Add up the bytes of all files that are kept."""
    with _making:
        return int(_made.currsize)


def _page(entry: Entry, view: View | None = None, megabytes: float = USUAL) -> Artifact:
    done = page(entry, view, megabytes)
    held = f"all {done.of:,}" if done.pictures == done.of else f"the first {done.pictures:,} of {done.of:,}"
    words = f"Decoder, encoder, codes and {held} test pictures" if done.pictures else "Decoder, encoder and codes"
    return Artifact(f"{entry.id}.html", done.html, "text/html", f"{words}. Open it from a disk: it needs no network.")


def _run(entry: Entry) -> Artifact:
    words = "Configuration, weights, codes, card and curves. The Library takes it back under “A model”."
    return Artifact(f"{entry.id}.zip", run_zip(entry.run, entry.id), "application/zip", words)


def _codes(entry: Entry) -> Artifact:
    words = (
        f"{entry.count:,} rows: image, label, class, then mu and logvar of each dimension of q(z|x), in half precision."
    )
    return Artifact(f"{entry.id}-codes.csv", codes_csv(entry.run), "text/csv", words)


def _notebook(entry: Entry) -> Artifact:
    words = "The map, a decoded grid and the ELBO, with the run they are of. Unpack it in a clone of VAE Lab."
    return Artifact(f"{entry.id}-notebook.zip", notebook_zip(entry.run, entry.id), "application/zip", words)


def _onnx(entry: Entry) -> Artifact:
    """By the command line in a process of its own: torch stays out of the web process."""
    with _turn, tempfile.TemporaryDirectory(prefix="vae-lab-") as folder:
        out = Path(folder) / "onnx.zip"
        told = _told_by(["export", str(entry.run.path.resolve()), "--to", "onnx", "--out", str(out), "--json"])
        content = out.read_bytes()
    difference = _small(told["largest_difference"])
    words = (
        f"encoder.onnx (x to mu, logvar) and decoder.onnx (z to a, mean), opset {told['opset']}, any batch size. "
        f"Compared with torch on {told['inputs']} inputs: the largest difference is {difference}."
    )
    return Artifact(f"{entry.id}-onnx.zip", content, "application/zip", words)


def _small(value: float) -> str:
    """1.2 × 10⁻⁶ and the like."""
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def _told_by(arguments: list[str]) -> dict:
    """The JSON that a command of vae_core prints. Raises ValueError with what it says where it fails."""
    nice = [found, "-n", "10"] if (found := shutil.which("nice")) else []
    try:
        done = subprocess.run(
            [*nice, sys.executable, "-m", "vae_core", *arguments],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"it was not made within {_PATIENCE:.0f} seconds: the server is busy, try again") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["it ended without an error message"]
        raise ValueError(said[0].removeprefix("vae_core: ")[:300])
    return json.loads(done.stdout)


_MAKERS = {"page": _page, "run": _run, "onnx": _onnx, "codes": _codes, "notebook": _notebook}
