"""The command line: `python -m vae_core train ...`, `evaluate ...` and `race ...`.

With --json, standard output is one JSON object. A wrong flag, path, shape or value is one sentence on standard error
and exit code 2; a training that had to stop is one sentence and exit code 1.
"""

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any, NoReturn, get_args

from vae_core import __version__
from vae_core.config import (
    Activation,
    Arch,
    Binarize,
    DataConfig,
    LikelihoodName,
    ModelConfig,
    RunConfig,
    Sigma,
    TrainConfig,
)

USER_ERROR, FAILED, INTERRUPTED = 2, 1, 130


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
    except RuntimeError as error:  # TrainingFailed, or torch out of memory
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted; nothing was written", INTERRUPTED)
    print(json.dumps(result) if options.json else _as_table(result))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="vae_core", description="Train and evaluate variational autoencoders.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands.add_parser("train", help="train a model into a new run folder"))
    _add_evaluate(commands.add_parser("evaluate", help="measure a run on a data set"))
    _add_race(commands.add_parser("race", help="race the prior against the encoder to log p(x), into the run folder"))
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", required=True, metavar="NAME_OR_PATH", help="a named data set, an .npz file or a folder of images")
    add("--out", required=True, type=Path, metavar="RUN_DIR", help="the run folder to make")
    add("--latent-dim", type=int, default=2, metavar="D")
    add("--arch", choices=get_args(Arch), default="mlp")
    add("--hidden", type=int, nargs="+", default=[300, 300], metavar="N", help="widths (mlp) or channels (conv)")
    add("--activation", choices=get_args(Activation), default="elu")
    add("--likelihood", choices=get_args(LikelihoodName), default="gaussian")
    add("--sigma", type=_sigma, metavar="S", help="of a gaussian: optimal (default), learned or a number")
    add("--binarize", choices=get_args(Binarize), help="default: dynamic for bernoulli, none for gaussian")
    add("--batch-size", type=int, default=100, metavar="B")
    add("--lr", type=float, default=1e-3, help="Adam's learning rate")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, metavar="N", help="default: 6000")
    length.add_argument("--epochs", type=float, metavar="N", help="passes over the training images")
    add("--seed", type=int, default=0)
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--half", action="store_true", help="round the weights to half precision: half the file, exact in a browser")
    add("--title", help="the name on the model's card")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_train)


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


def _train(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core import data
    from vae_core.progress import Progress
    from vae_core.workflow import train_run

    images = data.load(options.data, "train")
    binarize = options.binarize or ("dynamic" if options.likelihood == "bernoulli" else "none")
    model = ModelConfig(
        image_shape=images.shape,
        latent_dim=options.latent_dim,
        arch=options.arch,
        hidden=tuple(options.hidden),
        activation=options.activation,
        likelihood=options.likelihood,
        sigma=options.sigma,
    )
    train = TrainConfig(
        steps=_steps(options, len(images)),
        batch_size=options.batch_size,
        lr=options.lr,
        seed=options.seed,
        device=options.device,
    )
    config = RunConfig(model, DataConfig(options.data, binarize), train)
    progress = Progress("training", train.steps)
    card = train_run(
        config,
        images,
        data.load(options.data, "test"),
        options.out,
        title=options.title,
        command="python -m vae_core " + shlex.join(arguments),
        half=options.half,
        on_step=lambda step: progress.update(step.step, f"ELBO {step.elbo:.1f} nats"),
    )
    figures = ("estimator", "samples", "n", "log_px", "elbo", "rate", "distortion", "stderr")
    shown = ("steps", "seconds", "images_per_second", "device", "weights_sha256", "sigma", "active_units")
    return {"run": str(options.out), **{k: card[k] for k in shown}, **{k: card["test"][k] for k in figures}}


def _evaluate(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.workflow import evaluate_run

    if options.limit is not None and options.limit < 2:
        raise ValueError(f"--limit is {options.limit}, expected at least 2 images")
    figures = evaluate_run(
        options.path, options.data, options.split, options.limit, options.estimator, options.samples, options.seed
    )
    return {"run": str(options.path), **figures}


def _race(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core.trained_race import race_run

    command = "python -m vae_core " + shlex.join(arguments)
    figures = race_run(options.path, options.images, options.reference, options.seed, command)
    return {"run": str(options.path), **figures}


def _steps(options: argparse.Namespace, images: int) -> int:
    if options.epochs is None:
        return 6000 if options.steps is None else options.steps
    if not options.epochs > 0:
        raise ValueError(f"--epochs is {options.epochs}, expected a number above 0")
    return max(1, round(options.epochs * images / max(options.batch_size, 1)))


def _sigma(text: str) -> Sigma:
    if text in ("learned", "optimal"):
        return text
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not 'optimal', 'learned' or a number") from None


def _as_table(result: dict[str, Any]) -> str:
    width = max(map(len, result))
    return "\n".join(f"{key:{width}}  {value}" for key, value in result.items())


def _fail(reason: object, code: int) -> int:
    print(f"vae_core: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
