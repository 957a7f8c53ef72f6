"""A chart of plotly.js saved from the page: on the other paper, its size as asked, with what the chart shows."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.figure_dialog import FigureDialog, sound_svg, words_of


def test_a_chart_is_saved_as_svg_and_as_png(server: str, tmp_path: Path, new_page: Callable[..., Page]) -> None:
    page = new_page(color_scheme="light")
    page.goto(f"http://{server}/where-p-is-large?large_chapter=dimension")
    chart = page.locator(".js-plotly-plot").first
    expect(chart).to_be_visible(timeout=60_000)
    opener = page.get_by_role("button", name="Save this chart as a figure").first
    svg = sound_svg(FigureDialog(opener).choose(kind="svg", paper="dark", width=174).save(tmp_path))
    assert svg.get("width") == "174mm"
    title = chart.locator(".xtitle").first.text_content()
    assert title in words_of(svg)
    picture = Image.open(FigureDialog(opener).choose(paper="dark", width=500, unit="px", times="3").save(tmp_path))
    assert picture.width == 1500
    pixels = np.asarray(picture.convert("RGB"))
    assert tuple(pixels[2, 2]) == (16, 21, 29)
    colours = {tuple(colour) for colour in pixels.reshape(-1, 3)}
    assert (21, 147, 126) in colours  # the encoder's, on dark paper
    assert (7, 131, 131) not in colours  # and not that of the page
