"""Take the pictures of docs/images anew: `.venv/bin/python -m docs.screenshots`, with Chromium installed."""

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.pad import Pad
from tests.server import running_app

IMAGES = Path(__file__).parent / "images"
SIZES = {1440: 1080, 820: 1180, 390: 844}
SCHEMES = ("light", "dark")
MAP = {"map_model": "fashion-2d-gaussian", "map_x": "0", "map_source": "prior"}
MORE = {
    "grid": {"map_model": "fashion-2d-bernoulli", "map_x": "0", "map_overlays": "prior,manifold"},
    "faces": {"map_model": "faces-16d", "map_x": "21", "map_overlays": "prior,density"},
}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder) / "log.txt") as address,
        sync_playwright() as p,
    ):
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for width in SIZES:
            for scheme in SCHEMES:
                take(browser, address, MAP, width, scheme, f"latent-map-{width}-{scheme}")
        for name, link in MORE.items():
            take(browser, address, link, 1440, "light", f"latent-map-{name}")
        browser.close()


def take(browser: Browser, address: str, link: dict[str, str], width: int, scheme: str, name: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": SIZES[width]}, color_scheme=scheme)
    pad = Pad(page, address).open(**link)
    pad.until(lambda: pad.number("elbo") is not None)
    page.wait_for_timeout(2500)  # the decoded grid is drawn in slices
    target = IMAGES / f"{name}.png"
    page.screenshot(path=target)
    Image.open(target).convert("RGB").save(target, optimize=True)
    page.close()


if __name__ == "__main__":
    main()
