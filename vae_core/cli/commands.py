"""Define the commands beside `train`: linear, family, families, evaluate, encode, umap, jobs, race, export, download.

`add_X` gives a parser the flags of the command X; the function that runs it returns what to print.
"""

import argparse
import shlex
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from vae_core.cli.train import DATA_HELP, SHOWN_METRICS
from vae_core.io.progress import Progress
from vae_core.jobs import leader
from vae_core.runs.umap_file import UMAP

_POLL_SECONDS = 1.0
_FORMS = {
    "run": ("the run's folder as a zip, which the Library takes back", ".zip"),
    "onnx": ("a zip of encoder.onnx and decoder.onnx, compared with torch", ".zip"),
    "codes": ("q(z|x) of the test images, one a row", ".csv"),
    "notebook": ("a Jupyter notebook that works on the run's folder", ".ipynb"),
}


def add_linear(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", required=True, metavar="NAME_OR_PATH", help=DATA_HELP)
    add("--out", required=True, type=Path, metavar="RUN_DIR", help="the run folder to make")
    add("--latent-dim", type=int, default=2, metavar="D")
    add("--title", help="the name on the model's card")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_linear)


def _linear(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.tasks.fit_ppca import linear_run

    command = "python -m vae_core " + shlex.join(arguments)
    card = linear_run(options.data, options.latent_dim, options.out, title=options.title, command=command)
    shown = ("seconds", "sigma", "weights_sha256", "active_units")
    return {"run": str(options.out), **{k: card[k] for k in shown}, **{k: card["test"][k] for k in SHOWN_METRICS}}


def add_family(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    families = ("rbm", "dbm", "autoregressive", "autoregressive-any-order")
    add("family", choices=families, metavar="NAME", help=", ".join(families))
    add("--data", required=True, metavar="NAME_OR_PATH", help=DATA_HELP)
    add("--out", required=True, type=Path, metavar="DIR", help="the folder to make")
    add("--steps", type=int, default=3000, metavar="N", help="minibatches of 100 pictures")
    add("--seed", type=int, default=0, help="of the first weights, the order of the pictures and the chains")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_family)


def _family(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.tasks.train_family import train_family

    command = "python -m vae_core " + shlex.join(arguments)
    line = Progress("training", max(1, options.steps))
    card = train_family(
        options.family,
        options.data,
        options.steps,
        options.out,
        options.seed,
        command,
        lambda done, total: line.update(done),
    )
    shown = ("family", "log_px", "stderr", "exact", "n", "seconds", "parameters", "steps")
    return {"folder": str(options.out), **{key: card[key] for key in shown}}


def add_families(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", required=True, metavar="NAME_OR_PATH", help=DATA_HELP)
    add("--out", required=True, type=Path, metavar="DIR", help="where the table is; one that was stopped goes on")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_families)


def _families(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.tasks.compare_families import STEPS, TABLE, compare_families

    line = Progress("families", len(STEPS))
    rows = compare_families(
        options.data, options.out, STEPS, lambda family: line.update(list(STEPS).index(family), f"now {family}")
    )
    line.update(len(STEPS))
    return {"table": str(options.out / TABLE), **{row.family: row.log_px for row in rows}}


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", type=Path, metavar="RUN_DIR")
    add("--data", metavar="NAME_OR_PATH", help="default: the data set that the run was trained on")
    add("--split", choices=("train", "test"), default="test")
    add("--limit", type=int, metavar="N", help="only the first N images")
    estimators = ("elbo", "mixture", "importance", "prior", "quadrature", "ais")
    add("--estimator", choices=estimators, default="elbo", help="which to take: docs/estimators.md")
    samples = "samples of z per image, chains for ais, none for quadrature; default: elbo 1, mixture 5000, "
    samples += "importance 100, prior 10000, ais 32"
    add("--samples", type=int, metavar="K", help=samples)
    add("--seed", type=int, default=0, help="of the binarisation and the samples")
    bits = "of a Gaussian: uniform noise within each byte, and the bits per dimension that bound its code length"
    add("--dequantize", action="store_true", help=bits)
    kept = "keep the estimate of log p(x) on the run's card; not of elbo, of other data or of dequantised pictures"
    add("--write-card", action="store_true", help=kept)
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.tasks.evaluate import evaluate_run, write_log_px

    of_its_own = options.data is None and options.split == "test" and not options.dequantize
    if options.write_card and (options.estimator == "elbo" or not of_its_own):
        raise ValueError(
            "--write-card keeps an estimate of log p(x) of the run's own test images, as they are: expected an "
            "--estimator other than elbo, and neither --data, --split train nor --dequantize"
        )
    if options.limit is not None and options.limit < 2:
        raise ValueError(f"--limit is {options.limit}, expected at least 2 images")
    line: list[Progress] = []

    def tell(done: int, total: int) -> None:
        if not line:
            line.append(Progress("measuring", total))
        line[0].update(done)

    figures = evaluate_run(
        options.path,
        options.data,
        options.split,
        options.limit,
        options.estimator,
        options.samples,
        options.seed,
        dequantize=options.dequantize,
        progress=tell,
    )
    if options.write_card:
        write_log_px(options.path, figures)
    return {"run": str(options.path), **figures}


def add_encode(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", type=Path, metavar="RUN_DIR")
    data = "a data set's name or path, or an .npy file of bytes; default: the one that the run was trained on"
    add("--data", metavar="NAME_OR_PATH", help=data)
    add("--split", choices=("train", "test"), default="test", help="of a data set; an .npy file is taken whole")
    result = "the file to make: .npy (means) or .parquet (means, log-variances, labels)"
    add("--out", required=True, type=Path, metavar="FILE", help=result)
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_encode)


def _encode(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Encode a data set; returns what to print, nothing in all processes of a group but the first."""
    from vae_core.distributed import process_group
    from vae_core.tasks.encode import encode_run

    progress: list[Progress] = []

    def tell(done: int, total: int) -> None:
        if not progress:
            progress.append(Progress("encoding", total))
            progress[0].begin(done)
        progress[0].update(done)

    with process_group(options.device) as (group, device):
        result = encode_run(
            options.path, options.data, options.split, options.out, on_rows=tell, group=group, device=device
        )
        return {"run": str(options.path), **result} if group.rank == 0 else {}


def add_export(parser: argparse.ArgumentParser) -> None:
    told = "; ".join(f"{form}: {what}" for form, (what, _) in _FORMS.items())
    parser.add_argument("path", type=Path, metavar="RUN_DIR")
    parser.add_argument("--to", required=True, choices=tuple(_FORMS), help=told)
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: the run's name here, .zip, .csv or .ipynb")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_export)


def _export(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Write the file atomically; returns what to print. Raises ValueError if it exists or cannot be made."""
    from vae_core.export import archive
    from vae_core.export.notebook import notebook
    from vae_core.io.atomic import write_bytes
    from vae_core.runs.run import open_run

    found = open_run(options.path)
    name = found.path.resolve().name
    out = options.out or Path(f"{name}-onnx.zip" if options.to == "onnx" else f"{name}{_FORMS[options.to][1]}")
    if out.exists():
        raise ValueError(f"{out} already exists, expected a new file")
    if not out.parent.is_dir():
        raise ValueError(f"{out.parent} is not a folder, expected one for the file")
    facts: dict[str, Any] = {}
    if options.to == "onnx":
        content, facts = archive.onnx_zip(found)
    elif options.to == "notebook":
        content = notebook(found, _seen_from(out.parent, found.path))
    else:
        content = archive.run_zip(found, name) if options.to == "run" else archive.codes_csv(found)
    try:
        write_bytes(out, content)
    except OSError as error:
        raise ValueError(f"{out} cannot be written: {error.strerror}") from None
    return {"run": str(options.path), "out": str(out), "bytes": len(content), **facts}


def _seen_from(folder: Path, run: Path) -> str:
    """Return the run's path for a notebook in `folder`: relative if the run is below it, else absolute."""
    try:
        return run.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return run.resolve().as_posix()


def add_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="RUNS_DIR", help="the folder in which runs are queued")
    parser.set_defaults(run=_jobs, json=False)


def _jobs(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Start queued trainings until SIGTERM or Ctrl+C, or wait while another process does. Trainers go on without it."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    printed = None
    while not over.is_set():
        try:
            leading = leader.lead_and_schedule(options.path)
            message = "looking after the queue" if leading else "another process looks after the queue: waiting"
        except Exception as error:  # any error: the next call may succeed
            message = f"the queue could not be scheduled: {error}"
        if message != printed:
            print(f"vae_core jobs: {message}", file=sys.stderr, flush=True)
            printed = message
        over.wait(_POLL_SECONDS)
    leader.release(options.path)
    return {}


def add_umap(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", type=Path, metavar="RUN_DIR")
    add("--seed", type=int, default=0)
    add("--out", type=Path, metavar="FILE", help=f"default: {UMAP} in the run's folder")
    add("--shares", action="store_true", help="say what share is done, one number a line, on standard output")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_umap)


def _umap(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Compute the UMAP plane and save it; returns what to print."""
    progress = Progress("laying out", 100)

    def tell(share: float) -> None:
        if options.shares:
            print(f"{share:.3f}", flush=True)
        else:
            progress.update(round(100 * share))

    out = options.out or options.path / UMAP
    from vae_core.tasks.umap import umap_run

    plane = umap_run(options.path, options.seed, out, tell)
    return {
        "run": str(options.path),
        "out": str(out),
        "n": len(plane.places),
        "seed": plane.seed,
        "trustworthiness": plane.trustworthiness,
        "pca_trustworthiness": plane.pca_trustworthiness,
    }


def add_race(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", type=Path, metavar="RUN_DIR")
    add("--images", type=int, default=30, metavar="N", help="the first N test images")
    add("--reference", type=int, default=100_000, metavar="K", help="samples of the reference beyond 2 latents")
    add("--seed", type=int, default=0, help="of the binarisation and the samples")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_race)


def _race(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.tasks.compare_estimators import race_run

    command = "python -m vae_core " + shlex.join(arguments)
    figures = race_run(options.path, options.images, options.reference, options.seed, command)
    return {"run": str(options.path), **figures}


def add_download(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", help="fashion-mnist or mnist")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_download)


def _download(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core import data

    for name in options.names:
        data.fetch(name)
    return {"data": ", ".join(options.names), "state": "here"}
