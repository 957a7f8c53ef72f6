"""Geodesics of 60 frames in shipped models, and planes of 10,000 codes: processor time.

Geodesics are between codes of test images with forward mode warm, on one thread: what a quiet machine takes.
"""

import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import torch
from torch import Tensor

from benchmarks import model_choice
from benchmarks.figures import Figure, at_most, median, told
from ui.runs.catalogue import Entry
from vae_core.latent.geometry import Geodesic, geodesic, warm_up
from vae_core.latent.projection import pca, trustworthiness, umap
from vae_core.models.vae import LatentModel
from vae_core.runs.checkpoint import load
from vae_core.runs.run import read_codes

PAIRS, FRAMES = 12, 60
_BARS = {2: 300, 16: 2000}  # ms, by latent dimensions


def measure() -> Iterator[Figure]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        begun = time.process_time()
        warm_up()
        yield told("forward-mode derivatives, once in a process", f"{time.process_time() - begun:.1f} s")
        for entry in model_choice.models():
            if entry.run.config.model.latent_dim in _BARS:
                yield from _geodesics(entry)
            if entry.run.config.model.latent_dim == 10:
                yield from _planes(entry)
    finally:
        torch.set_num_threads(threads)


def _geodesics(entry: Entry) -> Iterator[Figure]:
    model, codes = load(entry.run.path), torch.from_numpy(read_codes(entry.run).mu).float()
    _timed(model, codes[:2])
    timed = [_timed(model, codes[[i, -1 - i]]) for i in range(PAIRS)]
    taken, found = zip(*timed, strict=True)
    bar = _BARS[model.latent_dim]
    yield at_most(f"geodesic of {FRAMES} frames, {entry.id}, median of {PAIRS} pairs", median(taken), bar, "ms", 0)
    converged = sum(each.converged for each in found)
    shorter = median([1 - each.length / each.straight_length for each in found])
    steps = median([each.steps for each in found])
    text = f"slowest {max(taken):.0f} ms; {steps:.0f} steps; {converged} of {PAIRS} converged"
    yield told("  how they went", f"{text}; {shorter:.0%} shorter than straight")


def _planes(entry: Entry) -> Iterator[Figure]:
    """Planes of all codes, each maker twice in a process of its own: with its compilation and without."""
    codes = torch.from_numpy(read_codes(entry.run).mu).float()
    taken: dict[str, list[float]] = {}
    for name in _MAKERS:
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            taken[name], kept = process.submit(_made, name, codes.numpy()).result()
        text = " s, again ".join(f"{seconds:.2f}" for seconds in taken[name])
        yield told(
            f"{name}, {len(codes):,} codes of {entry.id}", f"{text} s of a processor; trustworthiness {kept:.3f}"
        )
    ratios = " and ".join(f"{a / b:.1f}" for a, b in zip(taken["plain umap-learn"], taken["UMAP"], strict=True))
    yield told("  plain umap-learn over UMAP, first and again", f"{ratios} x")


def _made(name: str, codes: np.ndarray) -> tuple[list[float], float]:
    """Processor seconds of the first and the second plane in this process, imports included, and what it keeps."""
    torch.set_num_threads(1)
    seconds = []
    for _ in range(2):
        begun = time.process_time()
        plane = _MAKERS[name](torch.from_numpy(codes))
        seconds.append(time.process_time() - begun)
    return seconds, trustworthiness(torch.from_numpy(codes), plane)


def _plain_umap(codes: Tensor) -> Tensor:
    """As its own documentation makes it, with a seed."""
    import umap as umap_learn

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a seed leaves one thread
        return torch.from_numpy(umap_learn.UMAP(random_state=0).fit_transform(codes.numpy()))


_MAKERS = {
    "UMAP": lambda codes: umap(codes, 0),
    "plain umap-learn": _plain_umap,
    "PCA": lambda codes: pca(codes).to_plane(codes),
}


def _timed(model: LatentModel, ends: Tensor) -> tuple[float, Geodesic]:
    begun = time.process_time()
    found = geodesic(model, *ends, FRAMES)
    return 1000 * (time.process_time() - begun), found
