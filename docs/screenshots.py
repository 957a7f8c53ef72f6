"""Take the pictures of docs/images anew: `.venv/bin/python -m docs.screenshots`, with Chromium installed."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.server import running_app
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.jobs import queue

IMAGES = Path(__file__).parent / "images"
SIZES = {1440: 1080, 820: 1180, 390: 844}
SCHEMES = ("light", "dark")
SETTLED = 2500  # milliseconds: the decoded grid is drawn in slices, charts are eased


@dataclass(frozen=True)
class View:
    """A link, and what shows a number once all of it is there."""

    link: str
    ready: str


FILM = "/paths?paths_model=fashion-2d-gaussian&paths_stops=0,18,1&paths_frames=37"
HAND = "-1500.2600.300.3100.1700.2300.2300.600.1400.-900"  # a path drawn by hand, in thousandths of a unit

EVERY_SIZE = {
    "latent-map": View("/?map_model=fashion-2d-gaussian&map_x=0&map_source=prior", "[data-testid=elbo]"),
    "anything-from-a-normal": View("/anything-from-a-normal?normal_map=moons", "[data-testid=floor]"),
    "where-p-is-large": View(
        "/where-p-is-large?large_x=16&large_layers=heat,prior,posterior,q", "[data-testid=ess-prior]"
    ),
}
EVERY_SIZE["paths"] = View(
    "/paths?paths_model=fashion-2d-gaussian&paths_stops=0,18&paths_frame=11&paths_hand=" + HAND,
    "[data-testid=when]",
)
EVERY_SIZE["train"] = View("/train?run=fashion-training&train_step=1151", "[data-testid=when]")
EVERY_SIZE["other-families"] = View("/other-families?families_steps=3000", "[data-testid=steps]:text-matches('^3,000')")
ONCE = {
    "families-autoregressive": View(
        "/other-families?families_chapter=autoregressive&families_picture=8&families_place=420&families_pixel=400",
        "[data-testid=pixel-words]",
    ),
    "families-gan": View(
        "/other-families?families_chapter=gan&families_rounds=1500", "[data-testid=gan-steps]:text-matches('^1,500')"
    ),
    "families-gsn": View("/other-families?families_chapter=gsn", "[data-testid=gsn-relaxation]"),
    "train-collapse": View("/train?run=collapse", "[data-testid=followed]"),
    "train-side-by-side": View("/train?run=good&train_beside=collapse", "[data-testid=differences]"),
    "latent-map-grid": View(
        "/?map_model=fashion-2d-bernoulli&map_x=0&map_overlays=prior,manifold", "[data-testid=elbo]"
    ),
    "latent-map-faces": View("/?map_model=faces-16d&map_x=21&map_overlays=prior,density", "[data-testid=elbo]"),
    "latent-map-umap": View(
        "/?map_model=fashion-10d&map_plane=umap&map_spot=1.9,1.2&map_window=0,0,3.4", "[data-testid=kept]"
    ),
    "latent-map-stretch": View(
        "/?map_model=fashion-2d-gaussian&map_x=0&map_overlays=prior,metric", "[data-testid=stretch]"
    ),
    "latent-map-select": View(
        "/?map_model=fashion-2d-gaussian&map_x=17&map_selected=0.2,-0.6,1.2,-0.9,2,0.2,1.4,1,0.6,0.4",
        "[data-testid=selected-words]",
    ),
    "normal-line": View("/anything-from-a-normal", "[data-testid=floor]"),
    "normal-letters": View("/anything-from-a-normal?normal_map=letters&normal_n=3000", "[data-testid=floor]"),
    "normal-learned": View(
        "/anything-from-a-normal?normal_map=learned&normal_width=16&normal_steps=2500&normal_n=2000",
        "[data-testid=steps]:text-matches('^2,500 steps')",
    ),
    "paths-dimensions": View("/paths?paths_model=fashion-20d&paths_do=dimensions", "[data-testid=sheet-words]"),
    "paths-difference": View(
        "/paths?paths_model=faces-16d&paths_do=add&paths_plus=rest&paths_minus=factor.9.0&paths_strength=2",
        "[data-testid=separation]",
    ),
    "paths-factors": View(
        "/paths?paths_model=shapes-8d&paths_do=factors&paths_dimension=8&paths_factor=4", "[data-testid=held-words]"
    ),
    "lesson": View(
        "/where-p-is-large?large_model=fashion-2d-gaussian&large_x=16&large_layers=heat,prior"
        "&lesson=p-of-x-is-an-area&lesson_step=2",
        "[data-testid=ess-prior]",
    ),
    "chapter-darts": View("/where-p-is-large?large_chapter=darts&large_darts_prior=150", "[data-testid=board] canvas"),
    "chapter-dimension": View("/where-p-is-large?large_chapter=dimension", ".stPlotlyChart"),
    "chapter-mending": View("/where-p-is-large?large_chapter=mending", ".stPlotlyChart"),
    "chapter-all-data": View("/where-p-is-large?large_chapter=aggregate", ".stPlotlyChart"),
}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAE_LAB_RUNS"] = folder
        train(Path(folder))
        take_all(Path(folder))


def train(root: Path) -> None:
    """Two runs for the page Train to show."""
    for name, title, latent_dim, sigma in (("good", "Fashion-MNIST, good", 2, 0.3), ("collapse", "Collapse", 5, 10.0)):
        model = ModelConfig((1, 28, 28), latent_dim, sigma=sigma)
        config = RunConfig(model, DataConfig("fashion-mnist"), TrainConfig(steps=3000))
        queue.submit(root, name, config, title=title)
    while any((status := queue.read_status(root / name)).state != "done" for name in ("good", "collapse")):
        if status.state == "failed":
            raise RuntimeError(status.reason)
        queue.schedule(root)
        time.sleep(1)


def take_all(folder: Path) -> None:
    with (
        running_app(folder / "log.txt") as address,
        sync_playwright() as p,
    ):
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, view, width, scheme in _pictures():
            take(browser, f"http://{address}{view.link}", view.ready, width, scheme, name)
        save_film(browser, f"http://{address}{FILM}")
        browser.close()


def _pictures() -> Iterator[tuple[str, View, int, str]]:
    for name, view in EVERY_SIZE.items():
        yield from ((f"{name}-{width}-{scheme}", view, width, scheme) for width in SIZES for scheme in SCHEMES)
    yield from ((name, view, 1440, "light") for name, view in ONCE.items())


def take(browser: Browser, url: str, ready: str, width: int, scheme: str, name: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": SIZES[width]}, color_scheme=scheme)
    page.goto(url)
    expect(page.locator(ready).first).to_contain_text(re.compile(r"\d"), timeout=120_000)
    page.wait_for_timeout(SETTLED)
    target = IMAGES / f"{name}.png"
    page.screenshot(path=target)
    Image.open(target).convert("RGB").save(target, optimize=True)
    page.close()


def save_film(browser: Browser, url: str) -> None:
    """The film of three paths, as the page itself saves it."""
    page = browser.new_page(viewport={"width": 1440, "height": 1080})
    page.goto(url)
    page.get_by_test_id("strip-geodesic").wait_for(timeout=120_000)
    with page.expect_download() as download:
        page.get_by_test_id("save-gif").click()
    download.value.save_as(IMAGES / "paths.gif")
    page.close()


if __name__ == "__main__":
    main()
