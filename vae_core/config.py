"""What a run is made of: three frozen dataclasses, checked when made, stored as JSON.

A key that is not known is refused by its name, so that a typing error never trains another model in silence.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from vae_core.layers import ACTIVATIONS, require_chain

Arch = Literal["mlp", "conv"]
AnyArch = Literal["mlp", "conv", "given"]
LikelihoodName = Literal["bernoulli", "gaussian"]
Binarize = Literal["none", "threshold", "dynamic"]
Sigma = float | Literal["learned", "optimal"]
Mean = Literal["sigmoid", "identity"]
PosteriorName = Literal["diagonal", "full", "flow"]
PriorName = Literal["normal", "vamp"]
ObjectiveName = Literal["elbo", "beta", "free-bits", "iwae", "dreg", "beta-tcvae", "autoencoder"]
Kl = Literal["analytic", "sampled"]

# What each objective has of its own; a setting that it would not read is refused.
_USES = {
    "elbo": {"samples", "warmup", "kl"},
    "beta": {"beta", "samples", "warmup", "kl"},
    "free-bits": {"free_bits", "samples"},
    "iwae": {"samples"},
    "dreg": {"samples"},
    "beta-tcvae": {"beta"},
    "autoencoder": set(),
}

FLOW_MAPS = 4  # planar maps of a posterior that is a flow
INACTIVE_RATE = 0.01  # nats: a latent dimension with a rate below this is inactive, it says nothing about x


@dataclass(frozen=True)
class ModelConfig:
    """Architecture of a VAE: x of `image_shape` (channels, height, width), z of `latent_dim`.

    `hidden` are the widths of the encoder's layers; the decoder mirrors them. For `conv` they are the channels of
    stages that halve the picture each; none at all makes both maps linear. `sigma` is the standard deviation of a
    Gaussian p(x|z) on values in [0, 1]: a number (fixed), "learned" by gradient, or "optimal" (the root mean squared
    error, Rybkin et al. 2021). Its mean is the sigmoid of the decoder's output, or that output itself ("identity").
    `posterior` is the family of q(z|x), `prior` that of p(z). With `top_dim` there is a second level: z2 of that many
    numbers, p(z2) = N(0, I), and p(z|z2) diagonal normal. For `given` the layers of encoder and decoder are those that
    `encoder` and `decoder` say in words (vae_core.layers). Raises ValueError for a value that cannot be, with what was
    received and what was expected.
    """

    image_shape: tuple[int, int, int]
    latent_dim: int = 2
    arch: AnyArch = "mlp"
    hidden: tuple[int, ...] = (300, 300)
    activation: str = "elu"
    likelihood: LikelihoodName = "gaussian"
    sigma: Sigma | None = None
    mean: Mean = "sigmoid"
    posterior: PosteriorName = "diagonal"
    prior: PriorName = "normal"
    top_dim: int | None = None
    encoder: tuple[str, ...] = ()
    decoder: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_shape", tuple(self.image_shape))
        object.__setattr__(self, "hidden", tuple(self.hidden))
        _require(len(self.image_shape) == 3, "image_shape", self.image_shape, "(channels, height, width)")
        _require(all(map(_positive_int, self.image_shape)), "image_shape", self.image_shape, "positive whole numbers")
        _require(self.image_shape[0] in (1, 3), "channels", self.image_shape[0], "1 (grey) or 3 (colour)")
        _require(_positive_int(self.latent_dim), "latent_dim", self.latent_dim, "a whole number of at least 1")
        _choice("arch", self.arch, AnyArch)
        _require(self.activation in ACTIVATIONS, "activation", self.activation, "one of " + ", ".join(ACTIVATIONS))
        _choice("likelihood", self.likelihood, LikelihoodName)
        _choice("mean", self.mean, Mean)
        _choice("posterior", self.posterior, PosteriorName)
        _choice("prior", self.prior, PriorName)
        _require(all(map(_positive_int, self.hidden)), "hidden", self.hidden, "positive whole numbers")
        if self.arch == "conv":
            _require(len(self.hidden) > 0, "hidden", self.hidden, "one or more positive whole numbers")
            factor = 2 ** len(self.hidden)
            _require(
                all(side % factor == 0 for side in self.image_shape[1:]),
                "image sides",
                self.image_shape[1:],
                f"multiples of {factor}, since each of the {len(self.hidden)} stages halves the picture",
            )
        if self.likelihood == "bernoulli":
            _require(self.sigma is None, "sigma", self.sigma, "none, since a Bernoulli likelihood has no sigma")
            _require(self.mean == "sigmoid", "mean", self.mean, "'sigmoid', since a Bernoulli's mean is a probability")
        else:
            object.__setattr__(self, "sigma", "optimal" if self.sigma is None else self.sigma)
            ok = self.sigma in ("learned", "optimal") or (_number(self.sigma) and 1e-3 <= self.sigma <= 10)
            _require(ok, "sigma", self.sigma, "'optimal', 'learned' or a number from 0.001 to 10")
        if self.top_dim is not None:
            _require(_positive_int(self.top_dim), "top_dim", self.top_dim, "none or a whole number of at least 1")
            one = (self.arch, self.posterior, self.prior)
            _require(one == ("mlp", "diagonal", "normal"), "model", one, "mlp, diagonal and normal with two levels")

        if self.arch == "given":
            self._check_given()
        else:
            own = self.encoder or self.decoder
            _require(not own, "encoder and decoder", own, "none unless arch is 'given'")

    def _check_given(self) -> None:
        object.__setattr__(self, "hidden", ())
        object.__setattr__(self, "encoder", tuple(self.encoder))
        object.__setattr__(self, "decoder", tuple(self.decoder))
        _require(self.plain, "model", "given", "a diagonal posterior, a normal prior and one level")
        require_chain("encoder", self.encoder, self.image_shape, (2 * self.latent_dim,))
        require_chain("decoder", self.decoder, (self.latent_dim,), self.image_shape)

    @property
    def plain(self) -> bool:
        """Whether q(z|x) is a diagonal normal and p(z) = N(0, I): what ellipses, axes and a unit circle can show."""
        return self.posterior == "diagonal" and self.prior == "normal" and self.top_dim is None

    @property
    def pixels(self) -> int:
        """Numbers in one picture: channels x height x width."""
        return math.prod(self.image_shape)


@dataclass(frozen=True)
class DataConfig:
    """Which images, by name or path, and how they are made binary: `none`, `threshold` or `dynamic`.

    `threshold` sets values of at least one half to 1 and all others to 0. `dynamic` draws each pixel with its grey
    value as the probability of 1, anew each time that training uses the image. Raises ValueError for another word.
    """

    name: str
    binarize: Binarize = "none"

    def __post_init__(self) -> None:
        _choice("binarize", self.binarize, Binarize)


@dataclass(frozen=True)
class TrainConfig:
    """How the model is trained: Adam at `lr` on minibatches of `batch_size` for `steps` steps.

    `objective` is one of vae_core.objectives, `samples` its K samples of z an image, `beta` the final weight of the
    KL, which rises to it from 0 over `warmup` steps, `free_bits` the nats below which a dimension costs the same.
    `kl` "sampled" takes the KL from the samples of z where a closed form exists ("analytic"); q and p that have none
    are always sampled. The same `seed` gives the same training on the same device. Raises ValueError for a value that
    cannot be, and for a setting that the objective does not use.
    """

    steps: int = 6000
    batch_size: int = 100
    lr: float = 1e-3
    seed: int = 0
    device: str = "auto"
    objective: ObjectiveName = "elbo"
    samples: int = 1
    beta: float = 1.0
    warmup: int = 0
    free_bits: float = 0.0
    kl: Kl = "analytic"

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size"):
            _require(_positive_int(getattr(self, name)), name, getattr(self, name), "a whole number of at least 1")
        _require(_number(self.lr) and 0 < self.lr <= 1, "lr", self.lr, "a number above 0 and at most 1")
        _require(_whole(self.seed) and 0 <= self.seed < 2**63, "seed", self.seed, "a whole number from 0 to 2^63 - 1")
        _choice("objective", self.objective, ObjectiveName)
        _choice("kl", self.kl, Kl)
        _require(_positive_int(self.samples), "samples", self.samples, "a whole number of at least 1")
        _require(_number(self.beta) and 0 <= self.beta <= 1000, "beta", self.beta, "a number from 0 to 1000")
        _require(_whole(self.warmup) and self.warmup >= 0, "warmup", self.warmup, "a whole number of at least 0")
        _require(_number(self.free_bits) and self.free_bits >= 0, "free_bits", self.free_bits, "a number of at least 0")
        for field in dataclasses.fields(self):
            if field.name in {"samples", "beta", "warmup", "free_bits", "kl"} - _USES[self.objective]:
                value = getattr(self, field.name)
                why = f"{field.default!r}, since the objective {self.objective} does not use it"
                _require(value == field.default, field.name, value, why)


@dataclass(frozen=True)
class RunConfig:
    """All that decides a run: the model, the data and the training.

    Raises ValueError for parts that do not go together, such as a Bernoulli likelihood with grey images.
    """

    model: ModelConfig
    data: DataConfig
    train: TrainConfig

    def __post_init__(self) -> None:
        binary = self.data.binarize != "none"
        if self.model.likelihood == "bernoulli" and not binary:
            raise ValueError(
                "a Bernoulli likelihood needs binary images, and binarize is 'none': choose 'dynamic' or 'threshold' "
                "(grey values under a Bernoulli are no likelihood)"
            )
        objective = self.train.objective
        if objective in ("free-bits", "beta-tcvae", "autoencoder") and not self.model.plain:
            raise ValueError(
                f"the objective {objective} is for a diagonal posterior, a normal prior and one level: change these or "
                "the objective"
            )
        if objective in ("iwae", "dreg") and self.model.sigma == "optimal":
            raise ValueError(
                f"sigma is 'optimal', which is the best for one sample of z, not for the objective {objective}: "
                "expected 'learned' or a number"
            )
        if objective == "dreg" and self.model.top_dim is not None:
            raise ValueError("the objective dreg is for one level, and the model has two: choose iwae")

    def to_json(self) -> dict[str, Any]:
        """The configuration as plain values, which `from_json` reads."""
        values = dataclasses.asdict(self)
        if self.model.arch != "given":
            del values["model"]["encoder"], values["model"]["decoder"]
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "RunConfig":
        """The configuration stored as JSON. Raises ValueError naming any key that is unknown or missing."""
        parts = {"model": ModelConfig, "data": DataConfig, "train": TrainConfig}
        _known_keys("the run's configuration", values, set(parts), required=set(parts))
        return cls(**{name: _build(kind, values[name]) for name, kind in parts.items()})


def _build(kind: type, values: Any) -> Any:
    fields = dataclasses.fields(kind)
    required = {f.name for f in fields if f.default is dataclasses.MISSING}
    _known_keys(kind.__name__, values, {f.name for f in fields}, required)
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


def _known_keys(what: str, values: Any, known: set[str], required: set[str]) -> None:
    if not isinstance(values, dict):
        raise ValueError(f"{what} is a {type(values).__name__}, expected an object with the keys {sorted(known)}")
    if unknown := sorted(set(values) - known):
        raise ValueError(f"{what} has the unknown key {unknown[0]!r}, expected some of {sorted(known)}")
    if missing := sorted(required - set(values)):
        raise ValueError(f"{what} lacks the key {missing[0]!r}")


def _choice(name: str, value: Any, kind: Any) -> None:
    _require(value in get_args(kind), name, value, "one of " + ", ".join(get_args(kind)))


def _require(holds: bool, name: str, received: Any, expected: str) -> None:
    if not holds:
        raise ValueError(f"{name} is {received!r}, expected {expected}")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _positive_int(value: Any) -> bool:
    return _whole(value) and value >= 1


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
