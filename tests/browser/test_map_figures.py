"""The map as a figure: the SVG has a mark for each point and looks like the plane; the PNG is the plane."""

import base64
import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.app.runs import make_run
from tests.browser.latent_map_driver import Pad
from ui.export.standalone_page import page as page_of
from ui.runs import catalogue
from ui.runs.catalogue import read_entry

SVG = "{http://www.w3.org/2000/svg}"
CONTENT = "canvas => canvas.toDataURL()"
HTML = "</title><script>hacked=1</script>"


@pytest.fixture(scope="module")
def clothes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a shipped model: the map needs no server."""
    path = tmp_path_factory.mktemp("figures") / "clothes.html"
    path.write_bytes(page_of(read_entry(catalogue.ROOT / "models" / "fashion-2d-gaussian"), megabytes=3).html)
    return path


def saved(page: Page, what: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download the map as {what}").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), float)


@pytest.mark.parametrize("fragment", ["#map_z=0,0", "#map_x=3&map_window=0,0,1&map_overlays=prior,manifold"])
def test_the_drawing_is_the_plane(clothes: Path, tmp_path: Path, new_page: Callable[..., Page], fragment: str) -> None:
    page = new_page(offline=True)
    page.goto(clothes.as_uri() + fragment)
    plane = Pad(page, "").ready().part("latent-plane").locator("canvas")
    before, shown = "", plane.evaluate(CONTENT)
    while before != shown:  # the decoded grid refines: once it did not meanwhile, all three are of one moment
        before = shown
        png, svg = pixels(saved(page, "PNG", tmp_path).read_bytes()), saved(page, "SVG", tmp_path)
        shown = plane.evaluate(CONTENT)
    surface = pixels(base64.b64decode(shown.split(",")[1]))
    other = new_page(width=png.shape[1], height=png.shape[0])
    other.goto(svg.as_uri())
    drawn = pixels(other.screenshot())
    assert drawn.shape == png.shape
    assert np.abs(drawn - png).mean() < 6, "of 255, mostly at the edges of the marks"
    assert np.abs(surface - png).mean() < 1, "only the point of z is not on the canvas of the page"
    assert png.std() > 10


def test_every_point_is_a_mark_and_text_is_text(clothes: Path, tmp_path: Path, new_page: Callable[..., Page]) -> None:
    page = new_page(offline=True)
    page.goto(clothes.as_uri() + "#map_z=0,0&map_window=0,0,30")
    Pad(page, "").ready()
    words = page.get_by_text("test images of Fashion-MNIST, each at the mean").inner_text()
    tree = ElementTree.parse(saved(page, "SVG", tmp_path))
    assert len(tree.findall(f".//{SVG}use")) == int(words.split()[0].replace(",", ""))
    texts = {element.text for element in tree.iter(f"{SVG}text")}
    assert {"1 sd", "2 sd", "3 sd", "z₁ →", "z₂ ↑"} <= texts
    assert len(tree.findall(f".//{SVG}symbol")) == 10


def test_a_title_that_is_markup_is_text_in_the_drawing(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    path = tmp_path / "mine.html"
    path.write_bytes(page_of(read_entry(make_run(tmp_path / "mine", title=HTML))).html)
    page = new_page(offline=True)
    page.goto(path.as_uri())
    Pad(page, "").ready()
    svg = saved(page, "SVG", tmp_path)
    tree = ElementTree.parse(svg)
    assert tree.find(f"{SVG}title").text.startswith(HTML)
    assert not list(tree.iter(f"{SVG}script"))
    page.goto(svg.as_uri())
    expect(page.locator("svg").first).to_be_visible()
    assert page.evaluate("window.hacked") is None
