"""`python -m vae_core export ...`: a run as files for elsewhere."""

import argparse
from pathlib import Path
from typing import Any

_FORMS = {
    "run": ("the run's folder as a zip, which the Library takes back", ".zip"),
    "onnx": ("a zip of encoder.onnx and decoder.onnx, compared with torch", ".zip"),
    "codes": ("q(z|x) of the test images, one a row", ".csv"),
    "notebook": ("a Jupyter notebook that works on the run's folder", ".ipynb"),
}


def add(parser: argparse.ArgumentParser) -> None:
    """Give the parser its flags."""
    told = "; ".join(f"{form}: {what}" for form, (what, _) in _FORMS.items())
    parser.add_argument("path", type=Path, metavar="RUN_DIR")
    parser.add_argument("--to", required=True, choices=tuple(_FORMS), help=told)
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: the run's name here, .zip, .csv or .ipynb")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Write the file whole or not at all; returns what to print. Raises ValueError if it exists or cannot be made."""
    from vae_core import take_home
    from vae_core.durable import write_bytes
    from vae_core.notebook import notebook
    from vae_core.run import open_run

    found = open_run(options.path)
    name = found.path.resolve().name
    out = options.out or Path(f"{name}-onnx.zip" if options.to == "onnx" else f"{name}{_FORMS[options.to][1]}")
    if out.exists():
        raise ValueError(f"{out} already exists, expected a new file")
    if not out.parent.is_dir():
        raise ValueError(f"{out.parent} is not a folder, expected one for the file")
    facts: dict[str, Any] = {}
    if options.to == "onnx":
        content, facts = take_home.onnx_zip(found)
    elif options.to == "notebook":
        content = notebook(found, _seen_from(out.parent, found.path))
    else:
        content = take_home.run_zip(found, name) if options.to == "run" else take_home.codes_csv(found)
    try:
        write_bytes(out, content)
    except OSError as error:
        raise ValueError(f"{out} cannot be written: {error.strerror}") from None
    return {"run": str(options.path), "out": str(out), "bytes": len(content), **facts}


def _seen_from(folder: Path, run: Path) -> str:
    """The run's folder as a notebook in `folder` names it: relative where it lies below, else whole."""
    try:
        return run.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return run.resolve().as_posix()
