"""`python -m benchmarks [PART ...]`: measure all parts, or some, and print one table.

The exit code is 0 when everything could be measured, whether or not the bars hold, and 1 otherwise.
"""

import argparse
import importlib
import os
import platform
import sys
import time
from importlib.metadata import version

from playwright.sync_api import Error as PlaywrightError

from benchmarks.figures import Figure, NotMeasured, missing, table

PARTS = {
    "bytes": "bytes on the wire before the first drag",
    "decode_error": "decoding in the browser against torch",
    "drag": "dragging in a real browser, against a naive slider page",
    "exported": "the latent map as one file from a disk, against the app's own page",
    "families": "the small models of Other families, in a real browser",
    "gpu": "training on a GPU, against the plain loop and a floor; only when it is asked for",
    "live_curve_delay": "the age of the live curve's points, in a real browser",
    "log_px": "log p(x) by the proposal made for x, against all that knows better",
    "page_during_training": "a page while a training runs on the same machine",
    "paths": "geodesics and planes of the shipped models",
    "paths_playback": "a path of 60 frames played in a real browser",
    "points": "a million points, against plotly's scattergl",
    "presets": "what each preset of the page Train comes to; only when it is asked for",
    "quadrature": "exact log p(x) against dense grids and the matrix-product floor",
    "sliders": "repaints while sigma, z and the morph are dragged",
    "server": "server time of a rerun, start to first paint, 50 visitors",
    "training": "training against the published example, pythae, Lightning, JAX and the floor",
}
ONLY_ASKED = ("gpu", "presets")
OLD_NAMES = {"beside": "page_during_training", "live": "live_curve_delay", "play": "paths_playback"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what VAE Lab promises.")
    told = "; ".join(f"{name}: {what}" for name, what in PARTS.items())
    parser.add_argument("part", nargs="*", help=f"which parts to run, all but gpu and presets by default ({told})")
    asked = [OLD_NAMES.get(name, name) for name in parser.parse_args().part]
    chosen = asked or [name for name in PARTS if name not in ONLY_ASKED]
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}, expected some of {', '.join(PARTS)}")
    figures = [figure for name in chosen for figure in _measured(name)]
    print(_machine() + "\n\n" + table(figures))
    return 0 if all(figure.measured for figure in figures) else 1


def _measured(name: str) -> list[Figure]:
    """A part's figures; what cannot be measured is one line of the table and stops no other part."""
    print(f"{name}: {PARTS[name]} (load {_load()})", file=sys.stderr, flush=True)
    begun = time.perf_counter()
    try:
        figures = list(importlib.import_module(f"benchmarks.{name}").measure())
    except (NotMeasured, ValueError, OSError, PlaywrightError) as error:
        figures = [missing(PARTS[name], str(error).splitlines()[0])]
    print(f"{name}: {time.perf_counter() - begun:.0f} s (load {_load()})", file=sys.stderr, flush=True)
    return figures


def _machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "streamlit"))
    cores = f"{os.cpu_count()} cores, {platform.machine()}, load {_load()} at the end"
    return f"{time.strftime('%Y-%m-%d %H:%M')}: {cores}; Python {platform.python_version()}, {versions}"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    sys.exit(main())
