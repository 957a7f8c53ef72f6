"""Presenter mode in a real browser: every panel of every page is whole and large, and keys turn, leave and enter."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.accessibility import rest
from tests.browser.latent_map_driver import Pad
from tests.promise_cases import few

PATIENCE = 30_000
WRONG = Path(__file__).with_name("panel_boxes.js").read_text(encoding="utf-8").partition("\n")[2]
STRIP = "[data-presenter]"
PANELS = {  # the link, and how many panels it has
    "map": ("?map_x=3", 5),
    "map of ten dimensions": ("?map_model=fashion-10d&map_x=3", 5),
    "normal": ("anything-from-a-normal?", 2),
    "ring": ("anything-from-a-normal?normal_map=ring", 2),
    "race": ("where-p-is-large?", 7),
    "race of ten dimensions": ("where-p-is-large?large_model=fashion-10d", 5),
    "darts": ("where-p-is-large?large_chapter=darts&large_darts_prior=150", 2),
    "dimension": ("where-p-is-large?large_chapter=dimension", 5),
    "mending": ("where-p-is-large?large_chapter=mending", 6),
    "aggregate": ("where-p-is-large?large_chapter=aggregate", 2),
    "families": ("other-families?families_steps=200", 5),
    "autoregressive": ("other-families?families_chapter=autoregressive", 2),
    "gan": ("other-families?families_chapter=gan&families_rounds=20", 4),
    "gan on a line": ("other-families?families_chapter=gan&families_target=line&families_rounds=20", 4),
    "table of families": ("other-families?families_chapter=table", 2),
    "walk of noise": ("other-families?families_chapter=gsn", 2),
    "learned walk": ("other-families?families_chapter=gsn&families_denoiser=learned&families_updates=50", 2),
    "walk of a VAE": ("other-families?families_chapter=gsn&families_walk=vae", 1),
    "paths": ("paths?", 4),
    "one dimension of a path": ("paths?paths_do=dimensions", 1),
    "grid": ("paths?paths_do=grid&paths_stops=0,1,2,3", 1),
    "difference": ("paths?paths_do=add", 2),
    "train": ("train?", 3),
}
SIZES = {"1280x720": (1280, 720), "1440x900": (1440, 900), "1920x1080": (1920, 1080), "1024x768": (1024, 768)}
CASES = [f"{name} at {size}" for name in PANELS for size in SIZES]
IN_SHORT = ("map at 1440x900", "aggregate at 1024x768")


def presented(page: Page, address: str, link: str) -> Page:
    """The page in presenter mode, once the panels are there and nothing is on its way."""
    page.goto(f"http://{address}/{link}{'&' if '?' in link else '?'}present=1")
    expect(page.locator("[data-panel-role~=part]").first).to_be_visible(timeout=PATIENCE)
    rest(page, "light")
    return page


@pytest.mark.parametrize("case", few(CASES, IN_SHORT))
def test_every_panel_is_whole_and_as_large_as_the_window_allows(
    server: str, new_page: Callable[..., Page], case: str
) -> None:
    name, size = case.split(" at ")
    link, count = PANELS[name]
    page = presented(new_page(*SIZES[size]), server, link)
    for n in range(1, count + 1):
        expect(page.locator(STRIP)).to_contain_text(f"{n} of {count}", timeout=PATIENCE)
        try:
            page.wait_for_function(f"() => !({WRONG})().length", timeout=PATIENCE, polling=100)
        except TimeoutError as error:
            raise AssertionError(f"{page.locator(STRIP).inner_text()}: {page.evaluate(WRONG)}") from error
        page.keyboard.press("PageDown")


def test_keys_turn_the_panels_and_leave_and_the_link_names_the_panel(
    server: str, new_page: Callable[..., Page]
) -> None:
    page = presented(new_page(), server, "?map_seed=4&lock=plane")
    strip = page.locator(STRIP)
    expect(strip).to_contain_text("1 of 5")
    expect(page.get_by_role("region", name="Sliders of z")).to_be_hidden()
    for _ in range(3):
        page.keyboard.press("PageDown")
    expect(strip).to_contain_text("4 of 5")
    expect(page.get_by_role("region", name="Sliders of z")).to_be_visible()
    expect(page.get_by_test_id("latent-plane")).to_be_hidden()
    page.keyboard.press("PageUp")
    expect(strip).to_contain_text("3 of 5")
    rest(page, "light")
    expect(page).to_have_url(re.compile("present=3"))
    page.reload()
    expect(strip).to_contain_text("3 of 5", timeout=PATIENCE)
    expect(page.get_by_role("group", name="Rate, distortion and ELBO of the chosen image")).to_be_visible()
    expect(page.get_by_test_id("stTopNavLink").first).to_be_hidden()
    page.keyboard.press("Escape")
    expect(strip).to_have_count(0)
    expect(page.get_by_test_id("stTopNavLink").first).to_be_visible()
    expect(page.get_by_role("region", name="Sliders of z")).to_be_visible()
    assert "present" not in page.url
    assert "map_seed=4" in page.url


def test_f_shows_the_panel_with_the_focus_alone_to_everyone(server: str, new_page: Callable[..., Page]) -> None:
    pad = Pad(new_page(), server).open(map_z="0,0")
    page, slider = pad.page, pad.page.get_by_role("region", name="Sliders of z").get_by_role("slider").first
    slider.focus()
    page.keyboard.press("f")
    expect(page.locator(STRIP)).to_contain_text("Sliders of z")
    expect(page.get_by_test_id("latent-plane")).to_be_hidden()
    assert "present=4" in page.url
    page.keyboard.press("ArrowRight")  # which the panel still takes, and which makes Python run
    pad.until(lambda: "map_z=0.01" in page.url and "present=4" in page.url)
    expect(page.locator(STRIP)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(STRIP)).to_have_count(0)
    expect(page.get_by_test_id("latent-plane")).to_be_visible()
    expect(slider).to_be_focused()
    assert "present" not in page.url


def test_a_drag_on_the_enlarged_plane_goes_where_the_pointer_is(server: str, new_page: Callable[..., Page]) -> None:
    pad = Pad(new_page(width=1920, height=1080), server).open(present="1", map_z="0,0")
    pad.until(lambda: pad.part("latent-plane").evaluate("e => e.currentCSSZoom") > 1.5)
    rest(pad.page, "light")
    for place in ((0.3, 0.7), (0.8, 0.35)):
        pad.drag((0.5, 0.5), place)
        pad.settle()
        handle = pad.page.locator(".handle").bounding_box()
        x, y = pad.point(*place)
        assert handle["x"] + handle["width"] / 2 == pytest.approx(x, abs=2)
        assert handle["y"] + handle["height"] / 2 == pytest.approx(y, abs=2)
