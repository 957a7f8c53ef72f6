"""Define `python -m vae_core train ...`: train a new run or an existing run folder."""

import argparse
import math
import os
import resource
import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from vae_core.config import (
    Arch,
    Binarize,
    DataConfig,
    Kl,
    LikelihoodName,
    Mean,
    ModelConfig,
    ObjectiveName,
    PosteriorName,
    PriorName,
    RunConfig,
    Sigma,
    TrainConfig,
)
from vae_core.io.progress import Progress
from vae_core.jobs.queue import schedule
from vae_core.layers import ACTIVATIONS
from vae_core.runs.control import Control, write_control
from vae_core.runs.job_spec import JobSpec, read_job_spec
from vae_core.runs.run import open_config, require_new
from vae_core.runs.status import acquire_run, stored_status

if TYPE_CHECKING:
    from vae_core.data import ImageSet

DATA_HELP = (
    "a named data set, or a folder, zip, .npz, .npy or CSV, with choices behind a question mark, such as "
    "'table.csv?labels=species&left_out=id&marks=decimal'"
)
_NICE = 10  # of a job in the background
_CARD = (
    *("steps", "seconds", "images_per_second", "device", "threads", "products", "processor"),
    *("weights_sha256", "sigma", "active_units"),
)
SHOWN_METRICS = ("estimator", "samples", "n", "log_px", "elbo", "rate", "distortion", "stderr")


class Stopped(RuntimeError):
    """Raised when the training was stopped on request before its planned end; `code` is the exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


def _tell(images: "ImageSet") -> None:
    """Print what was guessed of local data on standard error, so that it can be changed."""
    for said in images.guesses:
        print(f"{images.name}: {said}", file=sys.stderr, flush=True)


def add_train(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", metavar="NAME_OR_PATH", help=DATA_HELP)
    add("--out", type=Path, metavar="RUN_DIR", help="the run folder to make")
    existing = parser.add_mutually_exclusive_group()
    resume = "continue this run to its planned end, and ignore other flags"
    existing.add_argument("--resume", type=Path, metavar="RUN_DIR", help=resume)
    job = "train a queued run folder as its files say, within its limits, at low priority"
    existing.add_argument("--job", type=Path, metavar="RUN_DIR", help=job)
    _add_model(parser)
    _add_training(parser)
    add("--half", action="store_true", help="round the weights to half precision: half the file, exact in a browser")
    add("--title", help="the name on the model's card")
    add("--tensorboard", action="store_true", help="also write the metrics as TensorBoard event files")
    add("--checkpoint-seconds", type=float, default=5.0, metavar="S", help="least time between two checkpoints")
    add("--background", action="store_true", help="with --resume: as --job, for a run that has been queued")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=_train)


def _add_model(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--latent-dim", type=int, default=2, metavar="D")
    add("--arch", choices=get_args(Arch), default="mlp")
    widths = "widths (mlp) or channels (conv); none at all for a linear model"
    add("--hidden", type=int, nargs="*", default=[300, 300], metavar="N", help=widths)
    add("--activation", choices=tuple(ACTIVATIONS), default="elu")
    add("--likelihood", choices=get_args(LikelihoodName), default="gaussian")
    add("--sigma", type=_sigma, metavar="S", help="of a gaussian: optimal (default), learned or a number")
    add("--mean", choices=get_args(Mean), default="sigmoid", help="of a gaussian, from the decoder's output")
    add("--posterior", choices=get_args(PosteriorName), default="diagonal", help="family of q(z|x)")
    add("--prior", choices=get_args(PriorName), default="normal", help="p(z): N(0, I) or VampPrior")
    add("--top-dim", type=int, metavar="D", help="a second level of so many latents above the first")
    add("--binarize", choices=get_args(Binarize), help="default: dynamic for bernoulli, none for gaussian")


def _add_training(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--objective", choices=get_args(ObjectiveName), default="elbo", help="what is maximised")
    add("--samples", type=int, default=1, metavar="K", help="samples of z per image in a step")
    add("--beta", type=float, default=1.0, help="weight of the KL, for beta and beta-tcvae")
    add("--warmup", type=int, default=0, metavar="N", help="steps over which the weight of the KL rises from 0")
    add("--free-bits", type=float, default=0.0, metavar="NATS", help="rate of a dimension that costs nothing more")
    add("--kl", choices=get_args(Kl), default="analytic", help="the KL in closed form or from the samples")
    add("--batch-size", type=int, default=100, metavar="B")
    add("--lr", type=float, default=1e-3, help="Adam's learning rate")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, metavar="N", help="default: 6000")
    length.add_argument("--epochs", type=float, metavar="N", help="passes over the training images")
    add("--seed", type=int, default=0)
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")


def _train(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Train a new run or an existing run folder; returns what to print. Raises Stopped if it was asked to stop."""
    run = options.resume or options.job
    if run is not None:
        if options.data is not None or options.out is not None:
            flag = "--resume" if options.job is None else "--job"
            raise ValueError(f"{flag} trains a run as its folder says: leave --data and --out away")
        return _train_folder(run, options.job is not None or options.background, options.checkpoint_seconds)
    if options.background:
        raise ValueError("--background goes with --resume: a new run has no limits to obey")
    if options.data is None or options.out is None:
        raise ValueError("--data and --out are needed for a new run, or --resume for one that goes on")
    return _train_new(options, arguments)


