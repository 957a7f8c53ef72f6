"""One table of all families on the same black and white pictures: log p(x), what it costs, and what a model can do."""

import base64
import itertools
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor

from vae_core import data
from vae_core.config import DataConfig, ModelConfig, ObjectiveName, RunConfig, TrainConfig
from vae_core.estimators.metrics import evaluate
from vae_core.families import chain, denoising, gan, weights_file
from vae_core.families.autoregressive import MADE
from vae_core.families.dbm import DBM
from vae_core.families.rbm import RBM
from vae_core.io.atomic import write_json
from vae_core.models.vae import VAE
from vae_core.runs.checkpoint import load
from vae_core.tasks.train_family import CARD, WEIGHTS, pictures, train_family
from vae_core.training_process.run_training import train_run

TABLE = "table.json"
SCORED = 200  # test pictures, the same for all
SAMPLES = 16
_BATCH, _RATE = 100, 1e-3
_LATENT, _HIDDEN = 20, (400,)  # of the VAEs
_SMALL = 128  # hidden units of the GAN and of the denoiser
_NOISE = 0.3  # share of the pixels that the denoiser finds replaced
_DRAWS = 2000  # of the proposal that is made for each x
_BURN_IN, _WALKS, _WALKED = 500, 40, 500  # steps before anything is taken, walks, and steps that are measured
_TIMED = 5  # samples of which the median time is told
_SEED = 0


@dataclass(frozen=True)
class Row:
    """One family: nats, seconds and steps of its chain.

    `log_px` is the mean over the first `n` test pictures, None where a model has no likelihood; `error` is its
    estimator's standard error for these pictures, None where it is exact. `memory` is how soon the slowest
    linear function of its chain's state forgets, in steps, with its standard error; the steps that were walked and None
    where it is longer than these can tell; None where no chain is needed. `z` is the number of latent
    variables that one can set by hand. `samples` holds SAMPLES pictures, one bit a pixel, base64.
    """

    family: str
    log_px: float | None
    error: float | None
    n: int
    parameters: int
    seconds: float
    seconds_a_sample: float
    memory: tuple[float, float | None] | None
    z: int | None
    samples: str
    shape: tuple[int, int]


_Draw = Callable[[int, torch.Generator], Tensor]
_Walk = Callable[[torch.Generator], Tensor]


@dataclass(frozen=True)
class _Trained:
    """What a row is made of: `draw(n, generator)` are pictures [n, D]; `walk` is a chain's features [S, C, F]."""

    log_px: Callable[[Tensor], tuple[float, float | None]] | None
    parameters: int
    seconds: float
    draw: _Draw
    walk: _Walk | None
    z: int | None = None


STEPS = {
    "vae": 12_000,
    "iwae": 6_000,
    "rbm": 12_000,
    "dbm": 3_000,
    "autoregressive": 12_000,
    "autoregressive-any-order": 24_000,
    "gan": 12_000,
    "gsn": 12_000,
}


def compare_families(
    name: str, out: Path, steps: dict[str, int], tell: Callable[[str], None] = lambda family: None
) -> list[Row]:
    """Train every family on a data set, binarised at one half, and write `out`/table.json; returns its rows.

    A row that the table of `out` has already is kept, and weights that a folder of `out` holds are used, so that a
    comparison that was stopped goes on. `tell` hears which family is next. Raises ValueError for data that cannot be
    read.
    """
    out.mkdir(parents=True, exist_ok=True)
    test = pictures(name, "test")
    rows = {row.family: row for row in read_table(out / TABLE)}
    for family, count in steps.items():
        if family in rows:
            continue
        tell(family)
        trained = _TRAININGS.get(family, _from_folder)(family, name, out, count)
        rows[family] = _row(family, trained, test[:SCORED])
        write_json(out / TABLE, {"data": name, "rows": [asdict(rows[each]) for each in steps if each in rows]})
    return [rows[family] for family in steps]


