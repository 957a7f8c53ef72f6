"""The command line: `python -m vae_core train ...`, `linear ...`, `family ...`, `families ...`, `evaluate ...`,
`encode ...`, `umap ...`, `jobs ...`, `race ...`, `export ...`, `download ...`.

With --json, standard output is one JSON object. A wrong flag, path, shape or value is one sentence on standard error
and exit code 2; a training that had to stop, or a disk that cannot be written, is one sentence and exit code 1.
"""

import argparse
import json
import sys
from typing import Any, NoReturn

from vae_core import __version__
from vae_core.cli import commands, train
from vae_core.io.atomic import TEMPORARY

USER_ERROR, FAILED, INTERRUPTED = 2, 1, 130
_COMMANDS = {
    "train": (train.add_train, "train a model into a new run folder, or continue one"),
    "linear": (commands.add_linear, "fit the linear-Gaussian model in closed form, into a new run folder"),
    "family": (commands.add_family, "train a relative of the VAE on pictures, and measure its exact log p(x)"),
    "families": (commands.add_families, "train all families on the same pictures, and write one table of them"),
    "evaluate": (commands.add_evaluate, "measure a run on a data set"),
    "encode": (commands.add_encode, "write the codes of any number of pictures"),
    "umap": (commands.add_umap, "lay out a run's codes on a plane by UMAP, into the run folder"),
    "jobs": (commands.add_jobs, "look after the queue of trainings in a folder of runs"),
    "race": (commands.add_race, "race the prior against the encoder to log p(x), into the run folder"),
    "export": (commands.add_export, "write a run as files for elsewhere: zip, ONNX, CSV, notebook"),
    "download": (commands.add_download, "fetch the files of a named data set that are not here, once"),
}


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
    except train.Stopped as stopped:
        return _fail(stopped, stopped.code)
    except RuntimeError as error:  # TrainingFailed, or torch out of memory
        return _fail(error, FAILED)
    except OSError as error:  # the folder is read-only, the disk is full
        file = str(error.filename or "a file").partition(TEMPORARY)[0]
        return _fail(f"{file} cannot be read or written: {error.strerror or error}", FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted; what was not finished is not written", INTERRUPTED)
    if result:
        print(json.dumps(result) if options.json else _as_table(result))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="vae_core", description="Train and evaluate variational autoencoders.")
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (add, purpose) in _COMMANDS.items():
        add(subparsers.add_parser(name, help=purpose))
    return parser


def _as_table(result: dict[str, Any]) -> str:
    width = max(map(len, result))
    return "\n".join(f"{key:{width}}  {value}" for key, value in result.items())


def _fail(reason: object, code: int) -> int:
    print(f"vae_core: {reason}", file=sys.stderr)
    return code