def _train_new(options: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    from vae_core import data, distributed
    from vae_core.training_process.run_training import require_trainable, train_run

    images, test = (data.load(options.data, split, download=True) for split in ("train", "test"))
    named = options.data in data.available() or options.data.startswith(data.PREFIX)
    name = options.data if named else str(Path(options.data).expanduser().resolve())
    config = _config(options, name, images.shape, len(images))
    spec = JobSpec(
        title=options.title,
        command="python -m vae_core " + shlex.join(arguments),
        half=options.half,
        tensorboard=options.tensorboard,
    )
    again = distributed.restarted() and _same_run(options.out, config, spec)
    if not again:
        require_new(options.out)
    require_trainable(config, images, test, spec, distributed.processes())
    if os.environ.get("RANK", "0") == "0":
        _tell(images)
    with distributed.process_group(options.device) as (group, device):
        result = train_run(
            config,
            images,
            test,
            options.out,
            spec=spec,
            on_step=_progress(config),
            checkpoint_seconds=options.checkpoint_seconds,
            group=group,
            device=device,
            again=again,
        )
        return _shown(options.out, result) if group.rank == 0 else {}


def _train_folder(run: Path, as_job: bool, checkpoint_seconds: float) -> dict[str, Any]:
    """Train a run folder from its last checkpoint, or from step 0 when it has none.

    A job keeps to the memory limit of its specification, runs at low priority and starts the next jobs at its end.
    """
    config = open_config(run)
    if as_job:
        os.nice(_NICE)
        limits = read_job_spec(run).limits
        if limits is not None:
            _limit_memory(limits.memory)
    writer = _rank() == 0
    try:
        if stored_status(run).state == "done":
            from vae_core.training_process.run_training import read_result

            return _shown(run, read_result(run)) if writer else {}
        with acquire_run(run) if writer else nullcontext() as heartbeat:  # before torch is there: that takes seconds
            if writer and not as_job:
                write_control(run, Control())
            from vae_core.distributed import process_group
            from vae_core.training_process.run_training import resume_run

            with process_group(config.train.device) as (group, device):
                pace = {"on_step": _progress(config), "checkpoint_seconds": checkpoint_seconds}
                result = resume_run(run, heartbeat, **pace, group=group, device=device)
            return _shown(run, result) if writer else {}
    finally:
        if as_job:
            _limit_memory(resource.RLIM_INFINITY)  # the next trainer has a limit of its own
            schedule(run.resolve().parent)


def _limit_memory(most: int) -> None:
    """Limit this process's memory to so many bytes, or to its hard limit if that is lower."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    allowed = [limit for limit in (most, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(allowed, default=resource.RLIM_INFINITY), hard))


def _rank() -> int:
    """Return the rank of this process among those that torchrun has started, without torch."""
    return int(os.environ["RANK"]) if "TORCHELASTIC_RUN_ID" in os.environ else 0


def _shown(run: Path, result: dict[str, Any]) -> dict[str, Any]:
    """Return what to print of an ended training. Raises Stopped if it did not reach its planned end."""
    if result["state"] != "done":
        code = 0 if result["signal"] is None else 128 + result["signal"]
        raise Stopped(
            f"{result['reason']}; go on with: python -m vae_core train --resume {shlex.quote(str(run))}", code
        )
    figures = {name: result["test"][name] for name in SHOWN_METRICS}
    resumed = {"resumed": result["resumed"]} if "resumed" in result else {}
    facts = {name: result[name] for name in _CARD if name in result} | resumed  # a card may be an older version's
    return {"run": str(run), **facts, **figures, "final_loss": result["final_loss"]}


def _config(options: argparse.Namespace, name: str, shape: tuple[int, int, int], count: int) -> RunConfig:
    binarize = options.binarize or ("dynamic" if options.likelihood == "bernoulli" else "none")
    model = ModelConfig(
        image_shape=shape,
        latent_dim=options.latent_dim,
        arch=options.arch,
        hidden=tuple(options.hidden),
        activation=options.activation,
        likelihood=options.likelihood,
        sigma=options.sigma,
        mean=options.mean,
        posterior=options.posterior,
        prior=options.prior,
        top_dim=options.top_dim,
    )
    train = TrainConfig(
        steps=_steps(options, count),
        batch_size=options.batch_size,
        lr=options.lr,
        seed=options.seed,
        device=options.device,
        objective=options.objective,
        samples=options.samples,
        beta=options.beta,
        warmup=options.warmup,
        free_bits=options.free_bits,
        kl=options.kl,
    )
    return RunConfig(model, DataConfig(name, binarize), train)


def _progress(config: RunConfig) -> Any:
    """Return a function that prints the progress of a training on standard error, from its first record on."""
    progress, begun = Progress("training", config.train.steps), []

    def tell(step: Any) -> None:
        if not begun:
            begun.append(step.step)
            progress.begin(step.step)
            if step.step < config.train.steps:
                return  # nothing can be said of the speed yet
        progress.update(step.step, f"ELBO {step.elbo:.1f} nats")

    return tell


def _same_run(out: Path, config: RunConfig, spec: JobSpec) -> bool:
    """Return whether the folder holds this training, begun before a process of the group was lost."""
    try:
        return open_config(out) == config and read_job_spec(out) == spec
    except ValueError:
        return False


def _steps(options: argparse.Namespace, images: int) -> int:
    if options.epochs is None:
        return 6000 if options.steps is None else options.steps
    if not 0 < options.epochs < math.inf:
        raise ValueError(f"--epochs is {options.epochs}, expected a finite number above 0")
    return max(1, round(options.epochs * images / max(options.batch_size, 1)))


def _sigma(text: str) -> Sigma:
    if text in ("learned", "optimal"):
        return text
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not 'optimal', 'learned' or a number") from None