def read_table(path: Path) -> list[Row]:
    """The rows of a table; none where there is no such file. Raises ValueError for a file that holds none."""
    if not path.is_file():
        return []
    try:
        rows = [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]
        return [replace(row, memory=row.memory and tuple(row.memory), shape=tuple(row.shape)) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} holds no table of families: {error}") from None


def _row(family: str, trained: _Trained, test: Tensor) -> Row:
    generator = torch.Generator().manual_seed(_SEED)
    drawn = trained.draw(SAMPLES, generator)
    times = []
    for _ in range(_TIMED):
        begun = time.perf_counter()
        trained.draw(1, generator)
        times.append(time.perf_counter() - begun)
    log_px, error = trained.log_px(test.flatten(1)) if trained.log_px else (None, None)
    bits = np.packbits(drawn.numpy() > 0.5, axis=None)
    return Row(
        family=family,
        log_px=log_px,
        error=error,
        n=len(test),
        parameters=trained.parameters,
        seconds=round(trained.seconds, 1),
        seconds_a_sample=float(f"{median(times):.2g}"),
        memory=_memory(trained.walk(generator)) if trained.walk else None,
        z=trained.z,
        samples=base64.b64encode(bits.tobytes()).decode(),
        shape=tuple(test.shape[1:]),
    )


def _memory(features: Tensor) -> tuple[float, float | None]:
    steps, error = chain.slowest_part(features)
    return (steps, error) if error < steps / 2 else (len(features), None)


def _from_folder(family: str, name: str, out: Path, steps: int) -> _Trained:
    """An RBM, a DBM or an autoregressive model, whose weights are kept."""
    folder = out / family
    if not folder.exists():
        command = f"python -m vae_core family {family} --data {name} --steps {steps} --out {folder}"
        train_family(family, name, steps, folder, _SEED, command)
    model = weights_file.load(folder / WEIGHTS)
    seconds = json.loads((folder / CARD).read_text(encoding="utf-8"))["seconds"]
    draw, walk = _samplers(model)
    return _Trained(
        lambda x: (model.log_prob(x.double()).mean().item(), None),
        weights_file.parameter_count(model),
        seconds,
        draw,
        walk,
    )


