"""Figures of the pages beside the map: each is sound as SVG, and as PNG as large as was asked."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.anything_from_a_normal_driver import Map as Normal
from tests.browser.figure_dialog import FigureDialog, sound_svg, words_of
from tests.browser.where_p_is_large_driver import Map as WherePIsLarge
from tests.server import ROOT

# A figure: the page, what its link says, what is saved, and words that are in it.
FIGURES = {
    "plane": (WherePIsLarge, {"large_layers": "heat,prior,posterior,race"}, "the map", {"draws: encoder", "≥ 10", "z"}),
    "race": (WherePIsLarge, {}, "the race", {"made for x", "nats off log p(x)"}),
    "sides": (Normal, {"normal_map": "ring"}, "both sides", {"z ~ N(0, I)", "x = f(z)", "x₁ →"}),
    "charts": (Normal, {"normal_map": "ring"}, "the charts", {"ρ = ‖x‖"}),
}


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_is_sound_as_svg_and_as_large_as_asked_as_png(
    figure: str, host: str, tmp_path: Path, new_page: Callable[..., Page]
) -> None:
    driver, link, what, words = FIGURES[figure]
    there = driver(new_page(color_scheme="dark"), host).open(**link)
    opener = there.page.get_by_role("button", name=f"Save {what} as a figure")
    assert words <= set(words_of(sound_svg(FigureDialog(opener).choose(kind="svg").save(tmp_path))))
    dialog = FigureDialog(opener).choose(width=120, dpi="150")
    said = dialog.size()
    picture = Image.open(dialog.save(tmp_path))
    assert picture.size == said
    assert picture.width == 709  # 120 mm of 150 pixels an inch
    pixels = np.asarray(picture.convert("RGB"))
    assert pixels[1, 1].min() > 240  # light paper on a dark page
    assert pixels.std() > 5


def test_a_figure_has_the_colours_of_the_theme(static_url: str, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(static_url)
    found = page.evaluate("""async () => {
        const { figureTheme } = await import(new URL("shared/palette.js", document.baseURI));
        return { light: figureTheme(false), dark: figureTheme(true) };
    }""")
    themes = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    for name, figure in found.items():
        given = [themes[name][key] for key in ("textColor", "backgroundColor", "primaryColor")]
        assert [figure[key] for key in ("ink", "paper", "accent")] == given
