"""What a run is made of: three frozen dataclasses, checked when made, stored as JSON.

A key that is not known is refused by its name, so that a typing error never trains another model in silence.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

Arch = Literal["mlp", "conv"]
Activation = Literal["elu", "relu", "silu", "tanh"]
LikelihoodName = Literal["bernoulli", "gaussian"]
Binarize = Literal["none", "threshold", "dynamic"]
Sigma = float | Literal["learned", "optimal"]


@dataclass(frozen=True)
class ModelConfig:
    """Architecture of a VAE: x of `image_shape` (channels, height, width), z of `latent_dim`.

    `hidden` are the widths of the encoder's layers; the decoder mirrors them. For `conv` they are the channels of
    stages that halve the picture each. `sigma` is the standard deviation of a Gaussian p(x|z) on values in [0, 1]:
    a number (fixed), "learned" by gradient, or "optimal" (the root mean squared error, Rybkin et al. 2021).
    """

    image_shape: tuple[int, int, int]
    latent_dim: int = 2
    arch: Arch = "mlp"
    hidden: tuple[int, ...] = (300, 300)
    activation: Activation = "elu"
    likelihood: LikelihoodName = "gaussian"
    sigma: Sigma | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_shape", tuple(self.image_shape))
        object.__setattr__(self, "hidden", tuple(self.hidden))
        _require(len(self.image_shape) == 3, "image_shape", self.image_shape, "(channels, height, width)")
        _require(all(map(_positive_int, self.image_shape)), "image_shape", self.image_shape, "positive whole numbers")
        _require(self.image_shape[0] in (1, 3), "channels", self.image_shape[0], "1 (grey) or 3 (colour)")
        _require(_positive_int(self.latent_dim), "latent_dim", self.latent_dim, "a whole number of at least 1")
        _choice("arch", self.arch, Arch)
        _choice("activation", self.activation, Activation)
        _choice("likelihood", self.likelihood, LikelihoodName)
        _require(
            len(self.hidden) > 0 and all(map(_positive_int, self.hidden)),
            "hidden",
            self.hidden,
            "one or more positive whole numbers",
        )
        if self.arch == "conv":
            factor = 2 ** len(self.hidden)
            _require(
                all(side % factor == 0 for side in self.image_shape[1:]),
                "image sides",
                self.image_shape[1:],
                f"multiples of {factor}, since each of the {len(self.hidden)} stages halves the picture",
            )
        if self.likelihood == "bernoulli":
            _require(self.sigma is None, "sigma", self.sigma, "none, since a Bernoulli likelihood has no sigma")
        else:
            object.__setattr__(self, "sigma", "optimal" if self.sigma is None else self.sigma)
            ok = self.sigma in ("learned", "optimal") or (_number(self.sigma) and 1e-3 <= self.sigma <= 10)
            _require(ok, "sigma", self.sigma, "'optimal', 'learned' or a number from 0.001 to 10")

    @property
    def pixels(self) -> int:
        """Numbers in one picture: channels x height x width."""
        return math.prod(self.image_shape)


@dataclass(frozen=True)
class DataConfig:
    """Which images, by name or path, and how they are made binary (`none`, `threshold` at one half, `dynamic`)."""

    name: str
    binarize: Binarize = "none"

    def __post_init__(self) -> None:
        _choice("binarize", self.binarize, Binarize)


@dataclass(frozen=True)
class TrainConfig:
    """How the model is trained: Adam at `lr` on minibatches of `batch_size` for `steps` steps."""

    steps: int = 6000
    batch_size: int = 100
    lr: float = 1e-3
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size"):
            _require(_positive_int(getattr(self, name)), name, getattr(self, name), "a whole number of at least 1")
        _require(_number(self.lr) and 0 < self.lr <= 1, "lr", self.lr, "a number above 0 and at most 1")
        _require(_whole(self.seed) and 0 <= self.seed < 2**63, "seed", self.seed, "a whole number from 0 to 2^63 - 1")


@dataclass(frozen=True)
class RunConfig:
    """All that decides a run."""

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

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

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
