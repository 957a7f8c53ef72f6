"""A Jupyter notebook of a run: it loads the run, draws the map of its codes, decodes a grid and computes the ELBO."""

import json

from vae_core import __version__
from vae_core.runs.run import Run

_NEEDS = """\
Unpack this anywhere in a clone of VAE Lab whose `requirements.txt` is installed: the first cell finds `vae_core` in the
folders above. The run's folder is expected beside this notebook; `RUN` says where it is. The codes are kept in half
precision, about three digits."""
_LOAD = """\
import sys
from pathlib import Path

above = [Path.cwd(), *Path.cwd().parents]
sys.path[:0] = [str(folder) for folder in above if (folder / "vae_core").is_dir()][:1]

import numpy as np
import plotly.graph_objects as go
import torch

import vae_core
from vae_core import data
from vae_core.runs.run import open_run, read_codes

RUN = Path({folder})
run, model = open_run(RUN), vae_core.load(RUN)
config, D = run.config, model.latent_dim
print(f"{{D}} latents, p(x|z) {{config.model.likelihood}}, pictures {{list(model.event_shape)}}")"""
_MAP = """\
codes = read_codes(run)
rates = run.card["rate_per_dimension"]
across, up = (sorted(range(D), key=lambda j: -rates[j]) * 2)[:2] if D != 2 else (0, 1)
points = go.Scattergl(
    x=codes.mu[:, across], y=codes.mu[:, up], mode="markers", marker={"size": 4, "color": codes.label, "opacity": 0.6}
)
latent_map = go.Figure(points)
latent_map.update_layout(
    width=620, height=620, xaxis_title=f"z{across + 1}", yaxis_title=f"z{up + 1}", yaxis_scaleanchor="x"
)
latent_map"""
_GRID = """\
SIDE, REACH = 15, 2.5
steps = torch.linspace(-REACH, REACH, SIDE)
z = torch.zeros(SIDE, SIDE, D)
z[..., across] = steps[None, :]
z[..., up] = steps.flip(0)[:, None]  # the first row is at the top
with torch.no_grad():
    pictures = model.decode(z).mean.clamp(0, 1)  # [SIDE, SIDE, C, H, W]
channels, height, width = model.event_shape
sheet = pictures.permute(0, 3, 1, 4, 2).reshape(SIDE * height, SIDE * width, channels).expand(-1, -1, 3)
decoded_grid = go.Figure(go.Image(z=(255 * sheet).round().byte().numpy()))
decoded_grid.update_layout(width=620, height=620)
decoded_grid"""
_ELBO = """\
try:
    test = data.load(config.data.name, "test")
except ValueError as error:
    test = None
    print(f"The data are not here, so nothing is measured: {error}.")

if test is not None:
    seed = int(run.card["test"].get("seed") or 0)
    images = data.binarize(test.images, config.data.binarize, seed)[: len(codes.label)]
    x = torch.from_numpy(images.astype(np.float32) / 255)  # [N, C, H, W], values in [0, 1]
    generator = torch.Generator().manual_seed(seed)
    terms = []
    with torch.no_grad():
        for batch in x.split(500):
            q = model.encode(batch)
            p = model.decode(q.rsample(generator))
            terms.append(torch.stack([q.kl(), -p.log_prob(batch)]))  # nats, one an image
    rate, distortion = torch.cat(terms, dim=1)
    elbo = -(rate + distortion)
    print(f"ELBO {elbo.mean():.2f} ± {elbo.std() / len(elbo) ** 0.5:.2f} nats, one draw of z for each of {len(elbo):,}")
    print(f"rate {rate.mean():.2f}, distortion {distortion.mean():.2f}; on the card: {run.card['test'].get('elbo')}")"""


def notebook(run: Run, folder: str) -> bytes:
    """The notebook as nbformat 4.5; `folder` is where the run will lie, seen from the notebook."""
    title = " ".join(str(run.card.get("title", run.path.name)).split())
    cells = [
        _text(f"# {_harmless(title)}\n\n{_NEEDS}"),
        _code(_LOAD.format(folder=json.dumps(folder))),
        _text("## The latent map\n\nEach point is a test picture, at the mean of its q(z|x)."),
        _code(_MAP),
        _text("## A decoded grid\n\nThe mean of p(x|z) over the plane; the other dimensions of z are 0."),
        _code(_GRID),
        _text("## The ELBO\n\nELBO = −KL(q(z|x) ‖ p(z)) + E[log p(x|z)], the rate exact, the distortion by one draw."),
        _code(_ELBO),
    ]
    for n, cell in enumerate(cells):
        cell["id"] = f"cell-{n}"
    about = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "vae_core": {"version": __version__},
    }
    whole = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _text(source: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str) -> dict:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}


def _harmless(title: str) -> str:
    """A title from anyone, as Markdown that is neither HTML nor a link."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()<>#+-.!|&$~" else letter for letter in title)
