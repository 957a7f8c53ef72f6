"""Settings to begin with: one that works and four that go wrong in an instructive way.

On the pixel faces, which every machine has, and over three seeds: "Good" keeps its 8 dimensions at a rate of 16 nats,
"β too large" 5 or 6 of 10 at 1.7 nats.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Preset:
    """A name, what will be seen, its picture in words, and the settings in which it differs from the form's first."""

    name: str
    seen: str
    pictured: str
    works: bool = False  # or goes wrong in an instructive way
    settings: dict[str, Any] = field(default_factory=dict)


PRESETS = {
    "good": Preset(
        "Good",
        "The codes spread until they cover the prior, and most draws from the prior look like the data. The rate rises "
        "as z begins to carry information, while the distortion falls by much more.",
        "Codes that cover the circle of the prior, a good reconstruction, and a draw that looks like the data",
        works=True,
        settings={"latent_dim": 8},
    ),
    "collapse": Preset(
        "Collapse",
        "σ = 10 weighs a wrong pixel so little that z is not worth its rate: every rate falls to 0, all codes sit on "
        "the origin, and every picture becomes the same mean. A common bug has the same "
        "effect: taking the mean of the squared errors instead of their sum.",
        "All codes on one point, and twice the same mean picture",
        settings={"sigma": 10.0, "latent_dim": 5, "steps": 1500},
    ),
    "beta": Preset(
        "β too large",
        "With β = 20 a nat of rate must save 20 nats of distortion: one dimension after another becomes inactive until "
        "about half are left, and the reconstructions keep only coarse differences.",
        "Codes that cover the circle of the prior, a blurred reconstruction and a blurred draw",
        settings={"objective": "beta", "beta": 20.0, "latent_dim": 10, "steps": 2500},
    ),
    "sigma": Preset(
        "σ too small",
        "With σ = 0.03 every pixel must be right: the rate grows far above its usual value, q(z|x) shrinks to dots "
        "far from the origin, reconstructions are sharp, and many draws from the prior fall into the holes between.",
        "Codes that leave the circle of the prior, a sharp reconstruction and a broken draw",
        settings={"sigma": 0.03, "latent_dim": 5},
    ),
    "autoencoder": Preset(
        "Plain autoencoder",
        "Without the rate nothing ties the codes to the prior: they drift many units from the origin. N(0, I) covers "
        "only a part of the codes. So its draws show only a few kinds of picture, and some pictures are broken.",
        "Codes that drift away from the circle of the prior, a good reconstruction and a broken draw",
        settings={"objective": "autoencoder"},
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
