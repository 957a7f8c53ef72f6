"""Make the shipped training and the pictures of the presets anew: `.venv/bin/python -m docs.shipped_training`.

It needs Fashion-MNIST's training images. The network is small, so that two dozen snapshots fit into 3 MB.
"""

import dataclasses
import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from ui.pages.train import form, runs
from ui.pages.train.presets import FIRST, PRESETS
from vae_core import data
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.runs import checkpoint, snapshots, write_progress
from vae_core.runs.job_spec import JobSpec
from vae_core.runs.status import read_status, write_status
from vae_core.training_process import control_loop
from vae_core.training_process.run_training import train_run

STEPS, RECORDS_EVERY = 12_000, 60
MOMENTS = (0, *dict.fromkeys(round(30 * (STEPS / 30) ** (n / 23)) for n in range(24)))
FILM = RunConfig(
    ModelConfig((1, 28, 28), 2, hidden=(24, 64), sigma=0.3),
    DataConfig("fashion-mnist"),
    TrainConfig(steps=STEPS, seed=1),
)
SIDE, GAP, TIMES = 44, 2, 3  # of a preset's picture, in pixels of the page, and how many pixels each of them has


def ship() -> None:
    """Train the run of shipped_trainings/ with a snapshot at each of `MOMENTS`."""
    images, test = (data.load(FILM.data.name, split) for split in ("train", "test"))
    place = runs.shipped_run()
    shutil.rmtree(place, ignore_errors=True)
    boundary = 0

    def next_record(step: int, every: int, steps: int) -> int:
        nonlocal boundary
        boundary = min(next(moment for moment in MOMENTS if moment > step), (step // RECORDS_EVERY + 1) * RECORDS_EVERY)
        return boundary

    control_loop.next_record = next_record
    write_progress._Throttle.due = lambda *_: boundary in MOMENTS
    snapshots.MOST = len(MOMENTS)
    train_run(FILM, images, test, place, spec=JobSpec(title="Fashion-MNIST in two dimensions", half=True))
    write_status(place, dataclasses.replace(read_status(place), host=""))
    for name in ("checkpoints", "control.json", "trainer.lock"):
        path = place / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def paint(preset: str, images: data.ImageSet, test: data.ImageSet, folder: Path) -> Image.Image:
    """Train a preset; its codes with the circles of the prior, a reconstruction, and a draw from the prior."""
    settings = FIRST | PRESETS[preset].settings
    model = ModelConfig(images.shape, settings["latent_dim"], sigma=settings["sigma"])
    known = {field.name for field in dataclasses.fields(TrainConfig)}
    train = TrainConfig(**{name: value for name, value in settings.items() if name in known})
    train_run(RunConfig(model, DataConfig(test.name), train), images, test, folder / preset)
    trained = checkpoint.load(folder / preset)
    with torch.no_grad():
        q = trained.encode(torch.as_tensor(data.to_float(test.images)))
        z = torch.randn(1, settings["latent_dim"], generator=torch.Generator().manual_seed(2))
        shown = [trained.decode(each).mean[0] for each in (q.mu[1:2], z)]
    tiles = [_map(q.mu.numpy(), test.labels), *map(_tile, shown)]
    width = len(tiles) * SIDE + (len(tiles) - 1) * GAP
    picture = Image.new("RGBA", (TIMES * width, TIMES * SIDE))
    for n, tile in enumerate(tiles):
        picture.paste(tile, (n * TIMES * (SIDE + GAP), 0))
    return picture


def _tile(pixels: torch.Tensor) -> Image.Image:
    values = (255 * pixels.clamp(0, 1)).byte().permute(1, 2, 0).numpy().squeeze()
    return Image.fromarray(values).convert("RGBA").resize((TIMES * SIDE,) * 2, Image.Resampling.NEAREST)


def _map(mu: np.ndarray, labels: np.ndarray) -> Image.Image:
    """Paint the two widest dimensions of the codes, each class in its colour, and the prior's circle at 2 sd."""
    first = np.argsort(-mu.std(axis=0))[:2]
    size, codes = 2 * TIMES * SIDE, mu[:, np.sort(first)]
    half = max(3.2, float(np.quantile(np.abs(codes), 0.98)))
    picture = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(picture)
    at = size / 2 * (1 + codes[:1500] / half * (1, -1))
    for (x, y), label in zip(at, labels, strict=False):
        hue = [round(127 + 90 * math.cos(0.63 * int(label) + turn)) for turn in (0, 2.1, 4.2)]
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=(*hue, 255))
    radius = size / 2 * 2 / half
    box = [size / 2 - radius] * 2 + [size / 2 + radius] * 2
    draw.ellipse(box, outline=(128, 128, 128, 255), width=5)
    return picture.resize((TIMES * SIDE,) * 2, Image.Resampling.LANCZOS)


def paint_all() -> None:
    """Paint the picture of each preset from a training on the pixel faces, which every machine has."""
    images, test = (data.load("pixel-faces", split) for split in ("train", "test"))
    form.PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for preset in PRESETS:
            paint(preset, images, test, Path(folder)).save(form.PICTURES / f"{preset}.png", optimize=True)


if __name__ == "__main__":
    ship()
    paint_all()