def _samplers(model: RBM | DBM | MADE) -> tuple[_Draw, _Walk | None]:
    """How pictures are drawn, and how its chain is walked; an autoregressive model needs none."""
    if isinstance(model, MADE):
        return model.sample, None

    def start(n: int, generator: torch.Generator) -> Tensor:
        return torch.bernoulli(torch.full((n, len(model.b)), 0.5, dtype=torch.float64), generator=generator)

    def sweeps(state: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The picture, and the state that the next sweep begins at: of an RBM they are the same."""
        found = model.gibbs(state, count, generator)
        return found if isinstance(model, DBM) else (found, found)

    def features(state: Tensor) -> Tensor:
        return state if isinstance(model, DBM) else model.hidden_given(state)

    return (
        lambda n, generator: sweeps(start(n, generator), _BURN_IN, generator)[0],
        lambda generator: _walked(start(_WALKS, generator), lambda *given: sweeps(*given)[1], features, generator),
    )


def _walked(
    state: Tensor,
    move: Callable[[Tensor, int, torch.Generator], Tensor],
    features: Callable[[Tensor], Tensor],
    generator: torch.Generator,
) -> Tensor:
    """The features of a chain after its burn-in, [S, C, F]."""
    state = move(state, _BURN_IN, generator)
    found = []
    for _ in range(_WALKED):
        state = move(state, 1, generator)
        found.append(features(state))
    return torch.stack(found)


def _vae(objective: ObjectiveName, samples: int) -> Callable[[str, str, Path, int], _Trained]:
    def train(family: str, name: str, out: Path, steps: int) -> _Trained:
        images, test = (data.load(name, split, download=True) for split in ("train", "test"))
        model = ModelConfig(images.shape, _LATENT, hidden=_HIDDEN, likelihood="bernoulli")
        training = TrainConfig(steps, _BATCH, _RATE, _SEED, objective=objective, samples=samples)
        config = RunConfig(model, DataConfig(name, "threshold"), training)
        with tempfile.TemporaryDirectory() as folder:
            card = train_run(config, images, test, Path(folder) / family)
            vae = load(Path(folder) / family)
        return _Trained(
            lambda x: _by_mixture(vae, x.reshape(-1, *images.shape)),
            sum(part.numel() for part in vae.parameters()),
            card["seconds"],
            lambda n, generator: _drawn(vae, n, generator),
            lambda generator: _walk_of(vae, generator),
            _LATENT,
        )

    return train


def _by_mixture(vae: VAE, x: Tensor) -> tuple[float, float | None]:
    found = evaluate(vae, x, "mixture", _DRAWS, torch.Generator().manual_seed(_SEED))
    return found.log_px, found.mc_stderr


@torch.no_grad()
def _drawn(vae: VAE, n: int, generator: torch.Generator) -> Tensor:
    return vae.decode(vae.prior().sample(n, generator)).sample(generator).flatten(1)


@torch.no_grad()
def _walk_of(vae: VAE, generator: torch.Generator) -> Tensor:
    """z -> x -> z, by the decoder and the encoder's q(z|x) in place of the posterior."""

    def move(z: Tensor, count: int, generator: torch.Generator) -> Tensor:
        for _ in range(count):
            z = vae.encode(vae.decode(z).sample(generator)).rsample(generator)
        return z

    return _walked(vae.prior().sample(_WALKS, generator), move, lambda z: z, generator)


def _gan(family: str, name: str, out: Path, steps: int) -> _Trained:
    rows = pictures(name, "train").flatten(1)
    generator = torch.Generator().manual_seed(_SEED)
    G, D = gan.initial([_LATENT, _SMALL, rows.shape[1]], generator), gan.initial([rows.shape[1], _SMALL, 1], generator)
    begun = time.perf_counter()

    def draw(n: int) -> Tensor:
        return rows[torch.randint(len(rows), (n,), generator=generator)].double()

    training = gan.train(G, D, draw, generator, 2e-4, _BATCH, torch.sigmoid)
    step = next(itertools.islice(training, steps - 1, None))
    seconds = time.perf_counter() - begun

    def sample(n: int, generator: torch.Generator) -> Tensor:
        on = torch.sigmoid(gan.apply(step.generator, torch.randn(n, _LATENT, generator=generator).double()))
        return torch.bernoulli(on, generator=generator)

    parameters = sum(part.numel() for layer in (*step.generator, *step.discriminator) for part in layer)
    return _Trained(None, parameters, seconds, sample, None, _LATENT)


def _gsn(family: str, name: str, out: Path, steps: int) -> _Trained:
    rows = pictures(name, "train").flatten(1)
    generator = torch.Generator().manual_seed(_SEED)
    begun = time.perf_counter()
    first = denoising.initial(rows.shape[1], 2 * _SMALL, _NOISE, generator)
    model = next(itertools.islice(denoising.train(first, rows, generator, _RATE, _BATCH), steps - 1, None))
    seconds = time.perf_counter() - begun

    def start(n: int, generator: torch.Generator) -> Tensor:
        return torch.bernoulli(torch.full((n, rows.shape[1]), 0.5), generator=generator)

    def features(x: Tensor) -> Tensor:
        return torch.relu(model.c + (2 * x - 1) @ model.W)

    parameters = sum(part.numel() for part in (model.W, model.c, model.V, model.b))
    return _Trained(
        None,
        parameters,
        seconds,
        lambda n, generator: model.walk(start(n, generator), _BURN_IN, generator),
        lambda generator: _walked(start(_WALKS, generator), model.walk, features, generator),
    )


_TRAININGS: dict[str, Callable[[str, str, Path, int], _Trained]] = {
    "vae": _vae("elbo", 1),
    "iwae": _vae("iwae", 5),
    "gan": _gan,
    "gsn": _gsn,
}
