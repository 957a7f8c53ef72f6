"""The command line: `python -m vae_core train ...`, `linear ...`, `evaluate ...`, `encode ...`, `umap ...`,
`jobs ...`, `race ...`, `export ...`, `download ...`.

With --json, standard output is one JSON object. A wrong flag, path, shape or value is one sentence on standard error
and exit code 2; a training that had to stop is one sentence and exit code 1.
"""

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any, NoReturn

from vae_core import __version__, encode_command, export_command, jobs_command, train_command, umap_command

USER_ERROR, FAILED, INTERRUPTED = 2, 1, 130
_FIGURES = ("estimator", "samples", "n", "log_px", "elbo", "rate", "distortion", "stderr")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(USER_ERROR, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    try:
        result = options.run(options, arguments)
    except ValueError as error:
        return _fail(error, USER_ERROR)
    except train_command.Stopped as stopped:
        return _fail(stopped, stopped.code)
    except RuntimeError as error:  # TrainingFailed, or torch out of memory
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted; nothing was written", INTERRUPTED)
    if result:
        print(json.dumps(result) if options.json else _as_table(result))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="vae_core", description="Train and evaluate variational autoencoders.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train_command.add(commands.add_parser("train", help="train a model into a new run folder, or continue one"))
    _add_linear(
        commands.add_parser("linear", help="fit the linear-Gaussian model in closed form, into a new run folder")
    )
    _add_evaluate(commands.add_parser("evaluate", help="measure a run on a data set"))
    encode_command.add(commands.add_parser("encode", help="write the codes of any number of pictures"))
    umap_command.add(commands.add_parser("umap", help="lay out a run's codes on a plane by UMAP, into the run folder"))
    jobs_command.add(commands.add_parser("jobs", help="look after the queue of trainings in a folder of runs"))
    _add_race(commands.add_parser("race", help="race the prior against the encoder to log p(x), into the run folder"))
    export_command.add(
        commands.add_parser("export", help="write a run as files for elsewhere: zip, ONNX, CSV, notebook")
    )
    _add_download(commands.add_parser("download", help="fetch the files of a named data set that are not here, once"))
    return parser


def _add_download(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", help="fashion-mnist or mnist")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_download)


def _add_linear(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", required=True, metavar="NAME_OR_PATH", help=train_command.DATA_HELP)
    add("--out", required=True, type=Path, metavar="RUN_DIR", help="the run folder to make")
    add("--latent-dim", type=int, default=2, metavar="D")
    add("--title", help="the name on the model's card")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_linear)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", type=Path, metavar="RUN_DIR")
    add("--data", metavar="NAME_OR_PATH", help="default: the data set that the run was trained on")
    add("--split", choices=("train", "test"), default="test")
    add("--limit", type=int, metavar="N", help="only the first N images")
    add("--estimator", choices=("elbo", "importance", "prior", "quadrature"), default="elbo")
    samples = "samples of z per image, none for quadrature; default: elbo 1, importance 100, prior 10000"
    add("--samples", type=int, metavar="K", help=samples)
    add("--seed", type=int, default=0, help="of the binarisation and the samples")
    bits = "of a Gaussian: uniform noise within each byte, and the bits per dimension that bound its code length"
    add("--dequantize", action="store_true", help=bits)
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_evaluate)


def _add_race(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", type=Path, metavar="RUN_DIR")
    add("--images", type=int, default=30, metavar="N", help="the first N test images")
    add("--reference", type=int, default=100_000, metavar="K", help="samples of the reference beyond 2 latents")
    add("--seed", type=int, default=0, help="of the binarisation and the samples")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_race)


def _download(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core import data

    for name in options.names:
        data.fetch(name)
    return {"data": ", ".join(options.names), "state": "here"}


def _linear(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.linear_run import linear_run

    command = "python -m vae_core " + shlex.join(arguments)
    card = linear_run(options.data, options.latent_dim, options.out, title=options.title, command=command)
    shown = ("seconds", "sigma", "weights_sha256", "active_units")
    return {"run": str(options.out), **{k: card[k] for k in shown}, **{k: card["test"][k] for k in _FIGURES}}


def _evaluate(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.workflow import evaluate_run

    if options.limit is not None and options.limit < 2:
        raise ValueError(f"--limit is {options.limit}, expected at least 2 images")
    figures = evaluate_run(
        options.path,
        options.data,
        options.split,
        options.limit,
        options.estimator,
        options.samples,
        options.seed,
        dequantize=options.dequantize,
    )
    return {"run": str(options.path), **figures}


def _race(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.trained_race import race_run

    command = "python -m vae_core " + shlex.join(arguments)
    figures = race_run(options.path, options.images, options.reference, options.seed, command)
    return {"run": str(options.path), **figures}


def _as_table(result: dict[str, Any]) -> str:
    width = max(map(len, result))
    return "\n".join(f"{key:{width}}  {value}" for key, value in result.items())


def _fail(reason: object, code: int) -> int:
    print(f"vae_core: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
