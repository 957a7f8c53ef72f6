"""The journey of a new user: a zip of pictures, a model, its latent map, and that map as a page without any server.

In Chromium itself, as visitors have it.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, Playwright, expect

from tests.browser.conftest import CHROMIUM, launch
from tests.browser.latent_map_driver import Pad
from tests.browser.train_driver import SECONDS, take_away
from tests.promise_cases import few
from ui.pages.train import runs as training
from vae_core import data

PATIENCE = SECONDS * 1000
PICTURES = 120


def zip_of_faces() -> bytes:
    """Small colour pictures in folders by their background."""
    faces = data.load("pixel-faces", "train")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(PICTURES):
            png = io.BytesIO()
            Image.fromarray(faces.images[n].transpose(1, 2, 0)).save(png, "PNG")
            archive.writestr(f"faces/{faces.classes[faces.labels[n]]}/{n:03}.png", png.getvalue())
    return out.getvalue()


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launch(playwright, *CHROMIUM) as browser:
        yield browser


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as context:
        yield context


@pytest.fixture
def trained() -> Iterator[list[str]]:
    """Names of the runs that the test has made, which are taken away at the end."""
    names: list[str] = []
    yield names
    take_away(training.runs_root() / name for name in names)


@pytest.mark.slow
@pytest.mark.parametrize("size", few(["1440x900", "1366x768", "820x1180", "390x844"], ["1366x768", "390x844"]))
def test_what_matters_is_in_view_without_scrolling(server: str, new_page: Callable[..., Page], size: str) -> None:
    """The map with its axis and names, the picture, and what to try."""
    width, height = map(int, size.split("x"))
    pad = Pad(new_page(width, height), server).open()
    for part in ("latent-plane", "decoded", "coach"):
        box = pad.part(part).bounding_box()
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= height, part
    legend = pad.page.get_by_role("group", name="Classes").bounding_box()
    assert legend["y"] + 30 <= height, "the first row of the classes"
    assert pad.part("latent-plane").bounding_box()["width"] >= 0.55 * min(width, height)


def test_from_a_zip_to_a_page_without_a_server(
    server: str,
    trained: list[str],
    tmp_path: Path,
    new_page: Callable[..., Page],
    capsys: pytest.CaptureFixture[str],
) -> None:
    saved = tmp_path / "my-faces.html"
    page = new_page()
    page.goto(f"http://{server}/library")
    chooser = page.locator("input[type=file]")
    chooser.wait_for(state="attached", timeout=PATIENCE)
    chooser.set_input_files(FilePayload(name="faces.zip", mimeType="application/zip", buffer=zip_of_faces()))
    expect(page.get_by_text(f"{PICTURES} pictures of 16 × 16, colour, 4 classes")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Train now").click()
    page.wait_for_url(re.compile(r"/train\?run="), timeout=PATIENCE)
    trained.append(re.search(r"[?&]run=([^&]+)", page.url)[1])
    expect(page.get_by_test_id("run-state")).to_have_text("done", timeout=2 * PATIENCE)
    explore(Pad(page, server), trained[0])
    page.goto(f"http://{server}/library")
    page.get_by_role("tab", name="Models").click(timeout=PATIENCE)
    card = page.locator(f"[class*='st-key-lib_model_{trained[0]}']")
    card.get_by_role("button", name="Export").click(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as download:
        page.get_by_role("button", name=re.compile(r"^Save .*\.html")).click(timeout=PATIENCE)
    download.value.save_as(saved)
    alone = new_page(offline=True)
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    complaints: list[str] = []
    alone.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    alone.goto(saved.as_uri())
    pad = Pad(alone, "").ready()
    expect(alone.get_by_role("heading", level=1)).to_have_text(re.compile("faces"))
    before, z = pad.picture(), pad.z()
    pad.drag((0.3, 0.35), (0.7, 0.6))
    pad.until(lambda: pad.z() != z and pad.picture() != before)
    pad.until(lambda: "map_z=" in alone.url)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert complaints == []
    with capsys.disabled():
        print(f"\n  the page that was taken home: {saved.stat().st_size / 1e6:.2f} MB")


def explore(pad: Pad, run: str) -> None:
    """Drag over the map and click a point of it."""
    pad.open(map_model=run)
    before = pad.picture()
    pad.drag((0.4, 0.4), (0.6, 0.6))
    pad.until(lambda: pad.picture() != before)
    pad.page.get_by_role("button", name="Choose a random image").click()
    pad.until(lambda: "map_x" in pad.link())


def test_on_a_phone_the_picture_that_stays_is_below_the_header(server: str, new_page: Callable[..., Page]) -> None:
    pad = Pad(new_page(390, 844), server).open(map_x="3")
    before = pad.part("decoded").bounding_box()["y"]
    pad.page.get_by_test_id("stMain").evaluate("main => main.scrollBy(0, 400)")
    pad.until(lambda: pad.part("decoded").bounding_box()["y"] != before)
    header = pad.page.get_by_test_id("stHeader").bounding_box()
    picture = pad.part("decoded").bounding_box()
    assert picture["y"] >= header["y"] + header["height"], "the header covers a part of it"
    assert picture["y"] + picture["height"] < 400, "it stays in view"
