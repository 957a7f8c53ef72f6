"""The map as a figure: the SVG has a mark for each point, a legend and no hint; the PNG is as large as was asked."""

import base64
import io
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.app.runs import make_run
from tests.browser.figure_dialog import SVG, FigureDialog, sound_svg, words_of
from tests.browser.latent_map_driver import Pad
from ui.export.standalone_page import page as page_of
from ui.runs import catalogue
from ui.runs.catalogue import read_entry

CONTENT = "canvas => canvas.toDataURL()"
HTML = "</title><script>hacked=1</script>"


@pytest.fixture(scope="module")
def clothes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a shipped model: the map needs no server."""
    path = tmp_path_factory.mktemp("figures") / "clothes.html"
    path.write_bytes(page_of(read_entry(catalogue.ROOT / "models" / "fashion-2d-gaussian"), megabytes=3).html)
    return path


def opened(page: Page) -> FigureDialog:
    return FigureDialog(page.get_by_role("button", name="Save the map as a figure"))


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), float)


def test_the_picture_is_the_plane(clothes: Path, tmp_path: Path, new_page: Callable[..., Page]) -> None:
    """At the plane's own size, without a legend."""
    page = new_page(offline=True)
    page.goto(clothes.as_uri() + "#map_x=3&map_window=0,0,1&map_overlays=prior,density")
    plane = Pad(page, "").ready().part("latent-plane").locator("canvas")
    surface = pixels(base64.b64decode(plane.evaluate(CONTENT).split(",")[1]))
    dialog = opened(page)
    dialog.part("figure-legend").uncheck()
    png = pixels(dialog.choose(width=surface.shape[1], unit="px", times="1").save(tmp_path).read_bytes())
    assert png.shape == surface.shape
    assert np.abs(png - surface).mean() < 6, "of 255, mostly at the edges of the marks"
    assert png.std() > 10


def test_a_vector_figure_has_every_point_its_legend_and_no_hint(
    clothes: Path, tmp_path: Path, new_page: Callable[..., Page]
) -> None:
    page = new_page(offline=True)
    page.goto(clothes.as_uri() + "#map_z=0,0&map_x=2&map_window=0,0,30&map_overlays=prior,manifold")
    Pad(page, "").ready()
    words = page.get_by_text("test images of Fashion-MNIST, each at the mean").inner_text()
    tree = sound_svg(opened(page).choose(kind="svg", title="Ten kinds of clothes").save(tmp_path))
    texts = words_of(tree)
    classes = page.evaluate("JSON.parse(document.getElementById('facts').textContent).model.classes")
    assert all(texts.count(name) == 1 for name in classes)
    assert {"1 sd", "2 sd", "3 sd", "z₁ →", "z₂ ↑", "Ten kinds of clothes"} <= set(texts)
    assert not any("zoom" in text or "Drag" in text for text in texts)
    assert next(t for t in tree.iter(f"{SVG}text") if t.text == "1 sd").get("paint-order") == "stroke"
    points = len(tree.findall(f".//{SVG}use")) - len(classes) - 1  # of the legend, which has z too
    assert points == int(words.split()[0].replace(",", ""))
    assert all("pixelated" in image.get("style", "") for image in tree.iter(f"{SVG}image"))
    assert tree.get("width") == "85mm"


def test_the_dialog_says_the_size_works_by_key_and_remembers(
    clothes: Path, tmp_path: Path, new_page: Callable[..., Page]
) -> None:
    page = new_page(fresh=True)
    page.goto(clothes.as_uri())
    Pad(page, "").ready()
    dialog = opened(page).choose(paper="dark", dpi="600")
    expect(dialog.part("figure-size")).to_contain_text("85 mm at 600 dpi: 2008 × ")
    picture = Image.open(dialog.save(tmp_path))
    assert picture.width == 2008
    assert picture.info["dpi"] == pytest.approx((600, 600), abs=0.1)
    assert picture.convert("RGB").getpixel((1, picture.height - 2)) == (16, 21, 29)
    expect(page.get_by_role("button", name="Save the map as a figure")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.part("figure-dpi")).to_have_value("600")
    assert json.loads(page.evaluate("localStorage['vae-lab-figure']"))["paper"] == "dark"
    page.keyboard.press("Escape")
    expect(page.locator("dialog.figure-dialog")).to_have_count(0)


def test_what_another_program_keeps_in_the_browser_is_no_choice(clothes: Path, new_page: Callable[..., Page]) -> None:
    page = new_page(fresh=True)
    page.goto(clothes.as_uri())
    page.evaluate("""localStorage['vae-lab-figure'] = '{"mm": 1e9, "dpi": "<b>", "kind": [], "legend": 7}'""")
    Pad(page, "").ready()
    expect(opened(page).part("figure-size")).to_contain_text("85 mm at 300 dpi: 1004 × ")


def test_a_title_that_is_markup_is_text_in_the_drawing(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    path = tmp_path / "mine.html"
    path.write_bytes(page_of(read_entry(make_run(tmp_path / "mine", title=HTML))).html)
    page = new_page(offline=True)
    page.goto(path.as_uri())
    Pad(page, "").ready()
    svg = opened(page).choose(kind="svg").save(tmp_path)
    tree = ElementTree.parse(svg)
    assert tree.find(f"{SVG}title").text.startswith(HTML)
    assert not list(tree.iter(f"{SVG}script"))
    page.goto(svg.as_uri())
    expect(page.locator("svg").first).to_be_visible()
    assert page.evaluate("window.hacked") is None
