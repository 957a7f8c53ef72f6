"""Charts saved from the page: an SVG that is one, a PNG at twice the size, with what the chart shows."""

import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

SVG = "{http://www.w3.org/2000/svg}"


def saved(page: Page, button: Locator, folder: Path) -> bytes:
    with page.expect_download(timeout=60_000) as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path.read_bytes()


def test_a_chart_is_saved_as_svg_and_as_png(server: str, tmp_path: Path, new_page: Callable[..., Page]) -> None:
    page = new_page(color_scheme="dark")
    page.goto(f"http://{server}/where-p-is-large?large_chapter=dimension")
    chart = page.locator(".js-plotly-plot").first
    expect(chart).to_be_visible(timeout=60_000)
    box = chart.bounding_box()
    svg = ElementTree.fromstring(saved(page, page.get_by_test_id("chart-svg").first, tmp_path))
    assert svg.tag == f"{SVG}svg"
    assert abs(float(svg.get("width")) - box["width"]) <= 1
    title = chart.locator(".xtitle").first.text_content()
    assert title in {"".join(element.itertext()) for element in svg.iter(f"{SVG}text")}
    picture = Image.open(io.BytesIO(saved(page, page.get_by_test_id("chart-png").first, tmp_path)))
    assert abs(picture.width - 2 * box["width"]) <= 2
    pixels = np.asarray(picture.convert("RGB"))
    assert tuple(pixels[2, 2]) == (16, 21, 29)  # dark paper, not a hole
    assert pixels.std() > 5
