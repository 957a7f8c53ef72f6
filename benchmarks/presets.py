"""What each preset of the page Train comes to, over three seeds and two data sets: whether its sentence is true.

Everything is measured on test pictures. The *rate* is KL(q(z|x) || p(z)) in nats, *active* the dimensions of a rate
above 0.01. The *spread of codes* is the root mean square of a mean of q in one dimension: 1 under the prior, at most.
"""

from collections.abc import Iterator

import torch

from benchmarks.figures import Figure, at_least, at_most, median, told
from ui.pages.train.form import config_of
from ui.pages.train.presets import FIRST, PRESETS
from ui.runs import assets
from vae_core import data
from vae_core.distributions.gaussian import DiagonalNormal
from vae_core.models.vae import build
from vae_core.training.train import fit, informative

DATA = ("pixel-faces", "fashion-mnist")
SEEDS = (0, 1, 2)


def measure() -> Iterator[Figure]:
    for name in DATA:
        found = {preset: [_trained(preset, name, seed) for seed in SEEDS] for preset in PRESETS}
        yield from _compared(assets.TITLES[name], found)


def _trained(preset: str, name: str, seed: int) -> dict[str, float]:
    """Rate, active dimensions, spread of codes, width of q and squared error of the reconstruction."""
    config = config_of(FIRST | PRESETS[preset].settings | {"data": name, "seed": seed})
    random = torch.Generator().manual_seed(seed)
    model = build(config.model, random)
    for _ in fit(model, torch.from_numpy(data.load(name, "train").images), config, random, config.train.steps):
        pass
    with torch.inference_mode():
        x = torch.from_numpy(data.load(name, "test").images) / 255
        q = DiagonalNormal(*model.encoder(x).chunk(2, dim=-1))
        rates = 0.5 * (q.mu.square() + q.logvar.exp() - 1 - q.logvar).mean(0)
        error = (model.decoder(q.mu).flatten(1) - x.flatten(1)).square().sum(1).mean()
    return {
        "rate": rates.sum().item(),
        "active": informative(rates.tolist()),
        "spread": q.mu.square().mean().sqrt().item(),
        "width": q.std.mean().item(),
        "error": error.item(),
    }


def _compared(title: str, found: dict[str, list[dict[str, float]]]) -> Iterator[Figure]:
    def of(preset: str, what: str) -> float:
        return median([each[what] for each in found[preset]])

    yield told(f"presets on {title}, medians of {len(SEEDS)} seeds: rate of “Good”", f"{of('good', 'rate'):.1f} nats")
    yield at_least("  “Good”: active dimensions, of 8", min(each["active"] for each in found["good"]), 8, "", 0)
    yield at_most("  “Good”: spread of codes, which fill the prior", of("good", "spread"), 1.1, "")
    yield at_most("  “Collapse”: rate", max(each["rate"] for each in found["collapse"]), 0.1, "nats", 2)
    active = [each["active"] for each in found["beta"]]
    yield at_most("  “β too large”: active dimensions at most, of 10", max(active), 7, "", 0)
    yield at_least("  “β too large”: active dimensions at least", min(active), 3, "", 0)
    yield at_least("  “σ too small”: rate, times that of “Good”", of("sigma", "rate") / of("good", "rate"), 1.5, "x")
    yield at_least("  “σ too small”: spread of codes", of("sigma", "spread"), 1.3, "")
    yield at_most("  “σ too small”: width of q", of("sigma", "width"), 0.1, "", 3)
    yield at_most(
        "  “σ too small”: squared error, times that of “Good”", of("sigma", "error") / of("good", "error"), 1, "x"
    )
    yield at_least("  “Plain autoencoder”: spread of codes", of("autoencoder", "spread"), 3, "")
