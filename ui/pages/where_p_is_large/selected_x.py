"""What every chapter of "Where p(x|z) is large" is about: a model, and one x."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ui.runs import assets
from ui.runs.catalogue import Entry
from ui.runs.loaded_model import model_of
from ui.url_state.schema import drawing_bytes
from vae_core import data

if TYPE_CHECKING:
    from torch import Tensor

    from vae_core.models.vae import VAE

_LEVELS = 15  # a drawing in a link has 4 bits a value


@dataclass(frozen=True)
class Example:
    """A trained model and one x in its likelihood's support, with the words that a figure's caption needs."""

    entry: Entry  # of the catalogue: id, run (config, card), title
    model: VAE  # float32, on the CPU, in evaluation mode, without gradients
    x: Tensor  # [1, C, H, W], float32
    key: str  # names x: the number of the test image, or the drawing as a link holds it
    name: str  # "Sneaker, test image 17" or "your drawing"
    convention: str  # a sentence: data set, split, binarisation, likelihood
    seed: int  # of everything that is drawn


def select_example(entry: Entry, index: int, drawing: str | None, seed: int) -> Example:
    """The chosen x of a run: test image `index`, or the drawing of a link. torch has to be loaded.

    Raises ValueError if the run's images or its weights cannot be read.
    """
    import torch

    pixels = drawn(entry, drawing) if drawing else image(entry, index)
    name = "your drawing" if drawing else image_name(entry, index)
    x = torch.from_numpy(pixels)[None]
    return Example(entry, model_of(entry), x, drawing or str(index), name, convention(entry, bool(drawing)), seed)


def image(entry: Entry, index: int) -> np.ndarray:
    """Test image `index` as the model takes it, float32 [C, H, W]. Raises ValueError if it cannot be read."""
    images = assets.test_images(entry)
    if not 0 <= index < len(images):
        raise ValueError(f"x is test image {index}, expected one from 0 to {len(images) - 1}")
    return data.to_float(images[index])


def drawn(entry: Entry, text: str) -> np.ndarray:
    """A drawing of a link (4 bits a value, base64url) as the model takes it, float32 [C, H, W].

    A Bernoulli model gets it cut at one half. Raises ValueError if it has another size.
    """
    model = entry.run.config.model
    raw = np.frombuffer(drawing_bytes(text, model.pixels), np.uint8)
    values = np.stack((raw >> 4, raw & _LEVELS), 1).reshape(-1)[: model.pixels].reshape(model.image_shape)
    values = values.astype(np.float32) / np.float32(_LEVELS)
    return (values >= 0.5).astype(np.float32) if model.likelihood == "bernoulli" else values


def image_name(entry: Entry, index: int) -> str:
    """ "Sneaker, test image 17", or "test image 17" where there are no classes."""
    try:
        test = assets.test_set(entry.run.config.data.name)
        label = f"{test.classes[int(test.labels[index])]}, "
    except (ValueError, IndexError, TypeError):
        label = ""
    return f"{label}test image {index}"


def convention(entry: Entry, drawing: bool = False) -> str:
    """Data set, split, binarisation and likelihood of the figures, one sentence."""
    config = entry.run.config
    bernoulli = config.model.likelihood == "bernoulli"
    how = {
        "none": "grey values as they are",
        "threshold": "binarised at one half",
        "dynamic": f"binarised by one Bernoulli draw a pixel, seed {assets.image_seed(entry)}",
    }[config.data.binarize]
    drawn_how = "a drawing, cut at one half" if bernoulli else "a drawing of 16 grey levels"
    what = drawn_how if drawing else f"{assets.data_title(entry)}, test split, {how}"
    sigma = entry.run.card.get("sigma")
    model = (
        "p(x|z) Bernoulli"
        if bernoulli
        else f"p(x|z) Gaussian, trained with σ = {sigma:.3f}, a density on all reals, white = 1"
    )
    return f"{what}; {model}, summed over {config.model.pixels} pixels, nats."


def for_people(picture: Tensor, times: int) -> np.ndarray:
    """A picture [C, H, W] as [H, W] or [H, W, 3] in 0..1, each pixel a square of `times`, so that none is blurred.

    A Gaussian's mean may lie outside of 0..1: there it is as black or as white as it gets, as everywhere in the app.
    """
    pixels = picture.clamp(0, 1).permute(1, 2, 0).numpy().repeat(times, 0).repeat(times, 1)
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def start_of(mu: Tensor) -> Tensor:
    """Where z starts, [.., 2]: 2 from the origin, on the other side of it than the mean of q, so that p(x|z) is small.

    Twin of startOf in ui/web/where_p_is_large/view.js.
    """
    return -2 * mu / mu.norm(dim=-1, keepdim=True).clamp_min(1e-9)


def on_plane(entry: Entry) -> bool:
    """Whether the plane and quadrature serve this run: two latents, a diagonal q and p(z) = N(0, I)."""
    model = entry.run.config.model
    return model.plain and model.latent_dim == 2


def two_latents(runs: dict[str, Entry]) -> dict[str, Entry]:
    """The runs of the chapters that need the plane."""
    return {name: entry for name, entry in runs.items() if on_plane(entry)}


def every_model(runs: dict[str, Entry]) -> dict[str, Entry]:
    """The runs that this page offers, those on the plane first: the first of all is the page's own."""
    return two_latents(runs) | runs
