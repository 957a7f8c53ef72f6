"""Settings to begin with: one that works and four that go wrong in an instructive way."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Preset:
    """A name, what will be seen, and the settings in which it differs from the form's first ones."""

    name: str
    seen: str
    settings: dict[str, Any] = field(default_factory=dict)


PRESETS = {
    "good": Preset(
        "Good",
        "The cloud of codes spreads until it covers the prior, the classes part, and draws from the prior look like "
        "the data. The rate rises as z begins to say something, while the distortion falls by much more.",
    ),
    "collapse": Preset(
        "Collapse",
        "σ = 10 weighs a wrong pixel so little that z is not worth its rate: every rate falls to 0, all codes sit on "
        "the origin, and every picture becomes the same mean. Averaging the squared error over the pixels, where the "
        "likelihood sums it, does the same by accident.",
        {"sigma": 10.0, "latent_dim": 5, "steps": 1500},
    ),
    "beta": Preset(
        "β too large",
        "With β = 100 a nat of rate must save 100 nats of distortion: dimension after dimension goes silent, and the "
        "reconstructions lose all but the coarsest differences.",
        {"objective": "beta", "beta": 100.0, "latent_dim": 10, "steps": 2500},
    ),
    "sigma": Preset(
        "σ too small",
        "With σ = 0.03 every pixel must be right: the rate grows far above its usual value, q(z|x) shrinks to dots "
        "far from the origin, reconstructions are sharp, and draws from the prior fall into the holes between.",
        {"sigma": 0.03, "latent_dim": 5},
    ),
    "autoencoder": Preset(
        "Plain autoencoder",
        "Without the rate nothing ties the codes to the prior: they drift many units from the origin, and N(0, I) "
        "reaches one corner of the map only, so its draws show a few of the classes.",
        {"objective": "autoencoder"},
    ),
}

FIRST: dict[str, Any] = {
    "latent_dim": 2,
    "steps": 3000,
    "arch": "mlp",
    "hidden": "300, 300",
    "activation": "elu",
    "likelihood": "gaussian",
    "sigma_how": "fixed",
    "sigma": 0.3,
    "binarize": "dynamic",
    "posterior": "diagonal",
    "prior": "normal",
    "top_dim": 0,
    "objective": "elbo",
    "beta": 1.0,
    "samples": 1,
    "free_bits": 0.0,
    "warmup": 0,
    "batch_size": 100,
    "lr": 0.001,
    "seed": 0,
    "device": "auto",
    "title": "",
}
