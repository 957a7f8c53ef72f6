"""The browser's decoder against torch: the largest difference of a pixel's mean, for every model that is shown."""

import base64
from collections.abc import Iterator

import numpy as np
import torch
from playwright.sync_api import Page

from benchmarks import model_choice, server_processes
from benchmarks.browser import chromium
from benchmarks.figures import Figure, at_most
from ui.pages.latent_map.component import data as map_data
from ui.pages.latent_map.url import View
from ui.runs.catalogue import Entry
from vae_core.runs.checkpoint import load
from vae_core.runs.run import read_codes

DRAWS = 200  # from the prior, and as many from posteriors

_DECODE = """
async ([data, zs]) => {
  const { loadModel } = await import(new URL(data.assets + "engine/model.js", document.baseURI));
  const model = await loadModel(data.model);
  const means = new Float32Array(zs.length * model.pixels);
  zs.forEach((z, n) => means.set(model.decode(z), n * model.pixels));
  let text = "";
  for (const byte of new Uint8Array(means.buffer)) text += String.fromCharCode(byte);
  return btoa(text);
}
"""


def measure() -> Iterator[Figure]:
    with server_processes.app() as app, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{app.url}/glossary")  # a light page at the root, from which the app's addresses count
        for entry in model_choice.models():
            error = _largest_error(page, entry)
            yield at_most(f"browser decode against torch, {entry.id}, {2 * DRAWS} z", error, 1e-3, "", digits=7)


def _largest_error(page: Page, entry: Entry) -> float:
    z = _codes(entry)
    data = map_data(entry, View())
    answer = page.evaluate(_DECODE, [{"assets": data["assets"], "model": data["model"]}, z.tolist()])
    in_browser = np.frombuffer(base64.b64decode(answer), np.float32).reshape(len(z), -1)
    in_torch = load(entry.run.path).decode(torch.from_numpy(z)).mean.flatten(1).numpy()
    return float(np.abs(in_browser - in_torch).max())


def _codes(entry: Entry) -> np.ndarray:
    """DRAWS of z from the prior and DRAWS from the posteriors of test images, float32."""
    rng = np.random.default_rng(0)
    codes = read_codes(entry.run)
    n = rng.integers(len(codes.label), size=DRAWS)
    mu, std = codes.mu[n].astype(np.float64), np.exp(0.5 * codes.logvar[n].astype(np.float64))
    posterior = mu + std * rng.standard_normal(mu.shape)
    return np.concatenate([rng.standard_normal(mu.shape), posterior]).astype(np.float32)
